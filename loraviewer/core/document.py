"""Everything a person can edit, as one frozen value: an edit makes a new one.

So undo swaps two references, a session is this value on disk, and equality finds no-ops. What
follows from facts (an adapter that does not fit the base) is derived, never edited in.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Literal, TypeVar

import msgspec

from loraviewer.core.cues import Cue
from loraviewer.core.request import Sampling
from loraviewer.core.snapshots import Snapshot
from loraviewer.core.stack import AdapterStack

PaneId = str

Layout = Literal[1, 2, 4, 6]
"""How many panes are seen at once."""

LAYOUTS: tuple[Layout, ...] = (1, 2, 4, 6)
MOST_PANES = LAYOUTS[-1]

BASE_PANE: PaneId = "base"
FIRST_PANE: PaneId = "current"

_Part = TypeVar("_Part", bound=msgspec.Struct)


class PaneSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one pane is to show. `is_base`: the checkpoint alone, its stack stays empty. `sampling`:
    its own where it does not follow the document's."""

    pane_id: PaneId
    stack: AdapterStack = AdapterStack()
    is_base: bool = False
    sampling: Sampling | None = None

    @property
    def is_frozen(self) -> bool:
        return self.sampling is not None


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The panes in their order, the one whose stack the strips edit, how many of them are seen, and
    what all panes share. `reference`: the pane that the others are compared with, which can be held
    up in their places. `last_seen`: a pane beyond the layout that has its last place, and keeps it
    while others that are seen are active; empty where none has. `cues`: what is shown and said, in
    its order. Edits of panes are in `core.pane_edits`, of snapshots in `core.snapshot_edits`, of
    cues in `core.cue_edits`."""

    panes: tuple[PaneSpec, ...] = (
        PaneSpec(pane_id=BASE_PANE, is_base=True),
        PaneSpec(pane_id=FIRST_PANE),
    )
    active: PaneId = FIRST_PANE
    layout: Layout = 2
    reference: PaneId = BASE_PANE
    last_seen: PaneId = ""
    sampling: Sampling = Sampling(words="weighted")
    snapshots: tuple[Snapshot, ...] = ()
    cues: tuple[Cue, ...] = ()

    def pane(self, pane_id: PaneId) -> PaneSpec:
        """The pane with this id; KeyError if there is none."""
        for pane in self.panes:
            if pane.pane_id == pane_id:
                return pane
        raise KeyError(pane_id)

    @property
    def base(self) -> PaneSpec:
        """The pane that shows the checkpoint alone."""
        return next(pane for pane in self.panes if pane.is_base)

    def visible(self) -> tuple[PaneSpec, ...]:
        """Those that are seen, in their order: one that is beyond the layout takes the last place
        when it is made active. The others stay in the document and come back with a larger layout.
        """
        first, beyond = self.panes[: self.layout], self.panes[self.layout :]
        last = self.active if self.active not in _ids(first[:-1]) else self.last_seen
        guest = next((pane for pane in beyond if pane.pane_id == last), None)
        return first if guest is None else (*first[:-1], guest)

    def wanted(self, also: Collection[PaneId] = ()) -> tuple[PaneSpec, ...]:
        """Those whose pictures are wanted, in the order of their urgency: the active one first, and
        the reference also where it is not seen, since holding B shows it in every pane. `also`:
        others that are looked at; ids that are none of its panes are passed over."""
        seen = self.visible()
        unseen = [p for p in self.panes if p.pane_id in (self.reference, *also) and p not in seen]
        return (*sorted(seen, key=lambda pane: pane.pane_id != self.active), *unseen)

    def all_rows(self) -> AdapterStack:
        """The rows of all panes, those of the active one first, for what is to be known of them."""
        ordered = sorted(self.panes, key=lambda pane: pane.pane_id != self.active)
        return AdapterStack(
            entries=tuple(entry for pane in ordered for entry in pane.stack.entries)
        )

    @property
    def stack(self) -> AdapterStack:
        """Of the active pane."""
        return self.pane(self.active).stack

    def sampling_of(self, pane_id: PaneId) -> Sampling:
        """Its own, or that of all panes which follow."""
        return self.pane(pane_id).sampling or self.sampling

    def with_stack(self, stack: AdapterStack) -> "Document":
        """With another stack in the active pane; ValueError where that is a base pane."""
        if self.pane(self.active).is_base:
            raise ValueError(f"The pane “{self.active}” shows the base; it holds no adapters.")
        return self.with_pane(msgspec.structs.replace(self.pane(self.active), stack=stack))

    def with_pane(self, changed: PaneSpec) -> "Document":
        """With another state of the pane that has the same id."""
        panes = tuple(changed if p.pane_id == changed.pane_id else p for p in self.panes)
        return msgspec.structs.replace(self, panes=panes)

    @property
    def active_sampling(self) -> Sampling:
        """What the prompt bar shows: of the active pane."""
        return self.sampling_of(self.active)

    def with_sampling(self, sampling: Sampling) -> "Document":
        """With another sampling of the active pane: its own where it is frozen, else that of all
        panes which follow."""
        active = self.pane(self.active)
        if active.sampling is not None:
            return self.with_pane(msgspec.structs.replace(active, sampling=sampling))
        return msgspec.structs.replace(self, sampling=sampling)

    def with_samplings(self, change: Callable[[Sampling], Sampling]) -> "Document":
        """With every sampling changed, those of frozen panes too: what another base asks for."""
        panes = tuple(
            msgspec.structs.replace(pane, sampling=pane.sampling and change(pane.sampling))
            for pane in self.panes
        )
        return msgspec.structs.replace(self, panes=panes, sampling=change(self.sampling))

    def moved(self, source: "Document", target: "Document") -> "Document":
        """This document with every field in which the two differ as in `target`.

        What an undo step does: it takes back its own edit, and nothing that was installed without
        a step since, such as the size that a newly loaded checkpoint asks for.
        """
        is_of_panes = (source.panes, source.active) != (target.panes, target.active)
        return Document(
            panes=self._moved_panes(source, target) if is_of_panes else self.panes,
            # Going through the history goes to the pane where each edit was made.
            active=target.active if is_of_panes else self.active,
            last_seen=target.last_seen if is_of_panes else self.last_seen,
            layout=self.layout if source.layout == target.layout else target.layout,
            reference=self.reference if source.reference == target.reference else target.reference,
            sampling=_moved(self.sampling, source.sampling, target.sampling),
            snapshots=_moved_each(
                self.snapshots, source.snapshots, target.snapshots, lambda s: s.snapshot_id
            ),
            cues=_moved_each(self.cues, source.cues, target.cues, lambda cue: cue.cue_id),
        )

    def _moved_panes(self, source: "Document", target: "Document") -> tuple[PaneSpec, ...]:
        here = {pane.pane_id: pane for pane in self.panes}
        there = {pane.pane_id: pane for pane in source.panes}
        return tuple(
            _moved(here[pane.pane_id], there[pane.pane_id], pane)
            if pane.pane_id in here and pane.pane_id in there
            else pane
            for pane in target.panes
        )


def _ids(panes: Iterable[PaneSpec]) -> list[PaneId]:
    return [pane.pane_id for pane in panes]


def _moved(here: _Part, source: _Part, target: _Part) -> _Part:
    """`here` with each field in which the two differ as in `target`."""
    changed: dict[str, Any] = {
        name: getattr(target, name)
        for name in here.__struct_fields__
        if getattr(source, name) != getattr(target, name)
    }
    return msgspec.structs.replace(here, **changed)


def _moved_each(
    now: tuple[_Part, ...],
    source: tuple[_Part, ...],
    target: tuple[_Part, ...],
    id_of: Callable[[_Part], str],
) -> tuple[_Part, ...]:
    """Each on its own, in the order of `target`: a step that took one leaves alone what became of
    the others."""
    if source == target:
        return now
    here, there = _by_id(now, id_of), _by_id(source, id_of)
    wanted = {id_of(part) for part in target}
    moved = tuple(
        _moved(here[id_of(part)], there[id_of(part)], part)
        if id_of(part) in here and id_of(part) in there
        else part
        for part in target
        # One that this step did not touch, and that is gone since, stays gone.
        if id_of(part) in here or there.get(id_of(part)) != part
    )
    strangers = (i for i in here if i not in there and i not in wanted)
    return (*moved, *(here[i] for i in strangers))


def _by_id(parts: Sequence[_Part], id_of: Callable[[_Part], str]) -> dict[str, _Part]:
    return {id_of(part): part for part in parts}
