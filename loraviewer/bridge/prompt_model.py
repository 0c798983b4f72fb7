"""What the prompt bar holds: of the active pane, whether it follows the others or is frozen."""

from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.document_model import DocumentModel
from loraviewer.core.document import Document
from loraviewer.core.request import Sampling


class PromptModel(QObject):
    """Every change of the `Sampling` value is one undo step."""

    sampling_changed = Signal(object)  # Sampling

    def __init__(self, document: DocumentModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        document.changed.connect(self._on_document_changed)

    @property
    def sampling(self) -> Sampling:
        return self._document.document.active_sampling

    def change(self, **fields: Any) -> None:
        """New values for some fields; equal values are no step."""
        changed = msgspec.structs.replace(self.sampling, **fields)
        text = self.tr("Change of {}").format(", ".join(name.replace("_", " ") for name in fields))
        self._document.edit(text, self._document.document.with_sampling(changed))

    def add_word(self, word: str) -> None:
        """At the end of the prompt, unless it is there already."""
        parts = [part.strip() for part in self.sampling.prompt.split(",") if part.strip()]
        if word not in parts:
            self.change(prompt=", ".join([*parts, word]))

    def reset(self, sampling: Sampling) -> None:
        """Install values without an undo step (start-up, restored sessions)."""
        self._document.install(self._document.document.with_sampling(sampling))

    def reset_all(self, change: Callable[[Sampling], Sampling]) -> None:
        """As `reset`, of every pane."""
        self._document.install(self._document.document.with_samplings(change))

    @Slot(object, object)
    def _on_document_changed(self, document: Document, before: Document) -> None:
        if document.active_sampling != before.active_sampling:
            self.sampling_changed.emit(document.active_sampling)
