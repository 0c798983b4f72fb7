"""Bringing the library's index up to date, on a thread of its own."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.opened_once import OpenedOnce
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.library.port import LibraryPort, Scanned
from loraviewer.core.outcome import Failure

_TELL_S = 0.1
_WORK_S, _YIELD_S = 0.002, 0.001
"""Of a scan, in turns."""
_SHOW_S = 1.5
"""How often what was read until then is shown."""


class LibraryScan(QObject):
    """One scan at a time; what is asked for meanwhile follows. Between scans, files are hashed for
    as long as nobody calls `pause`. GUI thread only."""

    changed = Signal()  # it began, came further or ended
    index_changed = Signal()
    notice = Signal(object)  # Failure

    _progressed = Signal(object)  # from the thread of the scan: (CancelToken, Scanned)

    def __init__(
        self,
        index: OpenedOnce[LibraryPort] | None,
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._index = index
        self._clock = clock
        self._tasks = BackgroundTasks(self, threads=1)
        self._token: CancelToken | None = None
        self._hashing: CancelToken | None = None
        self._told = Scanned()
        self._is_due = False
        self._is_closed = False
        self._was_stopped = False
        self._ended_at: float | None = None
        self._shown_at = 0.0
        self._left: int | None = None
        self._progressed.connect(self._on_progressed)

    @property
    def is_running(self) -> bool:
        return self._token is not None

    @property
    def told(self) -> Scanned:
        """How far the present scan is, or the last one came."""
        return self._told

    @property
    def was_stopped(self) -> bool:
        """Whether the last scan was stopped by a person."""
        return self._was_stopped

    def is_older_than(self, seconds: float) -> bool:
        """Whether the last scan ended so long ago, or there was none."""
        return self._ended_at is None or self._clock() - self._ended_at > seconds

    @Slot()
    def start(self) -> None:
        if self._index is None or self._is_closed:
            return
        if self._token is not None:
            self._is_due = True
            return
        self.pause()
        self._token, self._told = _YieldingToken(), Scanned()
        self._was_stopped, self._shown_at = False, self._clock()
        index, token = self._index, self._token
        self._tasks.run(lambda: _scanned(index, token, self._tell), self._on_ended)
        self.changed.emit()

    @Slot()
    def stop(self) -> None:
        """What was read stays."""
        self._is_due = False
        if self._token is not None:
            self._was_stopped = True
            self._token.cancel()

    def hash_some(self, most_bytes: int) -> None:
        """Some files that have no content hash yet; nothing while a scan runs, or once all have."""
        busy = self._token is not None or self._hashing is not None or self._is_closed
        if busy or self._left == 0 or self._index is None:
            return
        self._hashing = CancelToken()
        index, token = self._index, self._hashing
        self._tasks.run(lambda: _hashed(index, token, most_bytes), self._on_hashed)

    @Slot()
    def pause(self) -> None:
        """Stop hashing at once: something else is to be done."""
        if self._hashing is not None:
            self._hashing.cancel()

    def close(self, patience_ms: int) -> bool:
        """Whether all has ended."""
        self.begin_closing()
        return self._tasks.close(patience_ms)

    def begin_closing(self) -> None:
        self._is_closed = True
        self.stop()
        self.pause()

    # -- answers --------------------------------------------------------------------------

    def _tell(self, token: CancelToken, told: Scanned) -> None:
        """On the thread of the scan."""
        self._progressed.emit((token, told))

    @Slot(object)
    def _on_progressed(self, progress: tuple[CancelToken, Scanned]) -> None:
        token, told = progress
        if token is not self._token:
            return
        has_news = told.read > self._told.read
        self._told = told
        self.changed.emit()
        now = self._clock()
        if has_news and now - self._shown_at >= _SHOW_S:
            self._shown_at = now
            self.index_changed.emit()

    def _on_ended(self, outcome: object) -> None:
        self._token, self._left = None, None
        self._ended_at = self._clock()
        if isinstance(outcome, Failure):
            self.notice.emit(outcome)
        elif isinstance(outcome, Scanned):
            self._told = outcome
        self.changed.emit()
        self.index_changed.emit()
        if self._is_due:
            self._is_due = False
            self.start()

    def _on_hashed(self, left: object) -> None:
        """Failures are not told: nobody asked for it, and it is tried again after the next scan."""
        self._hashing = None
        if isinstance(left, int):
            self._left = left
        elif isinstance(left, Failure):
            self._left = 0


class _YieldingToken(CancelToken):
    """Lets the window come in between: it would wait for Python's lock in every step of painting,
    since a thread that reads headers hardly ever gives it away."""

    def __init__(self) -> None:
        super().__init__()
        self._yielded_at = time.monotonic()

    def raise_if_cancelled(self) -> None:
        super().raise_if_cancelled()
        if time.monotonic() - self._yielded_at >= _WORK_S:
            time.sleep(_YIELD_S)
            self._yielded_at = time.monotonic()


def _scanned(
    index: OpenedOnce[LibraryPort],
    token: CancelToken,
    tell: Callable[[CancelToken, Scanned], None],
) -> Scanned | None:
    """None where it was stopped. Only some files are told of: the GUI thread has more to do."""
    last = 0.0

    def on_progress(told: Scanned) -> None:
        nonlocal last
        now = time.monotonic()
        if told.is_done or now - last >= _TELL_S:
            last = now
            tell(token, told)

    try:
        return index().scan(token, on_progress)
    except Cancelled:
        return None


def _hashed(index: OpenedOnce[LibraryPort], token: CancelToken, most_bytes: int) -> int | None:
    try:
        return index().hash_some(token, most_bytes)
    except Cancelled:
        return None
