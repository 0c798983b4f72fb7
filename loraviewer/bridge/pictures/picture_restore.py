"""Going back to a picture: the stack and the sampling that made it, as one undo step."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.pictures.stored_pictures import clock_text
from loraviewer.bridge.services import Services
from loraviewer.core.cancel import CancelToken
from loraviewer.core.document import PaneId
from loraviewer.core.pane_edits import activated, editable
from loraviewer.core.reports import AdapterSummary
from loraviewer.core.stack import StackEntry
from loraviewer.core.stored_picture import StoredPicture


class PictureRestore(QObject):
    """Rows whose files are gone come back as they were: they keep name, hash and values. GUI thread
    only."""

    refused = Signal(str)  # one sentence: nothing was changed
    other_base = Signal(object)  # StoredPicture that was made with another base than is loaded

    def __init__(
        self,
        document: DocumentModel,
        base: BaseModel,
        adapters: AdapterModel,
        services: Services,
        tasks: BackgroundTasks,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._base = base
        self._adapters = adapters
        self._services = services
        self._tasks = tasks

    def restore(self, picture: StoredPicture, pane_id: PaneId = "") -> None:
        """Into a pane, which is active then; "" for the active one, and where that is the base for
        the first beside it."""
        document = self._document.document
        if pane_id and document.pane(pane_id).is_base:
            self.refused.emit(self.tr("The base holds no adapters; drop it on another pane."))
            return
        document = activated(document, pane_id) if pane_id else editable(document)
        stack = picture.rows()
        restored = document.with_stack(stack).with_sampling(picture.sampling)
        text = self.tr("Restore the picture of {}").format(clock_text(picture))
        self._document.edit(text, restored)
        for entry in stack.entries:
            self._learn(entry)
        identity = picture.record.request.checkpoint.identity
        if self._base.info is not None and identity != self._base.info.identity:
            self.other_base.emit(picture)

    def _learn(self, entry: StackEntry) -> None:
        """What the row's file says of itself, where that is not known yet: it came by no intake."""
        if self._adapters.facts(entry.sha256).summary is None:
            summarise = self._services.summarise
            self._tasks.run(
                lambda: summarise(Path(entry.path), CancelToken()),
                partial(self._on_summarised, entry.sha256),
            )

    def _on_summarised(self, sha256: str, summary: object) -> None:
        """Another file may lie there by now; that one is gone is told by the engine's report."""
        if isinstance(summary, AdapterSummary) and summary.sha256 == sha256:
            self._adapters.learn_summary(summary)
