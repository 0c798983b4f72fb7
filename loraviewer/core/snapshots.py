"""A state of a stack with a name, to go back to. Edits of them are in `core.snapshot_edits`."""

from collections.abc import Callable

import msgspec

from loraviewer.core.captions import stack_parts, started
from loraviewer.core.request import Sampling
from loraviewer.core.sentences import say, together
from loraviewer.core.stack import AdapterStack, StackEntry

SnapshotId = str

LONGEST_NAME = 80
_NAMED_ROWS = 3


class Snapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`sampling`: prompt, seed and all beside them when it was taken. They are kept, and only put
    back where that is asked for: a snapshot is first of all a stack."""

    snapshot_id: SnapshotId
    name: str
    stack: AdapterStack = AdapterStack()
    sampling: Sampling = Sampling()


def default_name(stack: AdapterStack, said: Callable[[str], str] = str) -> str:
    """As a caption says it, "manga .8 + birds 1.2", shortened to what a row of a list can hold.
    said: how the language of the window says such text; it is kept as it was named."""
    parts = stack_parts(stack)
    more = len(parts) - _NAMED_ROWS
    if not parts:
        return tidy_name(said(say("no adapters")))
    shown = [*parts[:_NAMED_ROWS], say("{count} more", count=more)] if more > 0 else parts
    return tidy_name(said(started(stack, together(shown, " + "))))


def tidy_name(typed: str) -> str:
    """In one line, without space around it, and no longer than a name may be; "" for nothing."""
    return " ".join(typed.split())[:LONGEST_NAME].rstrip()


def is_same_state(one: AdapterStack, other: AdapterStack) -> bool:
    """Whether both have the same adapters with the same strengths and switches, and one merge rule.
    The order of rows changes no weight, and a row that was removed and added again is the same."""
    # Asked of every snapshot at each tick of a fader, whose strength then tells most of them apart.
    if (one.master, one.merge_rule) != (other.master, other.merge_rule):
        return False
    if _scales(one) != _scales(other):
        return False
    return _rows(one) == _rows(other)


def _scales(stack: AdapterStack) -> set[float]:
    return {entry.scale for entry in stack.entries}


def _rows(stack: AdapterStack) -> list[tuple[object, ...]]:
    return sorted(map(_row, stack.entries), key=repr)


def _row(entry: StackEntry) -> tuple[object, ...]:
    """All but what it is called, where its file lies and how far its fader goes."""
    switches = (entry.is_enabled, entry.is_solo, entry.insisted_on, entry.for_drafts)
    return (entry.sha256, entry.scale, entry.text_scale, entry.block_scales, *switches)
