"""What is known of a file of the library that is in no stack: read when somebody asks for it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.adapters.adapter_intake import starting_scale
from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.library.entries import LibraryEntry
from loraviewer.core.outcome import Failure
from loraviewer.core.reports import AdapterSummary
from loraviewer.core.stack import AdapterStack, StackEntry

Summarise = Callable[[Path, CancelToken], AdapterSummary]


class LibraryDetails(QObject):
    """The newest question alone is answered. GUI thread only; files are read in the background."""

    found = Signal(object)  # StackEntry: of no stack, its id is its path
    notice = Signal(object)  # Failure

    def __init__(
        self, adapters: AdapterModel, summarise: Summarise, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._adapters = adapters
        self._summarise = summarise
        self._tasks = BackgroundTasks(self, threads=1)
        self._token = CancelToken()

    def ask(self, entry: LibraryEntry) -> None:
        """`found` once its file is read: `adapters` knows its summary then, and its report on the
        loaded base soon."""
        self._token.cancel()
        self._token = token = CancelToken()
        work = partial(_summarised, self._summarise, Path(entry.path), token)
        self._tasks.run(work, partial(self._on_read, token))

    def close(self, patience_ms: int) -> bool:
        """Whether what was being read is."""
        self._token.cancel()
        return self._tasks.close(patience_ms)

    def _on_read(self, token: CancelToken, outcome: object) -> None:
        if token.is_cancelled:
            return
        if isinstance(outcome, Failure):
            self.notice.emit(outcome)
        elif isinstance(outcome, AdapterSummary):
            self._adapters.learn_summary(outcome)
            row = StackEntry(
                entry_id=outcome.path,
                name=outcome.name,
                path=outcome.path,
                sha256=outcome.sha256,
                scale=starting_scale(outcome),
            )
            if self._adapters.base_identity:
                self._adapters.request_missing(AdapterStack(entries=(row,)))
            self.found.emit(row)


def _summarised(summarise: Summarise, path: Path, token: CancelToken) -> AdapterSummary | None:
    try:
        return summarise(path, token)
    except Cancelled:
        return None
