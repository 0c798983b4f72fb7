"""Watching a widget and all that it lies in, for whatever may move it."""

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

_MOVING = frozenset(
    {
        QEvent.Type.Move,
        QEvent.Type.Resize,
        QEvent.Type.Show,
        QEvent.Type.Hide,
        QEvent.Type.LayoutRequest,
    }
)


class Followed(QObject):
    """`moved`: once for everything that happens together."""

    moved = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._watched: list[QWidget] = []
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.moved)

    def follow(self, widget: QWidget | None) -> None:
        """From now on this one; None for none."""
        line = _line_of(widget)
        if line == self._watched:
            return
        for one in self._watched:
            if isValid(one):
                one.removeEventFilter(self)
        self._watched = line
        for one in line:
            one.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _MOVING:
            self._soon.start()
        return False


def _line_of(widget: QWidget | None) -> list[QWidget]:
    """Itself, and what it lies in up to its window."""
    line: list[QWidget] = []
    while widget is not None:
        line.append(widget)
        widget = None if widget.isWindow() else widget.parentWidget()
    return line
