"""Small pieces of painting that several self-drawn widgets share."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import QFrame, QWidget

from loraviewer.ui.widgets.theme import RADIUS, SignalColour, mix, signal_colour

_SELECTED = 0.14


def antialiased(widget: QWidget) -> QPainter:
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return painter


def fill_rounded(painter: QPainter, rect: QRectF, colour: QColor, radius: float = RADIUS) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(rect, radius, radius)


def outline_rounded(
    painter: QPainter, rect: QRectF, colour: QColor, radius: float = RADIUS, width: float = 1.0
) -> None:
    inset = width / 2
    painter.setPen(QPen(colour, width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius)


def draw_focus_ring(painter: QPainter, rect: QRectF, palette: QPalette, radius: float) -> None:
    outline_rounded(painter, rect, palette.color(QPalette.ColorRole.Accent), radius, 2.0)


def draw_selected(painter: QPainter, rect: QRectF, palette: QPalette, radius: float) -> None:
    """A veil and a frame over what is selected; what is written on it stays legible."""
    veil = palette.color(QPalette.ColorRole.Highlight)
    veil.setAlphaF(_SELECTED)
    fill_rounded(painter, rect, veil, radius)
    outline_rounded(painter, rect, palette.color(QPalette.ColorRole.Highlight), radius, 1.5)


def draw_ring_on_picture(painter: QPainter, rect: QRectF, palette: QPalette, radius: float) -> None:
    """A ring that is seen on dark pictures, light ones, and those of its own colour."""
    outline_rounded(painter, rect, QColor("white"), radius, 3.5)
    draw_focus_ring(painter, rect, palette, radius)


def draw_ring(
    painter: QPainter, centre: QPointF, radius: float, fraction: float, colour: QColor
) -> None:
    """A progress ring, clockwise from twelve o'clock; `fraction` 0 … 1."""
    around = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
    faint = QColor(colour)
    faint.setAlphaF(0.25)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(faint, 2.5))
    painter.drawEllipse(around)
    painter.setPen(QPen(colour, 2.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawArc(around, 90 * 16, round(-360 * 16 * max(0.0, min(1.0, fraction))))


class Card(QFrame):
    """A rounded panel on the window; tinted when it carries a signal colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._signal: SignalColour | None = None
        self._is_frameless = False

    def set_frameless(self) -> None:
        """No ground and border of its own: it lies inside another card."""
        self._is_frameless = True

    def set_signal(self, signal: SignalColour | None) -> None:
        self._signal = signal
        self.update()

    def paintEvent(self, event) -> None:
        if self._is_frameless:
            return
        palette = self.palette()
        ground = palette.color(QPalette.ColorRole.AlternateBase)
        border = palette.color(QPalette.ColorRole.Midlight)
        if self._signal is not None:
            colour = signal_colour(palette, self._signal)
            ground, border = mix(ground, colour, 0.09), mix(ground, colour, 0.55)
        painter = antialiased(self)
        fill_rounded(painter, QRectF(self.rect()), ground)
        outline_rounded(painter, QRectF(self.rect()), border)
        painter.end()
