"""Edits of one or several rows of the active pane, each one undo step."""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from PySide6.QtCore import QObject

from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.languages import figures
from loraviewer.core.draft_ways import DraftWay
from loraviewer.core.fader_ranges import USUAL_RANGE, FaderRange, number_text
from loraviewer.core.numbers import short_number
from loraviewer.core.row_edits import (
    changed,
    moved_by,
    placed,
    rows_with,
    shifted,
    without_rows,
)
from loraviewer.core.row_names import row_names
from loraviewer.core.stack import AdapterStack, StackEntry
from loraviewer.core.stack_diff import signed

Ids = Sequence[str]
_AS_TRAINED = 1.0


class RowEdits(QObject):
    """Of one row, the stack model's own edits. A fader of several moves all of them by the same
    difference, reckoned from where they were when it was grasped: what is dragged there and back is
    where it was."""

    def __init__(self, model: StackModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._move_count = 0
        self._drag, self._grasped = 0, model.stack

    def set_enabled(self, insisted_on: Mapping[str, str], on: bool) -> None:
        """insisted_on: id of each row → as in `StackModel.set_enabled`."""
        ids = list(insisted_on)
        if len(ids) == 1:
            self._model.set_enabled(ids[0], on, insisted_on[ids[0]])
            return

        def switched(row: StackEntry) -> StackEntry:
            return _with(row, is_enabled=on, insisted_on=insisted_on[row.entry_id])

        self._change(self.tr("Turn {} on") if on else self.tr("Turn {} off"), ids, switched)

    def set_solo(self, ids: Ids, on: bool) -> None:
        text = self.tr("Solo {}") if on else self.tr("Stop solo of {}")
        self._change(text, ids, lambda row: _with(row, is_solo=on))

    def set_scale(self, ids: Ids, scale: float) -> None:
        """The same for all."""
        text = self.tr("Strength of {} to {}")
        told = figures(short_number(scale))
        self._change(text, ids, lambda row: _with(row, scale=float(scale)), told)

    def move_scale(self, ids: Ids, held: str, scale: float) -> None:
        """The fader of the row `held` goes to a strength, and the others along with it."""
        if len(ids) == 1:
            self._model.set_scale(held, scale)
            return
        before = self._before_drag()
        difference = scale - _row(before, held, self._model.stack).scale

        def moved(row: StackEntry) -> StackEntry:
            known = _row(before, row.entry_id, self._model.stack)
            own = scale if row.entry_id == held else shifted(known.scale, difference)
            return _with(row, scale=float(own))

        text = self.tr("Strengths of {} by {}")
        self._change(text, ids, moved, figures(signed(difference)), drag=f"scales {held}")

    def move_text_scale(self, ids: Ids, held: str, scale: float) -> None:
        """As `move_scale`, of the text strengths; those that follow a fader go on doing so."""
        if len(ids) == 1:
            self._model.set_text_scale(held, scale)
            return
        before = self._before_drag()
        difference = scale - (_row(before, held, self._model.stack).text_scale or 0.0)

        def moved(row: StackEntry) -> StackEntry:
            known = _row(before, row.entry_id, self._model.stack).text_scale
            if row.text_scale is None or known is None:
                return row
            own = scale if row.entry_id == held else shifted(known, difference)
            return _with(row, text_scale=float(own))

        text = self.tr("Text strengths of {} by {}")
        self._change(text, ids, moved, figures(signed(difference)), drag=f"texts {held}")

    def set_text_apart(self, ids: Ids, on: bool) -> None:
        """Whether text strengths are their own; they begin where the strengths are."""

        def apart(row: StackEntry) -> StackEntry:
            own = row.scale if row.text_scale is None else row.text_scale
            return _with(row, text_scale=own if on else None)

        if len(ids) == 1:
            row = self._model.stack.entry(ids[0])
            self._model.set_text_scale(ids[0], apart(row).text_scale)
        else:
            text = self.tr("Text strengths of {} on their own")
            self._change(text if on else self.tr("Text strengths of {} as theirs"), ids, apart)

    def set_fader_range(self, ids: Ids, wanted: FaderRange) -> None:
        """How far their faders go; strengths beyond stay as they are."""
        own = None if wanted == USUAL_RANGE else wanted
        text = self.tr("Fader of {} from {} to {}")
        ends = map(figures, map(number_text, wanted))
        self._change(text, ids, lambda row: _with(row, fader_range=own), *ends)

    def set_for_drafts(self, ways: Mapping[str, DraftWay | None], family: str = "") -> None:
        """Rows by their ids: how drafts are made with them, and they alone; None for settled
        pictures, too. family: of the base. What stands as trained goes to the strength that its
        kind means there."""

        def marked(row: StackEntry) -> StackEntry:
            way = ways[row.entry_id]
            strength = way.strength_on(family) if way and row.for_drafts is None else 1.0
            is_meant = row.scale == _AS_TRAINED and row.text_scale is None
            return _with(row, for_drafts=way, scale=strength if is_meant else row.scale)

        is_on = any(way is not None for way in ways.values())
        text = self.tr("Use {} for drafts only")
        told = text if is_on else self.tr("Use {} for settled pictures, too")
        self._change(told, list(ways), marked)

    def set_draft_way(self, ids: Ids, way: DraftWay) -> None:
        """How drafts are made with rows that are for drafts only."""
        title = way.title or self.tr("any adapter")
        text = self.tr("Drafts with {} as with {}")
        if way.steps:
            text = self.tr("Drafts with {} as with {}, in {} steps")
        said = (title, str(way.steps))[: 2 if way.steps else 1]
        self._change(text, ids, lambda row: _with(row, for_drafts=way), *said)

    def set_strengths(self, text: str, strengths: Mapping[str, tuple[float, float | None]]) -> None:
        """Strength and text strength of rows by their ids; `text` names the step."""

        def strong(row: StackEntry) -> StackEntry:
            scale, text_scale = strengths[row.entry_id]
            return _with(row, scale=scale, text_scale=text_scale)

        self._model.change(text, changed(self._model.stack, strengths.keys(), strong))

    def remove(self, ids: Ids) -> None:
        if rows_with(self._model.stack, ids):
            text = self.tr("Remove {}").format(self._called(ids))
            self._model.change(text, without_rows(self._model.stack, ids))

    def move(self, ids: Ids, step: int, *, is_continued: bool = False) -> None:
        """Up (-1) or down (+1) by one row. `is_continued`: by a key that is still held."""
        stack = self._model.stack
        if len(ids) == 1:
            row = stack.entries.index(stack.entry(ids[0])) + step
            if 0 <= row < len(stack.entries):
                self._model.move(ids[0], row, is_continued=is_continued)
            return
        self._move_count += not is_continued
        text = self.tr("Move {}").format(self._called(ids))
        key = f"move {self._move_count} {' '.join(ids)}"
        self._model.change(text, moved_by(stack, ids, step), key=key)

    def place(self, ids: Ids, gap: int) -> None:
        """Together into a gap between rows, 0 above the first of them."""
        stack = self._model.stack
        if len(ids) == 1:
            own = stack.entries.index(stack.entry(ids[0]))
            row = gap - (gap > own)  # taking it out moves the rows below it up
            if row != own:
                self._model.move(ids[0], row)
            return
        text = self.tr("Move {}").format(self._called(ids))
        self._model.change(text, placed(stack, ids, gap))

    def _before_drag(self) -> AdapterStack:
        """The stack as the drag that goes on began with it; else as it is."""
        if not self._model.drag or self._model.drag != self._drag:
            self._drag, self._grasped = self._model.drag, self._model.stack
        return self._grasped

    def _change(
        self,
        text: str,
        ids: Ids,
        change: Callable[[StackEntry], StackEntry],
        *said: str,
        drag: str = "",
    ) -> None:
        """text: what is done to what, and what else is `said` of it. Rows may have gone while a
        person chose."""
        if not rows_with(self._model.stack, ids):
            return
        stack = changed(self._model.stack, ids, change)
        self._model.change(text.format(self._called(ids), *said), stack, drag=drag)

    def _called(self, ids: Ids) -> str:
        rows = rows_with(self._model.stack, ids)
        if len(rows) == 1:
            return row_names(self._model.stack)[rows[0].entry_id]
        return self.tr("{} rows").format(len(rows))


def _row(stack: AdapterStack, entry_id: str, otherwise: AdapterStack) -> StackEntry:
    """One that came while a fader was held is as it is now."""
    known = rows_with(stack, (entry_id,))
    return known[0] if known else otherwise.entry(entry_id)


def _with(row: StackEntry, **changes: object) -> StackEntry:
    return msgspec.structs.replace(row, **changes)
