"""What the active pane would show with one more adapter: a small picture, made while the machine
has nothing else to do."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_intake import starting_scale
from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.cells.cell_queue import CellQueue
from loraviewer.bridge.cells.cell_requests import CellRequests
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.library.entries import LibraryEntry
from loraviewer.core.outcome import Failure, Rendered
from loraviewer.core.pane_edits import editable
from loraviewer.core.reports import AdapterSummary
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stack import StackEntry

OWNER = "library"
_ROW = "library preview"
Summarise = Callable[[Path, CancelToken], AdapterSummary]


@dataclass(frozen=True)
class Preview:
    """`strength`: at which it is added. `fits`: False where the base does not take it. With neither
    a picture nor a failure it is under way."""

    entry: LibraryEntry
    strength: float = 1.0
    fits: bool = True
    picture: Rendered | None = None
    failure: Failure | None = None


class LibraryPreview(QObject):
    """Of one file at a time, with as few steps as a draft; it follows stack, prompt and base. GUI
    thread only."""

    changed = Signal()

    def __init__(
        self,
        document: DocumentModel,
        base: BaseModel,
        adapters: AdapterModel,
        settings: SettingsModel,
        cells: CellQueue,
        summarise: Summarise,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._adapters = adapters
        self._settings = settings
        self._cells = cells
        self._summarise = summarise
        self._requests = CellRequests(base, adapters)
        self._tasks = BackgroundTasks(self, threads=1)
        self._token = CancelToken()
        self._preview: Preview | None = None
        self._row: StackEntry | None = None
        self._asked: GenerationRequest | None = None
        document.changed.connect(self._on_changed)
        document.drag_changed.connect(self._on_changed)
        base.changed.connect(self._on_changed)
        adapters.adapter_changed.connect(self._on_adapter_changed)
        cells.answered.connect(self._on_answered)

    @property
    def preview(self) -> Preview | None:
        """None while no file is looked at."""
        return self._preview

    def look_at(self, entry: LibraryEntry | None) -> None:
        """None, and what cannot be added to a stack, ends it."""
        self._token.cancel()
        self._row = self._asked = None
        self._cells.drop(OWNER)
        is_adapter = entry is not None and entry.sort == "adapter"
        self._preview = Preview(entry) if entry is not None and is_adapter else None
        self.changed.emit()
        if self._preview is not None:
            self._read(self._preview.entry)

    def close(self, patience_ms: int) -> bool:
        """Whether what was being read is."""
        self._token.cancel()
        return self._tasks.close(patience_ms)

    # -- on its way -------------------------------------------------------------------------

    def _read(self, entry: LibraryEntry) -> None:
        """Its content is what the engine knows it by."""
        self._token = token = CancelToken()
        work = partial(_summarised, self._summarise, Path(entry.path), token)
        self._tasks.run(work, partial(self._on_read, entry, token))

    def _on_read(self, entry: LibraryEntry, token: CancelToken, found: object) -> None:
        if token.is_cancelled:
            return
        if isinstance(found, Failure):
            self._show(failure=found)
        elif isinstance(found, AdapterSummary):
            noted = entry.note.strength
            scale = starting_scale(found) if noted is None else noted
            self._adapters.learn_summary(found)
            self._row = StackEntry(
                entry_id=_ROW, name=found.name, path=found.path, sha256=found.sha256, scale=scale
            )
            self._show(strength=scale)
            self._update()

    def _update(self) -> None:
        """Ask for what is to be seen now."""
        row = self._row
        if row is None or self._document.is_dragging:
            return
        document = editable(self._document.document)
        stack = document.stack.with_added(row)
        self._adapters.request_missing(stack)
        if not self._requests.is_ready(stack):
            return
        if _ROW in self._adapters.muted(stack):
            self._cells.drop(OWNER)
            self._asked = None
            report = self._adapters.facts(row.sha256).report
            self._show(fits=False, failure=report if isinstance(report, Failure) else None)
            return
        sampling = document.sampling_of(document.active)
        steps = min(sampling.steps, self._settings.settings.draft_steps)
        quick = msgspec.structs.replace(sampling, steps=steps)
        self._ask(self._requests.request(stack, quick))

    def _ask(self, request: GenerationRequest) -> None:
        self._asked = request
        answer = self._cells.answer(request)
        self._cells.want(OWNER, () if answer is not None else (request,))
        self._tell(answer)

    def _tell(self, answer: Rendered | Failure | None) -> None:
        if isinstance(answer, Failure):
            self._show(fits=True, failure=answer)
        else:
            self._show(fits=True, picture=answer)

    def _show(
        self,
        *,
        strength: float | None = None,
        fits: bool = True,
        picture: Rendered | None = None,
        failure: Failure | None = None,
    ) -> None:
        before = self._preview
        if before is None:
            return
        known = before.strength if strength is None else strength
        now = Preview(before.entry, known, fits, picture, failure)
        if now != before:
            self._preview = now
            self.changed.emit()

    # -- following --------------------------------------------------------------------------

    @Slot()
    def _on_changed(self) -> None:
        self._update()

    @Slot(str)
    def _on_adapter_changed(self, sha256: str) -> None:
        rows = self._document.document.stack.entries
        if self._row is not None and sha256 in {self._row.sha256, *(r.sha256 for r in rows)}:
            self._update()

    @Slot(str, object, object)
    def _on_answered(
        self, owner: str, request: GenerationRequest, answer: Rendered | Failure
    ) -> None:
        if owner == OWNER and request == self._asked:
            self._tell(answer)


def _summarised(summarise: Summarise, path: Path, token: CancelToken) -> AdapterSummary | None:
    try:
        return summarise(path, token)
    except Cancelled:
        return None
