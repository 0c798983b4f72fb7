"""How a fader looks: marks at zero and as trained, the way between zero and its value, a handle."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPolygonF

from loraviewer.ui.widgets.painting import draw_focus_ring, fill_rounded
from loraviewer.ui.widgets.theme import idle, mix

HANDLE_RADIUS = 7.0
TRACK_PX = 4.0


@dataclass(frozen=True)
class FaderLook:
    """Places are x within the widget. `beyond`: -1 and 1 for a value below and above the track.
    `size`: how many times as large as a usual one handle and track are drawn."""

    track: QRectF
    marks: tuple[float, ...]
    zero: float
    handle: float
    beyond: int
    palette: QPalette
    is_lit: bool
    is_hot: bool
    has_focus: bool
    size: float = 1.0

    @property
    def colour(self) -> QColor:
        accent = self.palette.color(QPalette.ColorRole.Accent)
        return accent if self.is_lit else idle(self.palette)


def paint_fader(painter: QPainter, look: FaderLook) -> None:
    _paint_marks(painter, look)
    _paint_track(painter, look)
    _paint_handle(painter, look)


def _paint_marks(painter: QPainter, look: FaderLook) -> None:
    middle, colour = look.track.center().y(), idle(look.palette)
    wide, high = 1.5 * look.size, 14.0 * look.size
    for x in look.marks:
        fill_rounded(painter, QRectF(x - wide / 2, middle - high / 2, wide, high), colour, wide / 2)


def _paint_track(painter: QPainter, look: FaderLook) -> None:
    track, round_px = look.track, look.track.height() / 2
    fill_rounded(painter, track, look.palette.color(QPalette.ColorRole.Mid), round_px)
    left, width = min(look.zero, look.handle), abs(look.handle - look.zero)
    way = QRectF(left, track.top(), width, track.height())
    fill_rounded(painter, way, look.colour, round_px)


def _paint_handle(painter: QPainter, look: FaderLook) -> None:
    centre, radius = QPointF(look.handle, look.track.center().y()), HANDLE_RADIUS * look.size
    if look.has_focus:
        ring = radius + 3
        around = QRectF(centre.x() - ring, centre.y() - ring, 2 * ring, 2 * ring)
        draw_focus_ring(painter, around, look.palette, ring)
    colour = look.colour
    if look.is_hot:
        colour = mix(colour, look.palette.color(QPalette.ColorRole.WindowText), 0.15)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    if look.beyond:
        painter.drawPolygon(_arrow(centre, look.beyond, radius))
    else:
        painter.drawEllipse(centre, radius, radius)


def _arrow(centre: QPointF, direction: int, radius: float) -> QPolygonF:
    """Towards where the value lies beyond the track."""
    reach = direction * radius
    corners = (
        QPointF(reach * 1.2, 0.0),
        QPointF(-reach * 0.7, -radius),
        QPointF(-reach * 0.7, radius),
    )
    return QPolygonF([centre + corner for corner in corners])
