"""Dragging a widget by the mouse, until it is let go or Esc takes it back."""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget


class HeldDrag(QObject):
    """Begun by a press that its widget hands on. It listens only while a button is down: there are
    hundreds of such widgets. What is dragged has all keys, so that none does something else."""

    moved = Signal(QPoint)
    dropped = Signal(QPoint)
    """Where on the screen it is, or is let go."""
    cancelled = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._press = QPoint()
        self._is_on = False

    @property
    def is_on(self) -> bool:
        """Whether it went so far that it is no click any more."""
        return self._is_on

    def begin(self, event: QMouseEvent) -> None:
        """Nothing for other buttons than the left one."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._press = event.globalPosition().toPoint()
            self._widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._move(event.globalPosition().toPoint())
        elif kind == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
            if self._finish():
                self.dropped.emit(event.globalPosition().toPoint())
        elif kind == QEvent.Type.Hide:
            self._cancel()
        elif self._is_on and isinstance(event, QKeyEvent):
            return self._take_key(event)
        return False

    def _move(self, where: QPoint) -> None:
        is_far = (where - self._press).manhattanLength() >= QApplication.startDragDistance()
        if not self._is_on and is_far:
            self._is_on = True
            self._widget.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._widget.grabKeyboard()
        if self._is_on:
            self.moved.emit(where)

    def _take_key(self, event: QKeyEvent) -> bool:
        """Whether it goes no further; releases do, of keys that were held before."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self._cancel()
            return True
        return False

    def _cancel(self) -> None:
        if self._finish():
            self.cancelled.emit()

    def _finish(self) -> bool:
        """Whether it was on."""
        self._widget.removeEventFilter(self)
        was_on, self._is_on = self._is_on, False
        if was_on:
            self._widget.unsetCursor()
            self._widget.releaseKeyboard()
        return was_on
