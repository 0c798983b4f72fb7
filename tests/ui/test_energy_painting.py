"""Bars on the screen: how tall they are, what is beyond, and which lies under the pointer."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPalette

from loraviewer.ui.strips.energy_painting import BarPlaces, paint_bars
from loraviewer.ui.widgets.theme import studio_palette

PLACE = QRectF(0, 0, 44, 20)
FOUR = BarPlaces(PLACE, 4, 3)
"""Three of the denoiser and one of a text encoder, 10 px each, 4 px between the two."""


def painted(places: BarPlaces, *heights: float, ratio: float = 1.0) -> QImage:
    image = QImage(round(44 * ratio), round(20 * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor("white"))
    painter = QPainter(image)
    paint_bars(painter, places, heights, studio_palette(False))
    painter.end()
    return image


def tall(image: QImage, x: int) -> int:
    """Pixels of the column that are painted, the baseline among them."""
    white = QColor("white")
    return sum(image.pixelColor(x, y) != white for y in range(image.height()))


def test_heights_are_on_one_scale() -> None:
    image = painted(FOUR, 0.5, 1.0, 0.0, 0.25)
    assert [tall(image, x) for x in (4, 14, 24, 38)] == [10, 20, 1, 5]


def test_what_is_small_is_seen_at_all() -> None:
    assert tall(painted(FOUR, 0.5, 1e-6, 0.0, 0.0), 14) >= 1
    accent = studio_palette(False).color(QPalette.ColorRole.Accent)
    assert painted(FOUR, 0.5, 1e-6, 0.0, 0.0).pixelColor(14, 19) == accent


def test_text_encoders_stand_apart_and_are_paler() -> None:
    image = painted(FOUR, 1.0, 1.0, 1.0, 1.0)
    assert tall(image, 31) == tall(image, 32) == 0
    picture, text = image.pixelColor(4, 10), image.pixelColor(38, 10)
    assert picture == studio_palette(False).color(QPalette.ColorRole.Accent)
    assert text.lightness() > picture.lightness()


def test_what_is_beyond_the_scale_ends_in_a_mark() -> None:
    image = painted(FOUR, 1.0, 1.3, 0.0, 0.0)
    mark = studio_palette(False).color(QPalette.ColorRole.WindowText)
    assert [image.pixelColor(x, 0) == mark for x in (4, 14)] == [False, True]


def test_equal_bars_are_equal_on_fine_screens() -> None:
    many = BarPlaces(PLACE, 7, 7)
    image = painted(many, *[0.5] * 7, ratio=2.0)
    assert {tall(image, round(2 * (many.left(bar) + 1))) for bar in range(7)} == {20}


def test_more_bars_than_pixels_are_all_painted() -> None:
    image = painted(BarPlaces(PLACE, 100, 60), *[0.5] * 100)
    assert min(tall(image, x) for x in range(24)) == 10


def test_the_bar_under_the_pointer_is_the_one_that_is_painted_there() -> None:
    for places in (FOUR, BarPlaces(PLACE, 3, 3), BarPlaces(PLACE, 3, 0), BarPlaces(PLACE, 60, 40)):
        for bar in range(places.count):
            assert places.bar_at(places.left(bar) + places.pitch / 2) == bar
        assert places.bar_at(places.left(places.count) + 1) is None
        assert places.bar_at(-1) is None
    assert BarPlaces(PLACE, 0, 0).bar_at(3) is None
