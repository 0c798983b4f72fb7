"""What is done to a row by its own controls: to all selected ones where it is one of them."""

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.document.row_edits import RowEdits
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core.draft_ways import DraftWay
from loraviewer.core.fader_ranges import FaderRange
from loraviewer.core.request import Sampling
from loraviewer.core.row_names import row_names
from loraviewer.ui.strips.row_selection import RowSelection
from loraviewer.ui.strips.strength_slider import AS_TRAINED


class RowGroup(QObject):
    """A row outside of the selection acts for itself alone, and ends it."""

    copy_wanted = Signal(object)
    """Ids of rows that are to go to the clipboard."""

    def __init__(
        self,
        model: StackModel,
        adapters: AdapterModel,
        selection: RowSelection,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._adapters = adapters
        self._selection = selection
        self.edits = RowEdits(model, self)

    def set_enabled(self, entry_id: str, on: bool) -> None:
        """Who switches on what does not fit wants it all the same."""
        ids = self._selection.rows_with(entry_id)
        self.edits.set_enabled({row: self._insisted_on(row) if on else "" for row in ids}, on)

    def set_solo(self, entry_id: str, on: bool) -> None:
        self.edits.set_solo(self._selection.rows_with(entry_id), on)

    def move_scale(self, entry_id: str, scale: float) -> None:
        self.edits.move_scale(self._selection.rows_with(entry_id), entry_id, scale)

    def move_text_scale(self, entry_id: str, scale: float) -> None:
        self.edits.move_text_scale(self._selection.rows_with(entry_id), entry_id, scale)

    def set_text_apart(self, entry_id: str, on: bool) -> None:
        self.edits.set_text_apart(self._selection.rows_with(entry_id), on)

    def reset(self, entry_id: str) -> None:
        """As trained, all of them."""
        self.edits.set_scale(self._selection.rows_with(entry_id), AS_TRAINED)

    def set_fader_range(self, entry_id: str, wanted: FaderRange) -> None:
        self.edits.set_fader_range(self._selection.rows_with(entry_id), wanted)

    def set_for_drafts(self, entry_id: str, on: bool) -> None:
        """Each as its file is recognised; for settled pictures, too, where not `on`."""
        ids, stack = self._selection.rows_with(entry_id), self._model.stack
        ways = {i: self._adapters.draft_way(stack.entry(i).sha256) if on else None for i in ids}
        self.edits.set_for_drafts(ways, self._adapters.base_family)

    def set_draft_way(self, entry_id: str, way: DraftWay) -> None:
        """The same for all of them that are for drafts only."""
        stack = self._model.stack
        ids = [i for i in self._selection.rows_with(entry_id) if stack.entry(i).for_drafts]
        self.edits.set_draft_way(ids, way)

    def has_sampling(self, entry_id: str) -> bool:
        """Whether its adapter is made for another sampling than the picture has."""
        return self._sampling(entry_id) is not None

    def use_sampling(self, entry_id: str) -> None:
        """Sampler, steps and guidance that it is made for, in one step."""
        sampling = self._sampling(entry_id)
        if sampling is not None:
            name = row_names(self._model.stack)[entry_id]
            text = self.tr("Sampler, steps and guidance of {}").format(name)
            self._model.use_sampling(text, sampling)

    def _sampling(self, entry_id: str) -> Sampling | None:
        sha256 = self._model.stack.entry(entry_id).sha256
        return self._adapters.quick_sampling(sha256, self._model.sampling)

    def remove(self, entry_id: str) -> None:
        self.edits.remove(self._selection.rows_with(entry_id))

    def copy(self, entry_id: str) -> None:
        self.copy_wanted.emit(self._selection.rows_with(entry_id))

    def move(self, entry_id: str, step: int, *, is_continued: bool) -> None:
        ids = self._selection.rows_with(entry_id)
        self.edits.move(ids, step, is_continued=is_continued)

    def place(self, entry_id: str, gap: int) -> None:
        self.edits.place(self._selection.rows_with(entry_id), gap)

    def _insisted_on(self, entry_id: str) -> str:
        facts = self._adapters.facts(self._model.stack.entry(entry_id).sha256)
        return facts.base_identity if facts.is_misfit else ""
