"""The stack of the active pane: widget → command → new document → signal → widgets."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.languages import figures, shown
from loraviewer.core.blocks import BlockScales, block_scales
from loraviewer.core.captions import rule_words
from loraviewer.core.document import Document, PaneId
from loraviewer.core.map_cells import with_fader
from loraviewer.core.merge_rules import MergeRule
from loraviewer.core.numbers import short_number
from loraviewer.core.pane_edits import activated, editable
from loraviewer.core.pane_names import pane_letter
from loraviewer.core.request import Sampling
from loraviewer.core.row_edits import with_inserted, with_named
from loraviewer.core.row_names import row_names
from loraviewer.core.stack import AdapterStack, StackEntry
from loraviewer.core.told_blocks import first_scales

_NAMED_BLOCKS = 3
"""In the words of a step; more of them are counted."""


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
        self._before_all_off: dict[PaneId, AdapterStack] = {}
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

    @property
    def is_base(self) -> bool:
        """Whether the base pane is active, which holds no adapters."""
        document = self._document.document
        return document.pane(document.active).is_base

    def reset(self, stack: AdapterStack) -> None:
        """Install a stack without an undo step (start-up, restored sessions); where the base is
        active, in the first pane beside it."""
        document = self._document.document
        filled = editable(document).with_stack(stack)
        self._document.install(activated(filled, document.active))

    def add(self, entry: StackEntry, index: int | None = None) -> None:
        """Where the base is active, to the first pane beside it, which then is."""
        self._push_rows(self.tr("Add {}").format(entry.name), [entry], index)

    def add_all(self, entries: Sequence[StackEntry]) -> None:
        """At the end, in one step."""
        if len(entries) == 1:
            self.add(entries[0])
            return
        self._push_rows(self.tr("Add {} adapters").format(len(entries)), entries)

    def _push_rows(
        self, text: str, entries: Sequence[StackEntry], index: int | None = None
    ) -> None:
        document = editable(self._document.document)
        stack = document.stack
        for entry in entries:
            stack = stack.with_added(entry, index)
        self._edit(text, document.with_stack(stack))

    def remove(self, entry_id: str) -> None:
        name = self._name(entry_id)
        self._push(self.tr("Remove {}").format(name), self.stack.without(entry_id))

    def move(self, entry_id: str, index: int, *, is_continued: bool = False) -> None:
        """`is_continued`: by the same gesture as the last move, such as a key that is held."""
        self._move_count += not is_continued
        text = self.tr("Move {} to row {}").format(self._name(entry_id), index + 1)
        moved = self.stack.with_moved(entry_id, index)
        self._push(text, moved, f"move {entry_id} {self._move_count}")

    def set_enabled(self, entry_id: str, on: bool, insisted_on: str = "") -> None:
        """insisted_on: identity of the base on which it is to be applied although it does not fit
        there; "" for none."""
        text = self.tr("Turn {} on") if on else self.tr("Turn {} off")
        if on and self.stack.entry(entry_id).is_enabled:
            text = self.tr("Apply {} all the same")
        name = self._name(entry_id)
        changed = self.stack.with_entry(entry_id, is_enabled=on, insisted_on=insisted_on)
        self._push(text.format(name), changed)

    def set_solo(self, entry_id: str, on: bool) -> None:
        text = self.tr("Solo {}") if on else self.tr("Stop solo of {}")
        name = self._name(entry_id)
        self._push(text.format(name), self.stack.with_entry(entry_id, is_solo=on))

    def set_scale(self, entry_id: str, value: float) -> None:
        words, told = self.tr("Strength of {} to {}"), figures(short_number(value))
        text = words.format(self._name(entry_id), told)
        changed = self.stack.with_entry(entry_id, scale=float(value))
        self._push(text, changed, self._drag_key(f"scale {entry_id}"))

    def set_text_scale(self, entry_id: str, value: float | None) -> None:
        """A separate strength in the text encoders; None follows the main one."""
        text, scale = self.tr("Text strength of {} as its strength"), None
        if value is not None:
            text, scale = self.tr("Text strength of {} to {}"), float(value)
        text = text.format(self._name(entry_id), figures(short_number(value or 0.0)))
        changed = self.stack.with_entry(entry_id, text_scale=scale)
        self._push(text, changed, self._drag_key(f"text {entry_id}"))

    def set_block_scales(self, entry_id: str, factors: Mapping[str, float]) -> None:
        """By what the strengths of a row are multiplied in single blocks (`core.blocks`), all of
        them. What is painted in one drag is one step."""
        scales = block_scales(factors)
        text = self._painted(self._name(entry_id), scales)
        changed = self.stack.with_entry(entry_id, block_scales=scales)
        self._push(text, changed, self._drag_key(f"blocks {entry_id}"))

    def _painted(self, name: str, scales: BlockScales) -> str:
        """What a step says: few blocks by name, many by their number."""
        if not scales:
            return self.tr("All blocks of {} alike").format(name)
        told, more = first_scales(scales, _NAMED_BLOCKS)
        if more:
            return self.tr("Block strengths of {} in {} blocks").format(name, len(scales))
        return self.tr("Block strengths of {} to {}").format(name, ", ".join(map(shown, told)))

    def set_master(self, value: float) -> None:
        changed = self.stack.with_master(float(value))
        text = self.tr("Master to {}").format(figures(short_number(value)))
        self._push(text, changed, self._drag_key("master"))

    @Slot(object)
    @Slot(object, int)
    def set_rule(self, rule: MergeRule, burst: int = 0) -> None:
        """By which the adapters become one change. Those of one burst of keys are one step; 0 for
        a step of its own."""
        text = self.tr("Merge rule to {}").format(shown(rule_words(rule)))
        pane_id = self._document.document.active
        key = f"rule {rule.name} {pane_id} {burst}" if burst else ""
        self._push(text, self.stack.with_rule(rule), key)

    def set_strengths(self, values: Mapping[str, float]) -> None:
        """Of several faders at once: of rows by their ids, and of the master."""
        stack, names = self.stack, row_names(self.stack)
        for fader, value in values.items():
            stack = with_fader(stack, fader, float(value))
        told = [names.get(fader, self.tr("master")) for fader in values]
        text = self.tr("Strengths of {}").format(self.tr(" and ").join(told))
        self._push(text, stack, self._drag_key(f"strengths {' '.join(values)}"))

    def change(self, text: str, stack: AdapterStack, *, key: str = "", drag: str = "") -> None:
        """Another state of the rows, in one step; steps of one `key` are one, and so are those of
        one `drag` while that goes on. Edits of several rows are in `row_edits`."""
        self._push(text, stack, key or (self._drag_key(drag) if drag else ""))

    @property
    def drag(self) -> int:
        """Which drag goes on, counted from 1; 0 for none."""
        return self._document.drag_count if self.is_dragging else 0

    def insert(self, text: str, rows: Sequence[StackEntry], index: int | None = None) -> None:
        """Rows before the one at `index`, None for at the end, in one step; where the base is
        active, into the first pane beside it, which then is."""
        document = editable(self._document.document)
        at = len(document.stack.entries) if index is None else index
        self._edit(text, document.with_stack(with_inserted(document.stack, rows, at)))

    def take_from_prompt(self, text: str, rows: Sequence[StackEntry], left: Sampling) -> None:
        """Rows that the prompt named (`core.row_edits.with_named`) and what is left of it, in one
        step; where the base is active, into the first pane beside it, which then is."""
        document = editable(self._document.document.with_sampling(left))
        self._edit(text, document.with_stack(with_named(document.stack, rows)))

    def use_sampling(self, text: str, sampling: Sampling) -> None:
        """Of the active pane, in one step: what an adapter of its stack asks for."""
        self._document.edit(text, self._document.document.with_sampling(sampling))

    @property
    def sampling(self) -> Sampling:
        """Of the active pane."""
        return self._document.document.active_sampling

    @property
    def can_switch_back(self) -> bool:
        """Whether all rows are off, and some of them were on before that."""
        return self.stack.is_all_off and self._switched_back() != self.stack

    def all_off(self) -> None:
        """Every row off; where all of them are, those on that were before."""
        if self.can_switch_back:
            self._push(self.tr("All on again"), self._switched_back())
        else:
            self._push(self.tr("All off"), self.stack.with_all_off())

    def _switched_back(self) -> AdapterStack:
        before = self._before_all_off.get(self._document.document.active, self.stack)
        return self.stack.with_switches_of(before)

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
        pane_id, drag = self._document.document.active, self._document.drag_count
        return f"{what} {pane_id} {drag}" if self.is_dragging else ""

    def _name(self, entry_id: str) -> str:
        """KeyError for a row that is not there."""
        return row_names(self.stack)[entry_id]

    def _push(self, text: str, stack: AdapterStack, key: str = "") -> None:
        self._edit(text, self._document.document.with_stack(stack), key)

    def _edit(self, text: str, document: Document, key: str = "") -> None:
        """The step says whose stack it is, where more than one pane has one."""
        self._is_edited = True
        if len(document.panes) > 2:
            words = self.tr("{} in {}")
            text = words.format(text, pane_letter(document, document.active))
        self._document.edit(text, document, key)

    @Slot(object, object)
    def _on_document_changed(self, document: Document, before: Document) -> None:
        self._note_all_off(document, before)
        if document.active != before.active:
            self._before_drag, self._held = document.stack, ""
        if document.stack != before.stack or document.active != before.active:
            # Back where it was when it was grasped, the fader is still held.
            self._held = document.stack.moved_adapter(self._before_drag) or self._held
            self.stack_changed.emit(document.stack)

    def _note_all_off(self, document: Document, before: Document) -> None:
        """What each pane had on before all of it was switched off."""
        former = {pane.pane_id: pane.stack for pane in before.panes}
        for pane in document.panes:
            known = former.get(pane.pane_id, pane.stack)
            if pane.stack is not known and pane.stack.is_all_off and not known.is_all_off:
                self._before_all_off[pane.pane_id] = known
