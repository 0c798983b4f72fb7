"""Ctrl+C, SIGTERM and SIGHUP end the studio as its close button does: saved, threads ended.

Python only runs a handler between two of its own instructions, which may be long away while Qt
waits for events. So the handler does nothing, and Python's wake-up byte rings in Qt's loop.
"""

import signal
import socket

from PySide6.QtCore import QObject, QSocketNotifier, Signal, Slot

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
_SHELL_OFFSET = 128
"""What shells add to the number of the signal that ended a program."""


class StopSignals(QObject):
    """Made on the main thread; `stopped` is emitted there, in the event loop."""

    stopped = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.status = 0
        """The exit status that tells of the signal; 0 for none."""
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_woken)
        self._before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        known = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
        # nohup, and shells for what runs in the background, ask to ignore some of them.
        numbers = [n for n in known if signal.getsignal(n) is not signal.SIG_IGN]
        self._handlers = {number: signal.signal(number, self._remember) for number in numbers}

    def close(self) -> None:
        """Give the signals back; one that comes now ends the process at once."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers = {}
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before)
        self._reader.close()
        self._writer.close()

    def _remember(self, number: int, frame: object) -> None:
        self.status = _SHELL_OFFSET + number

    @Slot()
    def repeat(self) -> None:
        """Tell of a signal that came before anybody listened."""
        if self.status:
            self.stopped.emit()

    @Slot()
    def _on_woken(self) -> None:
        self._reader.recv(4096)
        self.repeat()
