"""What is shown to a room and said about it, one after the other. Edits are in `core.cue_edits`."""

import msgspec

from loraviewer.core.snapshots import SnapshotId

CueId = str

LONGEST_SENTENCE = 200


class Cue(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`snapshot_id`: whose stack is shown; "" leaves the picture as it is, as does one that is gone
    since. `sentence`: "" for none."""

    cue_id: CueId
    snapshot_id: SnapshotId = ""
    sentence: str = ""


def tidy_sentence(typed: str) -> str:
    """In one line, without space around it, and no longer than a room can read."""
    return " ".join(typed.split())[:LONGEST_SENTENCE].rstrip()
