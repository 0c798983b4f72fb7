"""How drawn blocks look."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from loraviewer.ui.strips.blocks.block_window import BlockWindow
from loraviewer.ui.strips.blocks.cell_painting import strength_colours
from loraviewer.ui.widgets.theme import studio_palette


def colour(shown: BlockWindow, key: str, share: float, below: float = 0.5) -> QColor:
    """At a share of a block's width and height."""
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    image = shown.drawing.grab().toImage()
    place, ratio = shown.drawing.place(key), image.devicePixelRatio()
    x = place.left() + share * place.width()
    y = place.top() + below * place.height()
    return image.pixelColor(round(x * ratio), round(y * ratio))


def test_a_block_is_filled_up_to_its_strength(blocks, controller):
    controller.stack.set_block_scales(
        "manga", {"IN04": 0.5, "IN05": -0.5, "OUT04": 2.0, "OUT05": 0.0}
    )
    empty = blocks.palette().color(QPalette.ColorRole.Base)
    edge = 0.15  # above the words
    assert colour(blocks, "IN04", 0.25, edge) != empty
    assert colour(blocks, "IN04", 0.75, edge) == empty
    assert colour(blocks, "IN05", 0.25, edge) == empty
    negative = colour(blocks, "IN05", 0.75, edge)
    assert abs(negative.hue() - colour(blocks, "IN04", 0.25, edge).hue()) > 100
    assert colour(blocks, "OUT05", 0.5, edge) == empty
    assert (
        colour(blocks, "OUT04", 0.5, edge).saturation()
        > colour(blocks, "M00", 0.5, edge).saturation()
    )


def test_energies_are_a_thin_line_as_long_as_their_share(blocks):
    plain = colour(blocks, "IN04", 0.4, 0.9)
    blocks.show_energies({"IN04": 0.5, "OUT05": 1.0})
    assert colour(blocks, "IN04", 0.4, 0.9) != plain
    assert colour(blocks, "IN04", 0.8, 0.9) == plain
    assert colour(blocks, "OUT05", 0.8, 0.9) == colour(blocks, "IN04", 0.4, 0.9)
    assert "Energy: 50 %" in blocks.drawing.tip("IN04").replace(" ", " ")
    blocks.show_energies({})
    assert colour(blocks, "IN04", 0.4, 0.9) == plain


def test_words_stay_legible_on_every_strength():
    for is_dark in (False, True):
        palette = studio_palette(is_dark)
        text = palette.color(QPalette.ColorRole.Text)
        for factor in (1.0, -1.0):
            for ground in strength_colours(palette, factor):
                assert contrast(text, ground) >= 4.5


def contrast(one: QColor, other: QColor) -> float:
    """As WCAG 2 has it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: QColor) -> float:
    def linear(c: float) -> float:
        return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
