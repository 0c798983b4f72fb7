"""A pointer that nobody moves is not to be seen over pictures."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

REST_MS = 2_500


class PointerRest(QObject):
    """Hides it over a window of its own while that is shown, until the mouse moves. Starts with
    `begin`."""

    changed = Signal(bool)  # whether somebody moves it

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._pause = QTimer(self, singleShot=True, interval=REST_MS)
        self._pause.timeout.connect(self.rest)

    def begin(self) -> None:
        """The window has been shown."""
        handle = self._window.windowHandle()
        if handle is not None:
            handle.installEventFilter(self)  # moves over every widget of it come by there
        self._wake()

    def end(self) -> None:
        """It is to go."""
        self._pause.stop()
        self._window.unsetCursor()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseMove and self._window.isVisible():
            self._wake()
        return False

    def _wake(self) -> None:
        self._window.unsetCursor()
        self._pause.start()
        self.changed.emit(True)

    @Slot()
    def rest(self) -> None:
        """Nobody has moved it for a while."""
        self._pause.stop()
        self._window.setCursor(Qt.CursorShape.BlankCursor)
        self.changed.emit(False)
