"""Edits of the panes of a document: pure functions from one document to the next.

What cannot be done is a ValueError; the `can_…` functions say so before. Ids of panes are never
used again, since queues and pictures are known by them.
"""

import uuid

import msgspec

from loraviewer.core.document import LAYOUTS, MOST_PANES, Document, Layout, PaneId, PaneSpec


def new_pane_id() -> PaneId:
    return uuid.uuid4().hex


def activated(document: Document, pane_id: PaneId) -> Document:
    """With another active pane; KeyError if there is none with this id. Whoever is seen stays seen
    where it is one of them."""
    pane = document.pane(pane_id)
    seen = document.visible()
    last = seen[-1] if pane in seen else pane
    last_seen = last.pane_id if last in document.panes[document.layout :] else ""
    return msgspec.structs.replace(document, active=pane_id, last_seen=last_seen)


def beside(document: Document, step: int) -> PaneId:
    """The pane so many places after the active one, round and round."""
    return document.panes[(_place(document, document.active) + step) % len(document.panes)].pane_id


def beside_base(document: Document) -> PaneId:
    """The pane after the base, or before it where it is the last one."""
    place = _place(document, document.base.pane_id)
    return document.panes[place + 1 if place + 1 < len(document.panes) else place - 1].pane_id


def editable(document: Document) -> Document:
    """With a pane active whose stack can be edited: the same, or the first beside the base."""
    if not document.pane(document.active).is_base:
        return document
    return activated(document, next(p.pane_id for p in document.panes if not p.is_base))


def with_layout(document: Document, layout: Layout) -> Document:
    return msgspec.structs.replace(document, layout=layout)


def can_pin(document: Document) -> bool:
    return len(document.panes) < MOST_PANES


def pinned(document: Document, new_id: PaneId) -> Document:
    """With a copy of the active pane in the next free place; the layout grows where all of its
    places are taken. A copy of the base is an empty stack that is active, to be filled."""
    if not can_pin(document) or any(pane.pane_id == new_id for pane in document.panes):
        raise ValueError(f"There are {len(document.panes)} panes, or “{new_id}” is one of them.")
    source = document.pane(document.active)
    copy = PaneSpec(pane_id=new_id, stack=source.stack, sampling=source.sampling)
    grown = msgspec.structs.replace(document, panes=(*document.panes, copy))
    grown = with_layout(grown, max(document.layout, _smallest_layout(len(grown.panes))))
    return activated(grown, new_id) if source.is_base else grown


def duplicated(document: Document, new_id: PaneId) -> Document:
    """As `pinned`, and the copy is active."""
    return activated(pinned(document, new_id), new_id)


def can_close(document: Document, pane_id: PaneId) -> bool:
    """Never the base, and never the last one beside it."""
    return not document.pane(pane_id).is_base and len(document.panes) > 2


def closed(document: Document, pane_id: PaneId) -> Document:
    """Without a pane; where it was active, a neighbour is, if possible one that holds a stack."""
    if not can_close(document, pane_id):
        raise ValueError(f"The pane “{pane_id}” cannot be closed.")
    place = _place(document, pane_id)
    left = tuple(pane for pane in document.panes if pane.pane_id != pane_id)
    near = [*left[place : place + 1], *left[max(0, place - 1) : place]]
    heir = next((pane for pane in near if not pane.is_base), near[0])
    active = heir.pane_id if document.active == pane_id else document.active
    is_reference = document.reference == pane_id
    reference = document.base.pane_id if is_reference else document.reference
    last_seen = "" if document.last_seen == pane_id else document.last_seen
    return msgspec.structs.replace(
        document, panes=left, active=active, reference=reference, last_seen=last_seen
    )


def with_reference(document: Document, pane_id: PaneId) -> Document:
    """With a pane that the others are compared with."""
    return msgspec.structs.replace(document, reference=document.pane(pane_id).pane_id)


def moved(document: Document, pane_id: PaneId, place: int) -> Document:
    """With a pane in another place, counted from 0; the others close up."""
    others = [pane for pane in document.panes if pane.pane_id != pane_id]
    others.insert(max(0, place), document.pane(pane_id))
    return msgspec.structs.replace(document, panes=tuple(others))


def swapped(document: Document, one: PaneId, other: PaneId) -> Document:
    """With two panes in each other's places."""
    places = {one: document.pane(other), other: document.pane(one)}
    panes = tuple(places.get(pane.pane_id, pane) for pane in document.panes)
    return msgspec.structs.replace(document, panes=panes)


def copied_to(document: Document, pane_id: PaneId) -> Document:
    """With the stack of the active pane in another one, too."""
    target = document.pane(pane_id)
    if target.is_base:
        raise ValueError("The base holds no adapters.")
    return document.with_pane(msgspec.structs.replace(target, stack=document.stack))


def frozen(document: Document, pane_id: PaneId) -> Document:
    """With the prompt, seed and size of a pane its own from now on: what it has now."""
    own = msgspec.structs.replace(document.pane(pane_id), sampling=document.sampling_of(pane_id))
    return document.with_pane(own)


def thawed(document: Document, pane_id: PaneId) -> Document:
    """With a pane that follows the prompt, seed and size of all panes again."""
    return document.with_pane(msgspec.structs.replace(document.pane(pane_id), sampling=None))


def _place(document: Document, pane_id: PaneId) -> int:
    return document.panes.index(document.pane(pane_id))


def _smallest_layout(count: int) -> Layout:
    """That shows so many panes at once."""
    return next(layout for layout in LAYOUTS if layout >= count)
