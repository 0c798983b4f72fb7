"""The stack of the active pane: widget → command → new document → signal → widgets."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.document_model import DocumentModel
from loraviewer.core.document import Document
from loraviewer.core.row_names import row_names
from loraviewer.core.stack import AdapterStack, StackEntry


class StackModel(QObject):
    """A view of the document; every method that changes the stack is one undo step.

    Between `begin_drag` and `end_drag` all changes of scales merge into a single step.
    """

    stack_changed = Signal(object)  # AdapterStack
    drag_changed = Signal(bool)

    def __init__(self, document: DocumentModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._move_count = 0
        self._before_drag = self.stack
        self._held = ""
        self._before_all_off = self.stack
        self._is_edited = False
        document.changed.connect(self._on_document_changed)
        document.drag_changed.connect(self.drag_changed)

    @property
    def stack(self) -> AdapterStack:
        return self._document.document.stack

    @property
    def is_dragging(self) -> bool:
        return self._document.is_dragging

    @property
    def is_untouched(self) -> bool:
        """Whether nobody has edited a stack yet: no step of the history speaks of one."""
        return not self._is_edited

    def reset(self, stack: AdapterStack) -> None:
        """Install a stack without an undo step (start-up, restored sessions)."""
        self._document.install(self._document.document.with_stack(stack))

    def add(self, entry: StackEntry, index: int | None = None) -> None:
        self._push(self.tr("Add {}").format(entry.name), self.stack.with_added(entry, index))

    def add_all(self, entries: Sequence[StackEntry]) -> None:
        """At the end, in one step."""
        if len(entries) == 1:
            self.add(entries[0])
            return
        text = self.tr("Add {} adapters").format(len(entries))
        stack = self.stack
        for entry in entries:
            stack = stack.with_added(entry)
        self._push(text, stack)

    def remove(self, entry_id: str) -> None:
        name = self._name(entry_id)
        self._push(self.tr("Remove {}").format(name), self.stack.without(entry_id))

    def move(self, entry_id: str, index: int, *, is_continued: bool = False) -> None:
        """`is_continued`: by the same gesture as the last move, such as a key that is held."""
        self._move_count += not is_continued
        text = self.tr("Move {}").format(self._name(entry_id))
        moved = self.stack.with_moved(entry_id, index)
        self._push(text, moved, f"move {entry_id} {self._move_count}")

    def set_enabled(self, entry_id: str, on: bool, insisted_on: str = "") -> None:
        """insisted_on: identity of the base on which it is to be applied although it does not fit
        there; "" for none."""
        text = self.tr("Turn {} on") if on else self.tr("Turn {} off")
        name = self._name(entry_id)
        changed = self.stack.with_entry(entry_id, is_enabled=on, insisted_on=insisted_on)
        self._push(text.format(name), changed)

    def set_solo(self, entry_id: str, on: bool) -> None:
        text = self.tr("Solo {}") if on else self.tr("Stop solo of {}")
        name = self._name(entry_id)
        self._push(text.format(name), self.stack.with_entry(entry_id, is_solo=on))

    def set_scale(self, entry_id: str, value: float) -> None:
        text = self.tr("Strength of {}").format(self._name(entry_id))
        changed = self.stack.with_entry(entry_id, scale=float(value))
        self._push(text, changed, self._drag_key(f"scale {entry_id}"))

    def set_text_scale(self, entry_id: str, value: float | None) -> None:
        """A separate strength in the text encoders; None follows the main one."""
        text = self.tr("Text strength of {}").format(self._name(entry_id))
        scale = None if value is None else float(value)
        changed = self.stack.with_entry(entry_id, text_scale=scale)
        self._push(text, changed, self._drag_key(f"text {entry_id}"))

    def set_master(self, value: float) -> None:
        changed = self.stack.with_master(float(value))
        self._push(self.tr("Master strength"), changed, self._drag_key("master"))

    @property
    def can_switch_back(self) -> bool:
        """Whether all rows are off, and some of them were on before that."""
        return self.stack.is_all_off and self._switched_back() != self.stack

    def all_off(self) -> None:
        """Every row off; where all of them are, those on that were before."""
        if self.can_switch_back:
            self._push(self.tr("On again"), self._switched_back())
        else:
            self._push(self.tr("All off"), self.stack.with_all_off())

    def _switched_back(self) -> AdapterStack:
        return self.stack.with_switches_of(self._before_all_off)

    def begin_drag(self) -> None:
        """Faders may overlap: a wheel turns one while the burst of another has not ended."""
        self._before_drag, self._held = self.stack, ""
        self._document.begin_drag()

    def resume_drag(self) -> None:
        """The drag that ended last goes on: what follows belongs to its step."""
        self._document.resume_drag()

    def end_drag(self) -> None:
        self._document.end_drag()

    @property
    def held_adapter(self) -> str:
        """sha256 of the adapter whose fader is held, from its first move on; "" while none or the
        master is."""
        return self._held if self.is_dragging else ""

    def _drag_key(self, what: str) -> str:
        """Steps of one drag have the same."""
        return f"{what} {self._document.drag_count}" if self.is_dragging else ""

    def _name(self, entry_id: str) -> str:
        """KeyError for a row that is not there."""
        return row_names(self.stack)[entry_id]

    def _push(self, text: str, stack: AdapterStack, key: str = "") -> None:
        self._is_edited = True
        self._document.edit(text, self._document.document.with_stack(stack), key)

    @Slot(object, object)
    def _on_document_changed(self, document: Document, before: Document) -> None:
        if document.stack != before.stack:
            if document.stack.is_all_off and not before.stack.is_all_off:
                self._before_all_off = before.stack
            # Back where it was when it was grasped, the fader is still held.
            self._held = document.stack.moved_adapter(self._before_drag) or self._held
            self.stack_changed.emit(document.stack)
