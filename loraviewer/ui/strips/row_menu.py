"""The ⋯ menu of a strip: everything that can be done with the row."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core.adapter_facts import AdapterFacts, Fit
from loraviewer.core.draft_ways import DraftWay
from loraviewer.core.fader_ranges import FaderRange
from loraviewer.core.stack import StackEntry
from loraviewer.ui.strips.blocks.block_mark import BlockPart
from loraviewer.ui.strips.draft_part import DraftPart
from loraviewer.ui.strips.range_menu import RangeMenu
from loraviewer.ui.strips.row_group import RowGroup
from loraviewer.ui.widgets.added_action import added


class RowMenu(QMenu):
    """Edits go to `rows`, and so to all selected ones; what only the strip can do is asked of it
    with signals. Empty until somebody opens it, which most rows never see."""

    card_requested = Signal()
    details_toggled = Signal(bool)
    """Whether facts and trigger words are to be unfolded."""
    blocks_requested = Signal()
    reveal_requested = Signal()
    locate_requested = Signal()
    moved = Signal(int)
    """Up (-1) or down (+1) by one row."""

    def __init__(
        self, model: StackModel, rows: RowGroup, entry: StackEntry, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._rows = rows
        self._entry = entry
        self._facts = AdapterFacts()
        self._is_unfolded = False
        self.aboutToShow.connect(self._on_about_to_show)

    def show_entry(self, entry: StackEntry) -> None:
        self._entry = entry

    def show_facts(self, facts: AdapterFacts) -> None:
        self._facts = facts

    def show_unfolded(self, is_unfolded: bool) -> None:
        """Whether facts and trigger words are to be seen."""
        self._is_unfolded = is_unfolded

    # -- building -------------------------------------------------------------------------

    def _fill(self) -> None:
        self._add_switches()
        self._add_strengths()
        self.addSeparator()
        self._add_drafts()
        self.addSeparator()
        self._add_file()
        self.addSeparator()
        self._add_row()

    def _add_switches(self) -> None:
        self._switch = self._checkable(self.tr("On"))
        self._switch.triggered.connect(self._on_switch)
        self._solo = self._checkable(self.tr("Solo"))
        self._solo.triggered.connect(self._on_solo)
        self.addSeparator()

    def _add_strengths(self) -> None:
        self._text = self._checkable(self.tr("Separate text-encoder strength"))
        self._text.triggered.connect(self._on_text)
        self._blocks = BlockPart(self._model, self)
        self._blocks.requested.connect(self.blocks_requested)
        added(self, self.tr("Reset to 1.0")).triggered.connect(self._on_reset)
        self._range = RangeMenu(self)
        self._range.chosen.connect(self._on_range)
        self.addMenu(self._range)

    def _add_drafts(self) -> None:
        self._drafts = DraftPart(self)
        self._drafts.marked.connect(self._on_for_drafts)
        self._drafts.way_chosen.connect(self._on_draft_way)
        self._drafts.sampling_wanted.connect(self._on_sampling)

    def _add_file(self) -> None:
        added(self, self.tr("Details…")).triggered.connect(self._on_card)
        self._insist = added(self, self.tr("Apply what lands all the same"))
        self._insist.triggered.connect(self._on_insist)
        self._unfold = self._checkable(self.tr("Unfold facts and trigger words"))
        self._unfold.triggered.connect(self.details_toggled)
        added(self, self.tr("Show file in its folder")).triggered.connect(self._on_reveal)
        added(self, self.tr("Locate file…")).triggered.connect(self._on_locate)

    def _add_row(self) -> None:
        added(self, self.tr("Copy")).triggered.connect(self._on_copy)
        added(self, self.tr("Move up")).triggered.connect(self._on_up)
        added(self, self.tr("Move down")).triggered.connect(self._on_down)
        added(self, self.tr("Remove")).triggered.connect(self._on_remove)

    def _checkable(self, text: str) -> QAction:
        action = added(self, text)
        action.setCheckable(True)
        return action

    # -- what it shows --------------------------------------------------------------------

    @Slot()
    def _on_about_to_show(self) -> None:
        if self.isEmpty():
            self._fill()
        entry = self._entry
        self._blocks.show_entry(entry)
        self._switch.setChecked(entry.is_enabled)
        self._solo.setChecked(entry.is_solo)
        self._solo.setEnabled(entry.for_drafts is None)
        self._text.setChecked(entry.text_scale is not None)
        self._range.show_range(entry.fader_ends)
        self._drafts.show_row(entry, has_sampling=self._rows.has_sampling(entry.entry_id))
        is_muted = entry.is_enabled and entry.insisted_on != self._facts.base_identity
        self._insist.setVisible(is_muted and self._facts.fit is Fit.IN_PART)
        self._unfold.setChecked(self._is_unfolded)

    # -- edits ----------------------------------------------------------------------------

    @Slot(bool)
    def _on_switch(self, on: bool) -> None:
        self._rows.set_enabled(self._entry.entry_id, on)

    @Slot(bool)
    def _on_solo(self, on: bool) -> None:
        self._rows.set_solo(self._entry.entry_id, on)

    @Slot(bool)
    def _on_text(self, on: bool) -> None:
        self._rows.set_text_apart(self._entry.entry_id, on)

    @Slot()
    def _on_reset(self) -> None:
        self._rows.reset(self._entry.entry_id)

    @Slot(object)
    def _on_range(self, wanted: FaderRange) -> None:
        self._rows.set_fader_range(self._entry.entry_id, wanted)

    @Slot(bool)
    def _on_for_drafts(self, on: bool) -> None:
        self._rows.set_for_drafts(self._entry.entry_id, on)

    @Slot(object)
    def _on_draft_way(self, way: DraftWay) -> None:
        self._rows.set_draft_way(self._entry.entry_id, way)

    @Slot()
    def _on_sampling(self) -> None:
        self._rows.use_sampling(self._entry.entry_id)

    @Slot()
    def _on_insist(self) -> None:
        self._model.set_enabled(self._entry.entry_id, True, self._facts.base_identity)

    @Slot()
    def _on_copy(self) -> None:
        self._rows.copy(self._entry.entry_id)

    @Slot()
    def _on_remove(self) -> None:
        self._rows.remove(self._entry.entry_id)

    # -- asked of the strip ---------------------------------------------------------------

    @Slot()
    def _on_card(self) -> None:
        self.card_requested.emit()

    @Slot()
    def _on_reveal(self) -> None:
        self.reveal_requested.emit()

    @Slot()
    def _on_locate(self) -> None:
        self.locate_requested.emit()

    @Slot()
    def _on_up(self) -> None:
        self.moved.emit(-1)

    @Slot()
    def _on_down(self) -> None:
        self.moved.emit(1)
