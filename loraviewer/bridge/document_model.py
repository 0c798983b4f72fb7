"""The one document and its history. Stack, prompt and panes are views of it."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from loraviewer.bridge.commands import SwapDocument
from loraviewer.core.document import Document


class DocumentModel(QObject):
    """Owns the `Document` and the undo stack; there is no second way to change either.

    Edits with the same key are one undo step. Drags may overlap; they are counted, so that a key
    can tell one from another.
    """

    changed = Signal(object, object)  # Document now, Document before
    drag_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self._document = Document()
        self._drag_count = 0
        self._open_drags = 0

    @property
    def document(self) -> Document:
        return self._document

    @property
    def is_dragging(self) -> bool:
        return self._open_drags > 0

    @property
    def drag_count(self) -> int:
        """How many drags have begun."""
        return self._drag_count

    def edit(self, text: str, document: Document, key: str = "") -> None:
        """One undo step, named `text`; none for a document that is the same. A step with the same
        non-empty key as the last one becomes a part of it."""
        if document == self._document:
            return
        self.undo_stack.push(SwapDocument(text, self._move, self._document, document, key))

    def install(self, document: Document) -> None:
        """Without an undo step: start-up, restored sessions, what a new base asks for."""
        if document != self._document:
            before, self._document = self._document, document
            self.changed.emit(document, before)

    def begin_drag(self) -> None:
        self._drag_count += 1
        self.resume_drag()

    def resume_drag(self) -> None:
        """The drag that ended last goes on."""
        self._open_drags += 1
        if self._open_drags == 1:
            self.drag_changed.emit(True)

    def end_drag(self) -> None:
        if self._open_drags:
            self._open_drags -= 1
            if not self._open_drags:
                self.drag_changed.emit(False)

    def _move(self, source: Document, target: Document) -> None:
        self.install(self._document.moved(source, target))
