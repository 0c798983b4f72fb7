"""Edits of a document's cues: pure functions from one document to the next. KeyError for an id that
is not there."""

import uuid
from collections.abc import Sequence

import msgspec

from loraviewer.core.cues import Cue, CueId, tidy_sentence
from loraviewer.core.document import Document
from loraviewer.core.snapshots import SnapshotId


def new_cue_id() -> CueId:
    return uuid.uuid4().hex


def cue(document: Document, cue_id: CueId) -> Cue:
    return document.cues[place_of(document, cue_id)]


def place_of(document: Document, cue_id: CueId) -> int:
    """Counted from 0."""
    for place, one in enumerate(document.cues):
        if one.cue_id == cue_id:
            return place
    raise KeyError(cue_id)


def added(document: Document, new: Cue, place: int) -> Document:
    """With one more before the cue at a place, counted from 0; at the end beyond the last."""
    cues = [*document.cues]
    cues.insert(max(0, place), new)
    return _with(document, cues)


def added_for_each(document: Document, snapshot_ids: Sequence[SnapshotId]) -> Document:
    """With a cue without a sentence for each of these snapshots, at the end."""
    new = (Cue(cue_id=new_cue_id(), snapshot_id=one) for one in snapshot_ids)
    return _with(document, (*document.cues, *new))


def shown_with(document: Document, cue_id: CueId, snapshot_id: SnapshotId) -> Document:
    """With another snapshot for a cue, "" for none."""
    return _replaced(document, cue_id, snapshot_id=snapshot_id)


def said_with(document: Document, cue_id: CueId, typed: str) -> Document:
    """With another sentence for a cue."""
    return _replaced(document, cue_id, sentence=tidy_sentence(typed))


def removed(document: Document, cue_id: CueId) -> Document:
    gone = cue(document, cue_id)
    return _with(document, [one for one in document.cues if one is not gone])


def moved(document: Document, cue_id: CueId, place: int) -> Document:
    """In another place, counted from 0; the others close up."""
    one = cue(document, cue_id)
    others = [other for other in document.cues if other is not one]
    others.insert(max(0, place), one)
    return _with(document, others)


def _replaced(document: Document, cue_id: CueId, **fields: str) -> Document:
    one = cue(document, cue_id)
    changed = msgspec.structs.replace(one, **fields)
    return _with(document, [changed if other is one else other for other in document.cues])


def _with(document: Document, cues: Sequence[Cue]) -> Document:
    return msgspec.structs.replace(document, cues=tuple(cues))
