"""Following a fader no faster than anybody sees."""

from PySide6.QtCore import QObject, QTimer, Signal, Slot


class Ticks(QObject):
    """However often it is asked, `due` comes at most once in so many milliseconds: the first time
    at once, the last one never lost. GUI thread only."""

    due = Signal()

    def __init__(self, interval_ms: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_asked = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self._on_timeout)

    @Slot()
    def ask(self) -> None:
        if self._timer.isActive():
            self._is_asked = True
        else:
            self._tell()

    def stop(self) -> None:
        """What was asked for before is not told any more."""
        self._is_asked = False
        self._timer.stop()

    def _tell(self) -> None:
        self._is_asked = False
        self._timer.start()
        self.due.emit()

    @Slot()
    def _on_timeout(self) -> None:
        if self._is_asked:
            self._tell()
