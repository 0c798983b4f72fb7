"""How the strength of a block looks: filled from the left up to 1, a second layer beyond it, and
from the right in another hue below 0."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPalette, QPen

from loraviewer.bridge.languages import figures
from loraviewer.core.numbers import short_number
from loraviewer.ui.widgets.painting import draw_focus_ring, fill_rounded, outline_rounded
from loraviewer.ui.widgets.theme import SignalColour, idle, is_dark, mix, quiet_text, signal_colour

_CORNER = 5.0
_PAD = 7.0
_FIGURES = 3
"""After the point, of a number within a block."""
_ENERGY_PX = 2.5
_LIGHT, _DARK, _DARK_NEGATIVE = (0.30, 0.58), (0.40, 0.64), (0.26, 0.46)
"""How much of its hue each layer has: words on it stay legible."""


@dataclass(frozen=True)
class CellLook:
    """`factor` None: its blocks are at several. `energy`: 0 … 1 beside the strongest block, None
    where it is not known."""

    name: str
    factor: float | None = 1.0
    energy: float | None = None
    is_own: bool = True
    is_hot: bool = False
    has_focus: bool = False
    mixed: str = ""
    """What is written in place of a number where there are several."""


def strength_colours(palette: QPalette, factor: float) -> tuple[QColor, QColor]:
    """Of the first and the second layer."""
    base = palette.color(QPalette.ColorRole.Base)
    if factor >= 0.0:
        hue, dark = palette.color(QPalette.ColorRole.Accent), _DARK
    else:
        hue, dark = signal_colour(palette, SignalColour.WARNING), _DARK_NEGATIVE
    first, second = dark if is_dark(palette) else _LIGHT
    return mix(base, hue, first), mix(base, hue, second)


def paint_cell(painter: QPainter, rect: QRectF, look: CellLook, palette: QPalette) -> None:
    if not look.is_own:
        _paint_foreign(painter, rect, look, palette)
        return
    fill_rounded(painter, rect, palette.color(QPalette.ColorRole.Base), _CORNER)
    if look.factor is not None:
        paint_strength(painter, rect, look.factor, palette)
    if look.energy is not None:
        _paint_energy(painter, rect, look.energy, palette)
    edge = palette.color(QPalette.ColorRole.Mid)
    outline_rounded(painter, rect, idle(palette) if look.is_hot else edge, _CORNER)
    _paint_words(painter, rect, look, palette)
    if look.has_focus:
        # A line in the colour of an empty block: the ring has the hue of a full one.
        inner = palette.color(QPalette.ColorRole.Base)
        outline_rounded(painter, rect.adjusted(2, 2, -2, -2), inner, _CORNER - 2)
        draw_focus_ring(painter, rect, palette, _CORNER)


def paint_strength(painter: QPainter, rect: QRectF, factor: float, palette: QPalette) -> None:
    """Both layers within a rounded place; nothing at 0."""
    painter.save()
    outline = QPainterPath()
    outline.addRoundedRect(rect, _CORNER, _CORNER)
    painter.setClipPath(outline)
    size = abs(factor)
    for share, colour in zip((size, size - 1.0), strength_colours(palette, factor), strict=True):
        width = rect.width() * max(0.0, min(1.0, share))
        left = rect.left() if factor >= 0.0 else rect.right() - width
        painter.fillRect(QRectF(left, rect.top(), width, rect.height()), colour)
    painter.restore()


def _paint_foreign(painter: QPainter, rect: QRectF, look: CellLook, palette: QPalette) -> None:
    """What the adapter leaves alone: there, and out of reach."""
    faint = mix(palette.color(QPalette.ColorRole.Window), quiet_text(palette), 0.42)
    fill_rounded(painter, rect, palette.color(QPalette.ColorRole.Window), _CORNER)
    painter.setPen(QPen(faint, 1.0, Qt.PenStyle.DotLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), _CORNER, _CORNER)
    painter.setPen(faint)
    painter.drawText(rect.adjusted(_PAD, 0, -_PAD, 0), Qt.AlignmentFlag.AlignVCenter, look.name)


def _paint_energy(painter: QPainter, rect: QRectF, energy: float, palette: QPalette) -> None:
    """A line along the bottom, as long as its share."""
    room = rect.adjusted(_CORNER - 1, 0, -_CORNER + 1, 0)
    width = room.width() * max(0.0, min(1.0, energy))
    colour = palette.color(QPalette.ColorRole.WindowText)
    colour.setAlphaF(0.62)
    line = QRectF(room.left(), rect.bottom() - _ENERGY_PX - 1.0, width, _ENERGY_PX)
    fill_rounded(painter, line, colour, _ENERGY_PX / 2)


def _paint_words(painter: QPainter, rect: QRectF, look: CellLook, palette: QPalette) -> None:
    raised = 0.0 if look.energy is None else _ENERGY_PX
    inside = rect.adjusted(_PAD, 0, -_PAD, -raised)
    middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
    text = palette.color(QPalette.ColorRole.Text)
    told = look.mixed if look.factor is None else _number(look.factor)
    painter.setPen(text if told == "" or look.factor != 0.0 else quiet_text(palette))
    room = inside.width() - painter.fontMetrics().horizontalAdvance(f"{told} ")
    elide = Qt.TextElideMode.ElideRight
    name = painter.fontMetrics().elidedText(look.name, elide, round(max(room, _PAD)))
    painter.drawText(inside, middle, name)
    painter.setPen(text)
    painter.drawText(inside, middle | right, told)


def _number(factor: float) -> str:
    """Nothing for 1, which a full block says by itself."""
    return "" if factor == 1.0 else figures(short_number(factor, _FIGURES)).replace("-", "−")
