"""What a person is likely to ask for next: stacks one step away from the present one."""

from collections.abc import Iterator

from loraviewer.core.stack import AdapterStack

_LIKELY_SCALES = (0.0, 1.0)


def next_states(stack: AdapterStack, last_moved: str = "") -> tuple[AdapterStack, ...]:
    """The likeliest first: the fader that was moved last at 0 and at 1, then each row's switch.
    Each that gives another picture than the present one, once. last_moved: id of a row, "" for
    none."""
    found: dict[object, AdapterStack] = {}
    for one in _steps(stack, last_moved):
        made = one.applied(), one.rule_in_force
        if made != (stack.applied(), stack.rule_in_force):
            found.setdefault(made, one)
    return tuple(found.values())


def moved_fader(now: AdapterStack, before: AdapterStack) -> str:
    """Id of the row whose strength differs between two states of one pane; "" where none does, or
    more than one."""
    scales = {entry.entry_id: entry.scale for entry in before.entries}
    moved = [e.entry_id for e in now.entries if scales.get(e.entry_id, e.scale) != e.scale]
    return moved[0] if len(moved) == 1 else ""


def _steps(stack: AdapterStack, last_moved: str) -> Iterator[AdapterStack]:
    ids = [entry.entry_id for entry in stack.entries]
    if last_moved in ids:
        yield from (stack.with_entry(last_moved, scale=scale) for scale in _LIKELY_SCALES)
    for entry in stack.entries:
        yield stack.with_entry(entry.entry_id, is_enabled=not entry.is_enabled)
