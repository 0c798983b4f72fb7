"""What one of two compared panes shows, and how it is painted within a part of a widget."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.images import to_qimage
from loraviewer.bridge.languages import shown
from loraviewer.core.captions import stack_caption
from loraviewer.core.pane import PaneState
from loraviewer.core.picture import Picture
from loraviewer.ui.panes.painted_picture import PaintedPicture, Veil
from loraviewer.ui.panes.pane_words import badge_of
from loraviewer.ui.panes.picture_marks import (
    PILL_HEIGHT,
    draw_pill,
    draw_progress,
    pill_size,
    progress_width,
)
from loraviewer.ui.widgets.theme import GAP, backdrop, quiet_text


@dataclass(frozen=True)
class SideShown:
    """`words`: what stands there before the first picture."""

    name: str
    state: PaneState
    is_active: bool = False
    words: str = ""

    @property
    def title(self) -> str:
        """Its name, the stack of what is seen, and what is the matter with it."""
        parts = (self.name, shown(stack_caption(self.state.seen_stack)), badge_of(self.state))
        return " · ".join(part for part in parts if part)


class Side:
    """A function of the `SideShown` it was last told; empty before."""

    def __init__(self, area: QWidget) -> None:
        self.picture = PaintedPicture()
        self.veil = Veil(area)
        self.shown: SideShown | None = None
        self._area = area
        self._source: Picture | None = None

    @property
    def name(self) -> str:
        return "" if self.shown is None else self.shown.name

    def show(self, shown: SideShown) -> None:
        self.shown = shown
        picture = shown.state.picture()
        is_first = self._source is None
        if picture is not self._source:
            self._source = picture
            self.picture.show(None if picture is None else to_qimage(picture))
        self.veil.set_on(shown.state.is_outdated and shown.state.preview is None)
        if is_first:
            self.veil.settle()

    def paint(self, painter: QPainter, rect: QRectF, part: QRectF) -> None:
        """rect: where the whole picture lies. part: in which part of the widget it is seen."""
        if self.picture.image is None:
            self.say(painter, "" if self.shown is None else self.shown.words, part)
            return
        self.picture.paint(painter, rect, part, self._area.devicePixelRatioF())
        self.veil.paint(painter, rect.intersected(part), backdrop(self._area.palette()))

    def say(self, painter: QPainter, words: str, part: QRectF) -> None:
        painter.setPen(quiet_text(self._area.palette()))
        inside = part.adjusted(2 * GAP, GAP, -2 * GAP, -GAP)
        flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        painter.drawText(inside, flags, words)

    def paint_marks(
        self, painter: QPainter, room: QRectF, corner: Qt.Corner = Qt.Corner.TopLeftCorner
    ) -> None:
        """Its title in a corner of the room, and the progress of its job beside it, inwards."""
        if self.shown is None:
            return
        widest = int(room.width() - 2 * GAP - pill_size(painter, "").width())
        title = painter.fontMetrics().elidedText(
            self.shown.title, Qt.TextElideMode.ElideRight, max(0, widest)
        )
        palette, state = self._area.palette(), self.shown.state
        where = _place(room, corner, pill_size(painter, title).width(), 0)
        draw_pill(painter, where, title, palette, is_framed=self.shown.is_active)
        if state.is_busy and state.steps:
            where = _place(room, corner, progress_width(painter, state.steps), 1)
            draw_progress(painter, where, state.step, state.steps, palette)


def _place(room: QRectF, corner: Qt.Corner, width: float, row: int) -> QPointF:
    """Where a pill begins, in so many rows from the corner."""
    is_right = corner in (Qt.Corner.TopRightCorner, Qt.Corner.BottomRightCorner)
    is_low = corner in (Qt.Corner.BottomLeftCorner, Qt.Corner.BottomRightCorner)
    inwards = GAP + row * (PILL_HEIGHT + GAP / 2)
    x = room.right() - GAP - width if is_right else room.left() + GAP
    y = room.bottom() - inwards - PILL_HEIGHT if is_low else room.top() + inwards
    return QPointF(x, y)
