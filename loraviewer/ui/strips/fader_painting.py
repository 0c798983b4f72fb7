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
    """Places are x within the widget. `beyond`: -1 and 1 for a value below and above the track."""

    track: QRectF
    marks: tuple[float, ...]
    zero: float
    handle: float
    beyond: int
    palette: QPalette
    is_lit: bool
    is_hot: bool
    has_focus: bool

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
    for x in look.marks:
        fill_rounded(painter, QRectF(x - 0.75, middle - 7.0, 1.5, 14.0), colour, 0.75)


def _paint_track(painter: QPainter, look: FaderLook) -> None:
    track = look.track
    fill_rounded(painter, track, look.palette.color(QPalette.ColorRole.Mid), TRACK_PX / 2)
    left, width = min(look.zero, look.handle), abs(look.handle - look.zero)
    fill_rounded(painter, QRectF(left, track.top(), width, TRACK_PX), look.colour, TRACK_PX / 2)


def _paint_handle(painter: QPainter, look: FaderLook) -> None:
    centre = QPointF(look.handle, look.track.center().y())
    if look.has_focus:
        ring = HANDLE_RADIUS + 3
        around = QRectF(centre.x() - ring, centre.y() - ring, 2 * ring, 2 * ring)
        draw_focus_ring(painter, around, look.palette, ring)
    colour = look.colour
    if look.is_hot:
        colour = mix(colour, look.palette.color(QPalette.ColorRole.WindowText), 0.15)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    if look.beyond:
        painter.drawPolygon(_arrow(centre, look.beyond))
    else:
        painter.drawEllipse(centre, HANDLE_RADIUS, HANDLE_RADIUS)


def _arrow(centre: QPointF, direction: int) -> QPolygonF:
    """Towards where the value lies beyond the track."""
    reach = direction * HANDLE_RADIUS
    corners = (
        QPointF(reach * 1.2, 0.0),
        QPointF(-reach * 0.7, -HANDLE_RADIUS),
        QPointF(-reach * 0.7, HANDLE_RADIUS),
    )
    return QPolygonF([centre + corner for corner in corners])
