"""The picture store, off the GUI thread."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.opened_once import OpenedOnce
from loraviewer.core.infotext import ImageRecord
from loraviewer.core.outcome import Failure, FailureKind, Rendered
from loraviewer.core.picture_port import PicturePort
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stack import AdapterStack
from loraviewer.core.stored_picture import StoredPicture, picture_key

_WRITING_MS = 2_000
"""How long closing waits for pictures that are being written; they can be made again."""


class StoredPictures(QObject):
    """GUI thread only. Looking for pictures waits neither for writing others nor for browsing.
    Without a store nothing is found, and what is shown is told all the same."""

    shown = Signal(object, object)  # StoredPicture, and the Rendered that it is
    kept = Signal(object)  # StoredPicture that is on disk now
    withdrawn = Signal(str)  # key of a picture that was made with damaged weights
    notice = Signal(object)  # Failure

    def __init__(
        self, open_store: Callable[[], PicturePort] | None, parent: QObject | None = None
    ) -> None:
        """open_store: called once, in the background; None for no store."""
        super().__init__(parent)
        self._store = None if open_store is None else OpenedOnce(open_store)
        self._lookups = BackgroundTasks(self)
        self._writes = BackgroundTasks(self, threads=1)  # in the order of its tasks
        self._browsing = BackgroundTasks(self)
        self._is_closing = False
        self._since_check: list[str] = []
        """Keys of what was made since all weights were found exact."""

    @property
    def has_store(self) -> bool:
        return self._store is not None

    def find(self, request: GenerationRequest, receive: Callable[[Rendered | None], None]) -> None:
        """Hand over the settled picture that answers it, None where it is not stored."""
        self._look_up(lambda store: store.find(request), receive)

    def find_here(self, request: GenerationRequest) -> Rendered | None:
        """As `find`, on the thread that asks, which may be any."""
        return None if self._store is None else self._store().find(request)

    def has_here(self, request: GenerationRequest) -> bool:
        """Whether it is likely to be found. Any thread; it looks at the disk."""
        return self._store is not None and self._store().has(request)

    def read(self, key: str, receive: Callable[[Rendered | None], None]) -> None:
        """As `find`, of a picture that is listed."""
        self._look_up(lambda store: store.read(key), receive)

    def key(self, request: GenerationRequest) -> str:
        """Under which the answer to a request is known."""
        return picture_key(request, {}) if self._store is None else self._store().key(request)

    def keep(self, rendered: Rendered, rows: AdapterStack | None) -> None:
        """A settled picture is there: it is written, where it is not yet. rows: of the pane that
        shows it, with what is off; None where no pane does, and nothing lists it."""
        store, key = self._store, self.key(rendered.request)
        record = ImageRecord(request=rendered.request)
        now = StoredPicture(key=key, record=record, stack=rows, made_at=time.time())
        if rows is not None:
            self.shown.emit(now, rendered)
        if not rendered.is_from_store:
            self._since_check.append(key)
        if store is not None:
            self._writes.run(lambda: store().keep(rendered, rows), self._on_kept)

    def learn_check(self, *, is_exact: bool) -> None:
        """What was made with weights that turn out to be damaged is nothing that its record says,
        so it is kept no longer. What of it still waits to be written is written before."""
        keys, self._since_check = self._since_check, []
        store = self._store
        for key in () if is_exact else keys:
            if store is not None:
                self._writes.run(lambda key=key: store().delete(key), lambda _: None)
            self.withdrawn.emit(key)

    def browse(
        self, ask: Callable[[PicturePort], object], receive: Callable[[object], None]
    ) -> None:
        """Anything else of the store, in the background; `receive` gets what it says, None where
        that went wrong. Nothing without a store."""
        store = self._store

        def hand_over(answer: object) -> None:
            receive(None if isinstance(answer, Failure) else answer)
            self._tell_complaint()

        if store is not None:
            self._browsing.run(lambda: ask(store()), hand_over)

    def run(self, function: Callable[[], object], receive: Callable[[object], None]) -> None:
        """Work on pictures that needs no store, in the background."""
        self._browsing.run(function, receive)

    def close(self, patience_ms: int) -> bool:
        """Write what is to be written, as far as there is time; forget the rest. Whether all has
        ended."""
        self._is_closing = True
        if self._store is not None and self._store.is_open:
            self._store().close()
        for tasks in (self._lookups, self._browsing):
            tasks.forget()
        self._writes.finish(min(patience_ms, _WRITING_MS))
        ends = [tasks.close(patience_ms) for tasks in (self._writes, self._lookups, self._browsing)]
        return all(ends)

    def _look_up(
        self,
        ask: Callable[[PicturePort], Rendered | None],
        receive: Callable[[Rendered | None], None],
    ) -> None:
        """Whatever goes wrong, the picture can be made anew."""
        store = self._store
        if store is None:
            receive(None)
            return
        self._lookups.run(
            lambda: ask(store()),
            lambda found: receive(found if isinstance(found, Rendered) else None),
        )

    def _on_kept(self, stored: object) -> None:
        if self._is_closing:
            return
        if isinstance(stored, StoredPicture):
            self.kept.emit(stored)
        if isinstance(stored, Failure):
            self.notice.emit(stored)
        self._tell_complaint()

    def _tell_complaint(self) -> None:
        if self._store is None or not self._store.is_open or self._is_closing:
            return
        if sentence := self._store().complaint():
            self.notice.emit(Failure(FailureKind.FILE, sentence))


def clock_text(stored: StoredPicture) -> str:
    """When it was made, as “14:02”."""
    return time.strftime("%H:%M", time.localtime(stored.made_at))
