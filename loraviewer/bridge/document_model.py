"""The one document and its history. Stack, prompt and panes are views of it."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from loraviewer.bridge.commands import SwapDocument
from loraviewer.core.document import Document


class DocumentModel(QObject):
    """Owns the `Document` and the undo stack; there is no second way to change either.

    Between `begin_drag` and `end_drag` all edits with the same key are one undo step.
    """

    changed = Signal(object, object)  # Document now, Document before
    drag_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self._document = Document()
        self._drag_count = 0
        self._is_dragging = False

    @property
    def document(self) -> Document:
        return self._document

    @property
    def is_dragging(self) -> bool:
        return self._is_dragging

    def edit(self, text: str, document: Document, drag_key: str = "") -> None:
        """One undo step, named `text`; none for a document that is the same."""
        if document == self._document:
            return
        key = f"{drag_key} {self._drag_count}" if drag_key and self._is_dragging else ""
        self.undo_stack.push(SwapDocument(text, self._move, self._document, document, key))

    def install(self, document: Document) -> None:
        """Without an undo step: start-up, restored sessions, what a new base asks for."""
        if document != self._document:
            before, self._document = self._document, document
            self.changed.emit(document, before)

    def begin_drag(self) -> None:
        if not self._is_dragging:
            self._drag_count += 1
            self._is_dragging = True
            self.drag_changed.emit(True)

    def end_drag(self) -> None:
        if self._is_dragging:
            self._is_dragging = False
            self.drag_changed.emit(False)

    def _move(self, source: Document, target: Document) -> None:
        self.install(self._document.moved(source, target))
