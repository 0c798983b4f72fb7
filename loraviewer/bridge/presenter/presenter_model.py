"""What is on the stage and what the keys do there. Everything that it changes is an edit of the
document like any other."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.document.cue_model import CueModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.document_panes import DocumentPanes
from loraviewer.bridge.document.snapshot_model import SnapshotModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core import pane_edits
from loraviewer.core.cues import Cue, tidy_sentence
from loraviewer.core.document import PaneId
from loraviewer.core.row_names import row_names
from loraviewer.core.stack import StackEntry
from loraviewer.core.stage import held_within, page_of


@dataclass(frozen=True)
class StageRow:
    """`number`: the key that switches it, from 1. `is_applied`: whether the weights see it."""

    number: int
    entry: StackEntry
    name: str
    is_applied: bool
    is_selected: bool


class PresenterModel(QObject):
    """GUI thread only."""

    changed = Signal()
    switched = Signal(bool)  # presenting began, or ended

    def __init__(
        self,
        document: DocumentModel,
        places: DocumentPanes,
        stack: StackModel,
        snapshots: SnapshotModel,
        cues: CueModel,
        adapters: AdapterModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._places = places
        self._stack = stack
        self._snapshots = snapshots
        self._cues = cues
        self._adapters = adapters
        self._is_on = False
        self._was_active: PaneId = ""
        self._has_two = True
        self._is_base_held = False
        self._row = 0
        self._place = -1
        self._is_off_cue = False
        """Somebody walked away from what the cue showed."""
        document.changed.connect(self._on_changed)
        adapters.adapter_changed.connect(self._on_changed)

    # -- beginning and ending -------------------------------------------------------------

    @property
    def is_on(self) -> bool:
        return self._is_on

    def begin(self) -> None:
        """With the active pane, or where that is the base, the first one beside it."""
        if self._is_on:
            return
        document = self._document.document
        self._was_active = document.active
        self._places.activate(pane_edits.editable(document).active)
        self._is_on, self._has_two = True, document.layout > 1
        self._place, self._is_off_cue, self._is_base_held = -1, False, False
        self.switched.emit(True)
        self.changed.emit()

    def end(self) -> None:
        """Where the base was active, it is again; edits stay, and can be undone."""
        if not self._is_on:
            return
        self._is_on, self._is_base_held = False, False
        if self._was_active == self._document.document.base.pane_id:
            self._places.activate(self._was_active)
        self.switched.emit(False)

    # -- pictures -------------------------------------------------------------------------

    @property
    def has_two(self) -> bool:
        """Whether the pane it is compared with is seen beside it."""
        return self._has_two

    @property
    def beside(self) -> PaneId:
        """The pane that the active one is compared with."""
        document = self._document.document
        is_own = document.reference == document.active
        return document.base.pane_id if is_own else document.reference

    @property
    def is_base_held(self) -> bool:
        """Whether the picture of `beside` is held up in the place of the active one's."""
        return self._is_base_held

    def swap_count(self) -> None:
        """One picture instead of two, or two instead of one."""
        self._has_two = not self._has_two
        self.changed.emit()

    def hold_base(self, on: bool) -> None:
        if on != self._is_base_held:
            self._is_base_held = on
            self.changed.emit()

    # -- rows -----------------------------------------------------------------------------

    @property
    def row_count(self) -> int:
        """Of the whole stack."""
        return len(self._stack.stack.entries)

    def rows(self) -> tuple[StageRow, ...]:
        """Those of the page with the selected one."""
        stack = self._stack.stack
        heard, names = stack.without_muted(self._adapters.muted(stack)), row_names(stack)
        applied = {entry.entry_id for entry in heard.applied_entries()}
        return tuple(
            StageRow(
                number=number,
                entry=stack.entries[place],
                name=names[stack.entries[place].entry_id],
                is_applied=stack.entries[place].entry_id in applied,
                is_selected=place == self._selected,
            )
            for number, place in enumerate(self._page(), start=1)
        )

    @property
    def selected_place(self) -> int:
        """Of the selected row in the stack, counted from 0."""
        return self._selected

    @property
    def selected_name(self) -> str:
        """What the selected row is called; "" where there is no row."""
        entry = self.entry_at(self._selected)
        return "" if entry is None else row_names(self._stack.stack)[entry.entry_id]

    def entry_at(self, place: int) -> StackEntry | None:
        """The row at a place of the stack, counted from 0."""
        entries = self._stack.stack.entries
        return entries[place] if 0 <= place < len(entries) else None

    def select(self, entry_id: str) -> None:
        """The row whose fader has the keyboard; nothing where there is none with this id."""
        ids = [entry.entry_id for entry in self._stack.stack.entries]
        if entry_id in ids and ids.index(entry_id) != self._selected:
            self._row = ids.index(entry_id)
            self.changed.emit()

    def step_row(self, step: int) -> None:
        """Select the next row, or the one before, round and round."""
        if self.row_count:
            self._row = (self._selected + step) % self.row_count
            self.changed.emit()

    def toggle_row(self, number: int) -> None:
        """The row of the page with this number, from 1; nothing where there is none."""
        page = self._page()
        if 1 <= number <= len(page):
            entry = self._stack.stack.entries[page[number - 1]]
            self._stack.set_enabled(entry.entry_id, not entry.is_enabled)

    def set_strength(self, entry_id: str, wanted: float) -> None:
        """As far as the range of the row's fader lets it."""
        entry = self._stack.stack.entry(entry_id)
        strength = held_within(wanted, entry.scale, entry.fader_ends)
        if strength != entry.scale:
            self._stack.set_scale(entry_id, strength)

    def begin_drag(self) -> None:
        self._stack.begin_drag()

    def resume_drag(self) -> None:
        self._stack.resume_drag()

    def end_drag(self) -> None:
        self._stack.end_drag()

    def base_now(self) -> None:
        """Every row off; a second time those on again that were before."""
        if self.row_count:
            self._stack.all_off()

    @property
    def _selected(self) -> int:
        return max(0, min(self._row, self.row_count - 1))

    def _page(self) -> range:
        return page_of(self._selected, self.row_count)

    # -- snapshots and cues ---------------------------------------------------------------

    def walk(self, step: int) -> None:
        """To the snapshot so many places further. What the cue said is over."""
        self._is_off_cue = True
        self._snapshots.walk(step)
        self.changed.emit()

    @property
    def has_cues(self) -> bool:
        return self._cues.rowCount() > 0

    @property
    def sentence(self) -> str:
        """What the present cue says; "" where somebody walked away from it."""
        cue = self._cue(self._place)
        return tidy_sentence(cue.sentence) if cue is not None and not self._is_off_cue else ""

    @property
    def coming(self) -> Cue | None:
        """The next cue."""
        return self._cue(self._place + 1)

    @property
    def coming_words(self) -> str:
        """What the next cue shows and says; "" where there is none."""
        cue = self.coming
        if cue is None:
            return ""
        parts = (self._cues.snapshot_name(cue), tidy_sentence(cue.sentence))
        return " — ".join(part for part in parts if part)

    def next_cue(self) -> None:
        """Nothing after the last one."""
        self._go_to_cue(self._place + 1)

    def previous_cue(self) -> None:
        """Nothing before the first one."""
        self._go_to_cue(self._place - 1)

    def _go_to_cue(self, place: int) -> None:
        cue = self._cue(place)
        if cue is None:
            return
        self._place, self._is_off_cue = place, False
        if self._snapshots.place_of(cue.snapshot_id).isValid():
            self._snapshots.walk_to(cue.snapshot_id)
        self.changed.emit()

    def _cue(self, place: int) -> Cue | None:
        cues = self._cues.cues
        return cues[place] if 0 <= place < len(cues) else None

    # -- following ------------------------------------------------------------------------

    @Slot(object, object)
    @Slot(str)
    def _on_changed(self, _: object, __: object = None) -> None:
        if self._is_on:
            self.changed.emit()
