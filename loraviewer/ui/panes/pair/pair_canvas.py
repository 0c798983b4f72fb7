"""What the views of two panes share: their sides, one of them alone, and keys."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget

from loraviewer.ui.panes.loupe import Reading, Spot
from loraviewer.ui.panes.pair.sides import Side, SideShown
from loraviewer.ui.panes.viewport import Viewport
from loraviewer.ui.panes.zoomed_area import ZoomedArea

_STEPS = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}


class PairCanvas(ZoomedArea):
    """Shows both sides in its own way, or one picture alone: while a key holds it up, or while
    pictures are shown in turns."""

    leave_requested = Signal()
    swap_requested = Signal()
    step_requested = Signal(int)
    """Another pane in the place of the one that is not active: the next (1), or the one before."""
    menu_requested = Signal(QPointF)

    def __init__(self, viewport: Viewport, parent: QWidget | None = None) -> None:
        super().__init__(viewport, parent)
        self.sides = (Side(self), Side(self))
        self._alone = Side(self)
        self._is_alone = False

    def show_sides(self, left: SideShown, right: SideShown, alone: SideShown | None = None) -> None:
        """`alone`: what is shown in place of both."""
        for side, shown in zip(self.sides, (left, right), strict=True):
            side.show(shown)
        self._is_alone = alone is not None
        if alone is not None:
            self._alone.show(alone)
        self.setAccessibleName(self.tr("{} and {}").format(left.title, right.title))
        self.update()

    def set_smooth(self, is_smooth: bool) -> None:
        for side in (*self.sides, self._alone):
            side.picture.set_smooth(is_smooth)
        self.update()

    def paint_pair(self, painter: QPainter) -> None:
        raise NotImplementedError

    def pair_spots(self) -> tuple[Spot, ...]:
        raise NotImplementedError

    # -- of a zoomed area -----------------------------------------------------------------

    def picture_size(self) -> QSize:
        sides = (self._alone,) if self._is_alone else self.sides
        sizes = (side.picture.size for side in sides)
        return next((size for size in sizes if not size.isEmpty()), QSize())

    def spots(self) -> tuple[Spot, ...]:
        if not self._is_alone:
            return self.pair_spots()
        return self.spot_of(self._alone, QRectF(self.rect()))

    def readings(self) -> tuple[Reading, ...]:
        sides = (self._alone,) if self._is_alone else self.sides
        known = [(side.picture.image, side.name) for side in sides]
        return tuple(Reading(image, name) for image, name in known if image is not None)

    def spot_of(self, side: Side, part: QRectF) -> tuple[Spot, ...]:
        """None where it has no picture."""
        image = side.picture.image
        return () if image is None else (Spot(image, self.rect_of(image.size()), part),)

    def paint_content(self, painter: QPainter) -> None:
        room = QRectF(self.rect())
        if self._is_alone:
            self._alone.paint(painter, self.rect_of(self._alone.picture.size), room)
            self._alone.paint_marks(painter, room)
            return
        self.paint_pair(painter)
        left, right = self.sides
        half = room.width() / 2
        left.paint_marks(painter, room.adjusted(0, 0, -half, 0))
        right.paint_marks(painter, room.adjusted(half, 0, 0, 0), self.second_corner())

    def second_corner(self) -> Qt.Corner:
        """Where the second side has its name; the first has it at the upper left."""
        return Qt.Corner.TopRightCorner

    # -- keys -----------------------------------------------------------------------------

    def takes_escape(self) -> bool:
        return True

    def escape(self) -> None:
        if self._loupe.is_on:
            super().escape()
        else:
            self.leave_requested.emit()

    def take_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return super().take_key(event)
        if key == Qt.Key.Key_X:
            self.swap_requested.emit()
        elif key in _STEPS:
            self.step_requested.emit(_STEPS[key])
        else:
            return super().take_key(event)
        return True

    def contextMenuEvent(self, event) -> None:
        self.menu_requested.emit(QPointF(event.globalPos()))

    def hideEvent(self, event) -> None:
        for side in (*self.sides, self._alone):
            side.veil.rest()
        super().hideEvent(event)

    def showEvent(self, event) -> None:
        super().showEvent(event)
        for side in (*self.sides, self._alone):
            side.veil.settle()
