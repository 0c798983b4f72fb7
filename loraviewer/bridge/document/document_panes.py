"""The panes of the document: which are seen, which is active, and every edit of them."""

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.languages import shown
from loraviewer.core import pane_edits
from loraviewer.core.document import Document, Layout, PaneId, PaneSpec
from loraviewer.core.pane_names import pane_name


class DocumentPanes(QObject):
    """A view of the document. Every edit is one undo step, but for another active pane: going
    somewhere changes nothing, and would bury the edits that are to be taken back."""

    changed = Signal(object)  # Document that differs in more than stacks, which faders move
    activated = Signal(str)  # PaneId
    refused = Signal(str)  # one sentence

    def __init__(self, document: DocumentModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = document
        document.changed.connect(self._on_document_changed)

    @property
    def document(self) -> Document:
        return self._model.document

    @property
    def active(self) -> PaneSpec:
        return self.document.pane(self.document.active)

    @Slot(str)
    def activate(self, pane_id: PaneId) -> None:
        """Nothing where it is active already, or gone."""
        if any(pane.pane_id == pane_id for pane in self.document.panes):
            self._model.install(pane_edits.activated(self.document, pane_id))

    @Slot()
    def activate_next(self) -> None:
        self.activate(pane_edits.beside(self.document, 1))

    @Slot()
    def activate_previous(self) -> None:
        self.activate(pane_edits.beside(self.document, -1))

    def set_layout(self, layout: Layout) -> None:
        text = self.tr("Show one pane")
        if layout != 1:
            text = self.tr("Show {} panes").format(layout)
        self._model.edit(text, pane_edits.with_layout(self.document, layout))

    @Slot()
    def pin(self) -> None:
        """A copy of the active pane in the next free place."""
        if self._has_room():
            text = self.tr("Pin {}").format(self._name(self.document.active))
            new_id = pane_edits.new_pane_id()
            self._model.edit(text, pane_edits.pinned(self.document, new_id))

    @Slot()
    def duplicate(self) -> None:
        """As `pin`, and the copy is active."""
        if self._has_room():
            text = self.tr("Duplicate {}").format(self._name(self.document.active))
            new_id = pane_edits.new_pane_id()
            self._model.edit(text, pane_edits.duplicated(self.document, new_id))

    @Slot()
    def close_active(self) -> None:
        """Nothing where it is the base, or the last pane beside it."""
        pane_id = self.document.active
        if pane_edits.can_close(self.document, pane_id):
            text = self.tr("Close {}").format(self._name(pane_id))
            self._model.edit(text, pane_edits.closed(self.document, pane_id))

    def move(self, pane_id: PaneId, place: int) -> None:
        """To another place, counted from 0; the panes between close up."""
        text = self.tr("Move {} to place {}").format(self._name(pane_id), place + 1)
        self._model.edit(text, pane_edits.moved(self.document, pane_id, place))

    def swap(self, pane_id: PaneId) -> None:
        """Let the active pane and another one change places."""
        names = self._name(self.document.active), self._name(pane_id)
        text = self.tr("Swap {} and {}").format(*names)
        swapped = pane_edits.swapped(self.document, self.document.active, pane_id)
        self._model.edit(text, swapped)

    def copy_to(self, pane_id: PaneId) -> None:
        """The stack of the active pane into another one, in place of what that holds."""
        names = self._name(self.document.active), self._name(pane_id)
        text = self.tr("Copy the stack of {} to {}").format(*names)
        self._model.edit(text, pane_edits.copied_to(self.document, pane_id))

    def set_frozen(self, pane_id: PaneId, on: bool) -> None:
        """Whether a pane keeps the prompt, seed and size that it has now."""
        text = self.tr("Freeze {}") if on else self.tr("Thaw {}")
        change = pane_edits.frozen if on else pane_edits.thawed
        self._model.edit(text.format(self._name(pane_id)), change(self.document, pane_id))

    def compare_with(self, pane_id: PaneId) -> None:
        """The pane that the others are compared with from now on."""
        text = self.tr("Compare with {}").format(self._name(pane_id))
        self._model.edit(text, pane_edits.with_reference(self.document, pane_id))

    def _has_room(self) -> bool:
        has_room = pane_edits.can_pin(self.document)
        if not has_room:
            words = self.tr("There are {} panes, which are the most; close one to pin another.")
            self.refused.emit(words.format(len(self.document.panes)))
        return has_room

    @Slot(object, object)
    def _on_document_changed(self, document: Document, before: Document) -> None:
        if document.active != before.active:
            self.activated.emit(document.active)
        if _outline(document) != _outline(before):
            self.changed.emit(document)

    def _name(self, pane_id: PaneId) -> str:
        return shown(pane_name(self.document, pane_id))


def _outline(document: Document) -> tuple[object, ...]:
    """All but the stacks."""
    panes = tuple((pane.pane_id, pane.sampling) for pane in document.panes)
    return panes, document.layout, document.active, document.reference, document.sampling
