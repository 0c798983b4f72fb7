"""The one document and its history. Stack, prompt and panes are views of it."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from loraviewer.bridge.document.commands import SwapDocument
from loraviewer.core.document import Document

HISTORY_STEPS = 1000
"""So many are kept. Documents share whatever a step left alone: one in a stack of ten rows takes
three kilobytes, one in a stack of two hundred thirty."""


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
        self.undo_stack.setUndoLimit(HISTORY_STEPS)
        self._document = Document()
        self._drag_count = 0
        self._open_drags = 0
        self._is_going = False
        self._has_forgotten = False

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
        is_full = self.undo_stack.index() == HISTORY_STEPS
        step = SwapDocument(text, self._move, self._document, document, key)
        self._has_forgotten &= self.undo_stack.count() > 0
        self.undo_stack.push(step)
        self._has_forgotten |= is_full and not step.is_part

    @property
    def has_forgotten(self) -> bool:
        """Whether the history begins later than it did: there were too many steps to keep."""
        return self._has_forgotten

    def go_to(self, index: int) -> None:
        """To the state after so many steps of the history, 0 for that before all of them. Views
        hear of one change, however many steps lie between."""
        before, self._is_going = self._document, True
        try:
            self.undo_stack.setIndex(index)
        finally:
            self._is_going = False
        if self._document != before:
            self.changed.emit(self._document, before)

    def install(self, document: Document) -> None:
        """Without an undo step: start-up, restored sessions, what a new base asks for."""
        if document != self._document:
            before, self._document = self._document, document
            if not self._is_going:
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
