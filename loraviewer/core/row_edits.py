"""Edits of several rows of a stack at once: pure functions from one stack to the next.

Ids that are not there are passed over; rows are taken in their order, not in that of the ids.
"""

import math
from collections.abc import Callable, Collection, Iterable, Sequence

import msgspec

from loraviewer.core.stack import AdapterStack, StackEntry, new_entry_id

_DIGITS = 12
"""After the point: what was typed stays, what adding leaves over goes."""


def rows_with(stack: AdapterStack, ids: Collection[str]) -> tuple[StackEntry, ...]:
    return tuple(entry for entry in stack.entries if entry.entry_id in ids)


def changed(
    stack: AdapterStack, ids: Collection[str], change: Callable[[StackEntry], StackEntry]
) -> AdapterStack:
    """With each of the rows as `change` makes it."""
    return _with(stack, (change(e) if e.entry_id in ids else e for e in stack.entries))


def without_rows(stack: AdapterStack, ids: Collection[str]) -> AdapterStack:
    return _with(stack, (e for e in stack.entries if e.entry_id not in ids))


def with_inserted(stack: AdapterStack, rows: Sequence[StackEntry], index: int) -> AdapterStack:
    """With more rows before the one at `index`."""
    return _with(stack, (*stack.entries[:index], *rows, *stack.entries[index:]))


def with_named(stack: AdapterStack, rows: Iterable[StackEntry]) -> AdapterStack:
    """With rows that a text named: where the stack has one row of the same file, that takes their
    strengths and switch; the others are added at the end."""
    for row in rows:
        same = [entry for entry in stack.entries if entry.sha256 == row.sha256]
        if len(same) != 1:
            stack = stack.with_added(row)
            continue
        stack = stack.with_entry(
            same[0].entry_id,
            scale=row.scale,
            text_scale=row.text_scale,
            block_scales=row.block_scales or same[0].block_scales,
            is_enabled=row.is_enabled,
        )
    return stack


def moved_by(stack: AdapterStack, ids: Collection[str], step: int) -> AdapterStack:
    """Each of the rows up (-1) or down (+1) by one; those at the end stay, and those that come up
    behind them."""
    rows = list(stack.entries)
    places = range(len(rows)) if step < 0 else range(len(rows) - 1, -1, -1)
    for place in places:
        other = place + step
        is_free = 0 <= other < len(rows) and rows[other].entry_id not in ids
        if rows[place].entry_id in ids and is_free:
            rows[place], rows[other] = rows[other], rows[place]
    return _with(stack, rows)


def placed(stack: AdapterStack, ids: Collection[str], gap: int) -> AdapterStack:
    """The rows together, in a gap of the stack as it is: 0 above the first, n below the last."""
    above = (e for e in stack.entries[:gap] if e.entry_id not in ids)
    below = (e for e in stack.entries[gap:] if e.entry_id not in ids)
    return _with(stack, (*above, *rows_with(stack, ids), *below))


def shifted(scale: float, difference: float) -> float:
    """A strength moved by a difference; as it is where no finite number is so far away."""
    moved = scale + difference
    is_moved = difference != 0.0 and math.isfinite(moved)
    return round(moved, _DIGITS) + 0.0 if is_moved else scale


def as_new(rows: Iterable[StackEntry]) -> tuple[StackEntry, ...]:
    """The same rows with ids that no stack has."""
    return tuple(msgspec.structs.replace(row, entry_id=new_entry_id()) for row in rows)


def _with(stack: AdapterStack, entries: Iterable[StackEntry]) -> AdapterStack:
    return msgspec.structs.replace(stack, entries=tuple(entries))
