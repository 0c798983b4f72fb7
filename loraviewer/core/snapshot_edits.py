"""Edits of a document's snapshots: pure functions from one document to the next.

KeyError for an id that is not there. What is applied goes to the active pane, or where that is the
base, which holds no adapters, to the first one beside it.
"""

import re
import uuid
from collections.abc import Callable, Sequence

import msgspec

from loraviewer.core.document import Document
from loraviewer.core.pane_edits import editable
from loraviewer.core.snapshots import (
    Snapshot,
    SnapshotId,
    default_name,
    is_same_state,
    tidy_name,
)

_NUMBER = re.compile(r" \([0-9]+\)$")


def new_snapshot_id() -> SnapshotId:
    return uuid.uuid4().hex


def snapshot(document: Document, snapshot_id: SnapshotId) -> Snapshot:
    return document.snapshots[place_of(document, snapshot_id)]


def place_of(document: Document, snapshot_id: SnapshotId) -> int:
    """Counted from 0."""
    for place, one in enumerate(document.snapshots):
        if one.snapshot_id == snapshot_id:
            return place
    raise KeyError(snapshot_id)


def taken(document: Document, new_id: SnapshotId, said: Callable[[str], str] = str) -> Document:
    """With one more at the end: what the active pane holds now, called by its rows. said: as of
    `default_name`."""
    stack = document.stack
    names = [one.name for one in document.snapshots]
    new = Snapshot(
        snapshot_id=new_id,
        name=_unique(default_name(stack, said), names),
        stack=stack,
        sampling=document.active_sampling,
    )
    return _with(document, (*document.snapshots, new))


def known_as(document: Document) -> Snapshot | None:
    """The snapshot that holds exactly what the active pane does, prompt and seed too."""
    sampling = document.active_sampling
    same = (s for s in document.snapshots if s.sampling == sampling)
    return next((s for s in same if is_same_state(s.stack, document.stack)), None)


def renamed(document: Document, snapshot_id: SnapshotId, typed: str) -> Document:
    """Under a name that no other one has: a number is put behind it where need be. Nothing typed
    leaves it as it is called."""
    name = tidy_name(typed)
    others = [s.name for s in document.snapshots if s.snapshot_id != snapshot_id]
    one = snapshot(document, snapshot_id)
    return _replaced(document, one, name=_unique(name, others) if name else one.name)


def applied(
    document: Document, snapshot_id: SnapshotId, *, with_sampling: bool = False
) -> Document:
    """With its stack in the active pane. Prompt, seed and size stay as they are, so that stacks can
    be compared on one prompt, but for `with_sampling`."""
    one = snapshot(document, snapshot_id)
    filled = editable(document).with_stack(one.stack)
    return filled.with_sampling(one.sampling) if with_sampling else filled


def updated(
    document: Document, snapshot_id: SnapshotId, said: Callable[[str], str] = str
) -> Document:
    """With what the active pane holds now in place of what it held. A name that only told its rows
    tells the new ones. said: as of `default_name`."""
    one = snapshot(document, snapshot_id)
    now = {"stack": document.stack, "sampling": document.active_sampling}
    changed = _replaced(document, one, **now)
    usual = (default_name(one.stack), default_name(one.stack, said))
    if _NUMBER.sub("", one.name) not in usual:
        return changed
    return renamed(changed, snapshot_id, default_name(document.stack, said))


def removed(document: Document, snapshot_id: SnapshotId) -> Document:
    gone = snapshot(document, snapshot_id)
    return _with(document, [s for s in document.snapshots if s is not gone])


def moved(document: Document, snapshot_id: SnapshotId, place: int) -> Document:
    """In another place, counted from 0; the others close up."""
    one = snapshot(document, snapshot_id)
    others = [s for s in document.snapshots if s is not one]
    others.insert(max(0, place), one)
    return _with(document, others)


def present(document: Document, last: SnapshotId = "") -> SnapshotId:
    """The snapshot whose stack the active pane holds, "" for none; of several equal ones that which
    was applied last."""
    pane = document.pane(document.active)
    if pane.is_base:
        return ""
    same = [s.snapshot_id for s in document.snapshots if is_same_state(s.stack, pane.stack)]
    return last if last in same else next(iter(same), "")


def beside(document: Document, step: int, last: SnapshotId = "") -> SnapshotId:
    """The one so many places after the present one, round and round; where no snapshot is present,
    after the one that was applied `last`; without one the first, or going back the last. "" where
    there are none."""
    ids = [s.snapshot_id for s in document.snapshots]
    if not ids:
        return ""
    here = present(document, last) or (last if last in ids else "")
    if not here:
        return ids[0 if step > 0 else -1]
    return ids[(ids.index(here) + step) % len(ids)]


def _unique(name: str, others: Sequence[str]) -> str:
    if name not in others:
        return name
    bare = _NUMBER.sub("", name)
    number = 2
    while f"{bare} ({number})" in others:
        number += 1
    return f"{bare} ({number})"


def _replaced(document: Document, one: Snapshot, **fields: object) -> Document:
    changed = msgspec.structs.replace(one, **fields)
    return _with(document, [changed if s is one else s for s in document.snapshots])


def _with(document: Document, snapshots: Sequence[Snapshot]) -> Document:
    return msgspec.structs.replace(document, snapshots=tuple(snapshots))
