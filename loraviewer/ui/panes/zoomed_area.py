"""A place where pictures are seen through a viewport, and how mouse and keys move it."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from loraviewer.ui.panes.loupe import Reading, Spot, draw_loupe, words_of
from loraviewer.ui.panes.viewport import Viewport
from loraviewer.ui.widgets.escape import is_escape_offered
from loraviewer.ui.widgets.painting import antialiased, draw_focus_ring, fill_rounded
from loraviewer.ui.widgets.theme import RADIUS, backdrop

_ZOOM_PER_NOTCH = 1.25
_FAR = 10
"""Pixels that the loupe goes with Shift."""
_ARROWS = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}
_NEARER = (Qt.Key.Key_Plus, Qt.Key.Key_Equal)
_SHIFT = Qt.KeyboardModifier.ShiftModifier


class ZoomedArea(QWidget):
    """Whoever derives from it says how large its picture is, paints it, and names the spots that
    the loupe enlarges. While the loupe is on, arrows, plus, minus, the wheel and Esc are its."""

    def __init__(self, viewport: Viewport, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewport = viewport
        self._loupe = viewport.loupe
        self._pan_from: QPointF | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        viewport.changed.connect(self.update)
        self._loupe.changed.connect(self._on_loupe_changed)
        self._on_loupe_changed()

    def picture_size(self) -> QSize:
        """In pixels; empty while there is no picture."""
        raise NotImplementedError

    def paint_content(self, painter: QPainter) -> None:
        """All but the ground, the loupe and the ring of the keyboard."""
        raise NotImplementedError

    def spots(self) -> tuple[Spot, ...]:
        """What the loupe shows here: pictures on top of each other, each within its part."""
        return ()

    def readings(self) -> tuple[Reading, ...]:
        """Whose levels the loupe tells."""
        return tuple(Reading(spot.image) for spot in self.spots())

    def tracks_mouse(self) -> bool:
        """Whether it hears of the mouse while no button is down."""
        return self._loupe.is_on

    @property
    def loupe_words(self) -> str:
        """Which pixel it is, and its levels; empty where the loupe shows nothing."""
        return words_of(self.readings(), self._loupe.point) if self._loupe.is_on else ""

    def sizeHint(self) -> QSize:
        return QSize(400, 400)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 100)

    # -- geometry -------------------------------------------------------------------------

    def fit_scale(self) -> float:
        """Device-independent pixels per picture pixel when the picture fits the pane."""
        return self._fit_scale_of(self.picture_size())

    def picture_rect(self) -> QRectF:
        """Where the whole picture lies, in this widget; mostly outside it when zoomed in."""
        return self.rect_of(self.picture_size())

    def rect_of(self, size: QSize) -> QRectF:
        """Where a picture of so many pixels lies."""
        if size.isEmpty():
            return QRectF()
        scale = self._fit_scale_of(size) * self._viewport.zoom
        width, height = size.width() * scale, size.height() * scale
        centre = self._viewport.centre
        left = self.width() / 2 - centre.x() * width
        top = self.height() / 2 - centre.y() * height
        return QRectF(left, top, width, height)

    def picture_point(self, where: QPointF) -> QPointF:
        """The point of the picture (0 … 1 in both directions) under a point of this widget."""
        rect = self.picture_rect()
        if rect.isEmpty():
            return QPointF(0.5, 0.5)
        inside = where - rect.topLeft()
        return QPointF(inside.x() / rect.width(), inside.y() / rect.height())

    def show_actual_size(self) -> None:
        """One picture pixel on one pixel of the screen."""
        zoom = 1.0 / (self.fit_scale() * self.devicePixelRatioF())
        self._viewport.look_at(self._viewport.centre, zoom)

    def _fit_scale_of(self, size: QSize) -> float:
        if size.isEmpty():
            return 1.0
        return min(self.width() / size.width(), self.height() / size.height())

    # -- the mouse and keys ---------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / 120
        if notches and not self.picture_size().isEmpty():
            if self._loupe.is_on:
                self._loupe.magnify(1 if notches > 0 else -1)
            else:
                point = self.picture_point(event.position())
                self._viewport.zoom_about(point, _ZOOM_PER_NOTCH**notches)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pan_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None:
            self._pan_by(event.position() - self._pan_from)
            self._pan_from = event.position()
        if self._loupe.is_on:
            self._loupe.look_at(self.picture_point(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pan_from = None
        self._show_cursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._viewport.fit()

    def event(self, event: QEvent) -> bool:
        # Else Esc stops what is being rendered.
        if is_escape_offered(event) and self.takes_escape():
            event.accept()
            return True
        return super().event(event)

    def takes_escape(self) -> bool:
        """Whether there is something here that Esc ends."""
        return self._loupe.is_on

    def escape(self) -> None:
        self._loupe.set_on(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.takes_escape():
            self.escape()
        elif not (self._loupe.is_on and self._move_loupe(event)) and not self.take_key(event):
            super().keyPressEvent(event)

    def take_key(self, event: QKeyEvent) -> bool:
        """Whether the key means something here."""
        arrow = _ARROWS.get(Qt.Key(event.key()))
        if arrow is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        self._pan_by(-arrow * self.width() / 10)
        return True

    def _move_loupe(self, event: QKeyEvent) -> bool:
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if modifiers & ~(_SHIFT | Qt.KeyboardModifier.KeypadModifier):
            return False
        if key in _NEARER or key == Qt.Key.Key_Minus:
            self._loupe.magnify(1 if key in _NEARER else -1)
            return True
        arrow = _ARROWS.get(key)
        if arrow is None or self.picture_size().isEmpty():
            return False
        self._loupe.step(arrow * (_FAR if modifiers & _SHIFT else 1), self.picture_size())
        return True

    def _pan_by(self, way: QPointF) -> None:
        rect = self.picture_rect()
        if not rect.isEmpty():
            moved = QPointF(way.x() / rect.width(), way.y() / rect.height())
            self._viewport.look_at(self._viewport.centre - moved, self._viewport.zoom)

    @Slot()
    def _on_loupe_changed(self) -> None:
        self.setMouseTracking(self.tracks_mouse())
        self._show_cursor()
        self.setAccessibleDescription(self.loupe_words if self.hasFocus() else "")
        self.update()

    def _show_cursor(self) -> None:
        if self._loupe.is_on:
            self.setCursor(Qt.CursorShape.CrossCursor)
        else:
            self.unsetCursor()

    # -- painting -------------------------------------------------------------------------

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        fill_rounded(painter, QRectF(self.rect()), backdrop(self.palette()), RADIUS)
        self.paint_content(painter)
        if self._loupe.is_on and (spots := self.spots()):
            draw_loupe(painter, self, spots, self._loupe, self.loupe_words)
        if self.hasFocus():
            draw_focus_ring(painter, QRectF(self.rect()), self.palette(), RADIUS)
        painter.end()
