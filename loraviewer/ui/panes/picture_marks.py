"""What is drawn over pictures: short words on a pill, and the progress of a job."""

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette

from loraviewer.ui.widgets.painting import draw_ring, fill_rounded, outline_rounded
from loraviewer.ui.widgets.theme import mix

PILL_HEIGHT = 26.0
_MARGIN = 10.0
_RING = 28.0


def pill_size(painter: QPainter, words: str) -> QSizeF:
    return QSizeF(painter.fontMetrics().horizontalAdvance(words) + 2 * _MARGIN, PILL_HEIGHT)


def draw_pill(
    painter: QPainter,
    top_left: QPointF,
    words: str,
    palette: QPalette,
    *,
    is_framed: bool = False,
    is_solid: bool = False,
) -> None:
    """`is_framed`: as the pane that the strips edit. `is_solid`: it may lie over other words."""
    pill = QRectF(top_left, pill_size(painter, words))
    ground = palette.color(QPalette.ColorRole.Window) if is_solid else _ground(palette)
    fill_rounded(painter, pill, ground, PILL_HEIGHT / 2)
    if is_framed:
        accent = palette.color(QPalette.ColorRole.Accent)
        outline_rounded(painter, pill, accent, PILL_HEIGHT / 2, 2.0)
    painter.setPen(palette.color(QPalette.ColorRole.WindowText))
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, words)


def progress_width(painter: QPainter, steps: int) -> float:
    return painter.fontMetrics().horizontalAdvance(f"{steps}/{steps}") + _RING + 16.0


def draw_progress(
    painter: QPainter, top_left: QPointF, step: int, steps: int, palette: QPalette
) -> None:
    """A ring and "7/16"."""
    text = f"{step}/{steps}"
    pill = QRectF(top_left, QSizeF(progress_width(painter, steps), PILL_HEIGHT))
    fill_rounded(painter, pill, _ground(palette), PILL_HEIGHT / 2)
    accent = palette.color(QPalette.ColorRole.Accent)
    centre = QPointF(pill.left() + 15, pill.center().y())
    draw_ring(painter, centre, 7, step / steps, accent)
    painter.setPen(mix(palette.color(QPalette.ColorRole.WindowText), accent, 0.1))
    words = pill.adjusted(_RING, 0, -_MARGIN, 0)
    painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)


def _ground(palette: QPalette) -> QColor:
    ground = QColor(palette.color(QPalette.ColorRole.Window))
    ground.setAlphaF(0.88)
    return ground
