"""The adapter stack as a frozen value: every edit makes a new one.

So undo swaps two references, equality finds no-ops, and a stack crosses threads without a lock.
"""

import uuid
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any

import msgspec

from loraviewer.core.blocks import BlockScales, block_scales
from loraviewer.core.draft_ways import DraftWay
from loraviewer.core.fader_ranges import USUAL_RANGE, FaderRange, range_problem
from loraviewer.core.merge_rules import SUM, MergeRule


def new_entry_id() -> str:
    return uuid.uuid4().hex


class StackEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One adapter of a stack with its switches.

    `scale` and `text_scale` are unbounded; 1.0 is as trained. `text_scale` None means that the text
    encoders follow `scale`. `block_scales` multiply both in single blocks (`core.blocks`); whatever
    order they are given in, they are canonical. `sha256` is of the whole file and identifies the
    content.
    `insisted_on`: identity of the base on which the person wants it although it does not fit.
    `fader_range`: how far its fader goes, None for the usual; the weights never see it.
    `for_drafts`: how drafts are made with it, of which settled pictures know nothing; None for an
    adapter like any other.
    """

    entry_id: str
    name: str
    path: str
    sha256: str
    is_enabled: bool = True
    is_solo: bool = False
    scale: float = 1.0
    text_scale: float | None = None
    insisted_on: str = ""
    block_scales: BlockScales = ()
    fader_range: FaderRange | None = None
    for_drafts: DraftWay | None = None

    def __post_init__(self) -> None:
        _make_canonical(self)
        if self.fader_range is not None and (problem := range_problem(*self.fader_range)):
            raise ValueError(problem)

    @property
    def fader_ends(self) -> FaderRange:
        """Its own range, or the usual one."""
        return self.fader_range or USUAL_RANGE


class AppliedAdapter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """What the weights see of an entry: content, the scales after switches and master, and by what
    they are multiplied in single blocks."""

    sha256: str
    scale: float
    text_scale: float
    name: str = ""
    path: str = ""
    block_scales: BlockScales = ()

    def __post_init__(self) -> None:
        _make_canonical(self)

    @property
    def is_silent(self) -> bool:
        return self.scale == 0.0 and self.text_scale == 0.0


def in_canonical_order(adapters: Iterable[AppliedAdapter]) -> tuple[AppliedAdapter, ...]:
    """By content, then by strengths; names and places only where nothing else differs."""
    return tuple(
        sorted(
            adapters,
            key=lambda a: (a.sha256, a.scale, a.text_scale, a.block_scales, a.name, a.path),
        )
    )


class AdapterStack(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True
):
    """The adapters of one pane, in the order the person put them in, a master factor, and by which
    rule they become one change (files leave the sum out: `core.stack_files`).

    What follows from it is reckoned once: a tick of a fader asks five times.
    """

    entries: tuple[StackEntry, ...] = ()
    master: float = 1.0
    merge_rule: MergeRule = SUM

    def entry(self, entry_id: str) -> StackEntry:
        """The entry with this id; KeyError if there is none."""
        for entry in self.entries:
            if entry.entry_id == entry_id:
                return entry
        raise KeyError(entry_id)

    def with_added(self, entry: StackEntry, index: int | None = None) -> "AdapterStack":
        at = len(self.entries) if index is None else index
        return self._with((*self.entries[:at], entry, *self.entries[at:]))

    def without(self, entry_id: str) -> "AdapterStack":
        self.entry(entry_id)
        return self._with(tuple(e for e in self.entries if e.entry_id != entry_id))

    def with_entry(self, entry_id: str, **changes: Any) -> "AdapterStack":
        """A stack in which one entry has other field values."""
        changed = msgspec.structs.replace(self.entry(entry_id), **changes)
        return self._with(tuple(changed if e.entry_id == entry_id else e for e in self.entries))

    def with_moved(self, entry_id: str, index: int) -> "AdapterStack":
        entry = self.entry(entry_id)
        others = [e for e in self.entries if e.entry_id != entry_id]
        others.insert(index, entry)
        return self._with(tuple(others))

    def with_master(self, master: float) -> "AdapterStack":
        return msgspec.structs.replace(self, master=master)

    def with_rule(self, rule: MergeRule) -> "AdapterStack":
        return msgspec.structs.replace(self, merge_rule=rule)

    @property
    def rule_in_force(self) -> MergeRule:
        """What a picture is made by: the sum wherever that is the same, of no adapter by any rule,
        and of one where adapters would take turns."""
        alone = 1 if self.merge_rule.acts_at_decoding else 0
        return self.merge_rule if len(self.applied()) > alone else SUM

    def with_all_off(self) -> "AdapterStack":
        """Every entry switched off; scales are kept."""
        off = (msgspec.structs.replace(e, is_enabled=False, is_solo=False) for e in self.entries)
        return self._with(tuple(off))

    def with_switches_of(self, other: "AdapterStack") -> "AdapterStack":
        """On, off and solo as in `other`, for every entry that is in both."""
        switches = {e.entry_id: (e.is_enabled, e.is_solo) for e in other.entries}
        changed: list[StackEntry] = []
        for entry in self.entries:
            on, solo = switches.get(entry.entry_id, (entry.is_enabled, entry.is_solo))
            changed.append(msgspec.structs.replace(entry, is_enabled=on, is_solo=solo))
        return self._with(tuple(changed))

    @property
    def is_all_off(self) -> bool:
        return not any(entry.is_enabled for entry in self.entries)

    def is_applied(self, entry: StackEntry) -> bool:
        """Whether the switches let this entry through (solo switches the others off)."""
        return _is_on(entry) and (entry.is_solo or not self._has_solo())

    def applied_entries(self) -> tuple[StackEntry, ...]:
        """Those that the switches let through, in the order of the rows; those for drafts only
        never are among them."""
        on = tuple(filter(_is_on, self.entries))
        return tuple(e for e in on if e.is_solo) if self._has_solo() else on

    def without_muted(self, muted: Collection[str]) -> "AdapterStack":
        """As if the rows with these ids were switched off: what is derived from facts (they do not
        fit the base), never what the person chose."""
        if not muted:
            return self
        return self._with(
            tuple(
                msgspec.structs.replace(e, is_enabled=False, is_solo=False)
                if e.entry_id in muted
                else e
                for e in self.entries
            )
        )

    def applied(self) -> tuple[AppliedAdapter, ...]:
        """What the weights see, in canonical order: by content hash, then by strengths.

        Row order, names, switched-off rows and zero scales leave no trace, so equal pictures have
        equal keys and the float32 sum always runs in the same order.
        """
        return self._applied

    @cached_property
    def _applied(self) -> tuple[AppliedAdapter, ...]:
        seen = map(self._apply, self.applied_entries())
        return in_canonical_order(a for a in seen if not a.is_silent)

    def applied_rows(self) -> tuple[tuple[str, AppliedAdapter], ...]:
        """The same row by row, as (entry_id, what the weights see of it), in their order."""
        seen = ((entry.entry_id, self._apply(entry)) for entry in self.applied_entries())
        return tuple((entry_id, row) for entry_id, row in seen if not row.is_silent)

    def draft_row(self) -> StackEntry | None:
        """The first row for drafts only that is on and has a strength: the one that counts. Solo of
        other rows leaves it alone, and its own means nothing."""
        marked = (e for e in self.entries if e.is_enabled and e.for_drafts is not None)
        return next((e for e in marked if not _applied(e, 1.0).is_silent), None)

    def with_draft_row(self, row: StackEntry) -> tuple[AppliedAdapter, ...]:
        """What the weights see of drafts: all that is applied, and this row for drafts only, in
        canonical order. The master leaves that alone: at half its strength few steps make mush."""
        return in_canonical_order((*self.applied(), _applied(row, 1.0)))

    def without_draft_rows(self) -> "AdapterStack":
        """As settled pictures are made."""
        kept = tuple(e for e in self.entries if e.for_drafts is None)
        return self if len(kept) == len(self.entries) else self._with(kept)

    def moved_adapter(self, since: "AdapterStack") -> str:
        """sha256 of the one adapter that is applied otherwise than in `since`, or is otherwise in
        drafts; "" for none, several, and an adapter that came or went."""
        now, before = _scales(self), _scales(since)
        moved = [sha for sha in now.keys() | before.keys() if now.get(sha) != before.get(sha)]
        known = {e.sha256 for e in self.entries} & {e.sha256 for e in since.entries}
        return moved[0] if len(moved) == 1 and moved[0] in known else ""

    def _apply(self, entry: StackEntry) -> AppliedAdapter:
        return _applied(entry, self.master)

    def _has_solo(self) -> bool:
        return any(e.is_solo and _is_on(e) for e in self.entries)

    def _with(self, entries: tuple[StackEntry, ...]) -> "AdapterStack":
        return msgspec.structs.replace(self, entries=entries)


def _is_on(entry: StackEntry) -> bool:
    """Switched on, as far as settled pictures go."""
    return entry.is_enabled and entry.for_drafts is None


def _applied(entry: StackEntry, master: float) -> AppliedAdapter:
    text_scale = entry.scale if entry.text_scale is None else entry.text_scale
    return AppliedAdapter(
        entry.sha256,
        # "+ 0.0" turns -0.0 into 0.0: equal stacks must have equal bytes.
        entry.scale * master + 0.0,
        text_scale * master + 0.0,
        entry.name,
        entry.path,
        entry.block_scales,
    )


def _scales(stack: AdapterStack) -> dict[str, list[tuple[float, float, BlockScales]]]:
    found: dict[str, list[tuple[float, float, BlockScales]]] = {}
    drafted = stack.draft_row()
    for applied in stack.with_draft_row(drafted) if drafted else stack.applied():
        scales = (applied.scale, applied.text_scale, applied.block_scales)
        found.setdefault(applied.sha256, []).append(scales)
    return found


def _make_canonical(adapter: StackEntry | AppliedAdapter) -> None:
    """So that equal strengths are equal values, also those that a file was read from."""
    if adapter.block_scales:  # rarely: a tick of a fader makes many of these
        canonical = block_scales(adapter.block_scales)
        msgspec.structs.force_setattr(adapter, "block_scales", canonical)
