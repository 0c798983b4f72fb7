"""What a picture would be without each of its adapters, and with each of them alone."""

import msgspec

from loraviewer.core.stack import AdapterStack, StackEntry


class Ablated(msgspec.Struct, frozen=True):
    """`stack` gives the picture that a row is to show. `is_same`: it is the picture as it is, since
    the row has no part in it; there is nothing to make then."""

    entry_id: str
    stack: AdapterStack
    is_same: bool = False


def without_row(stack: AdapterStack, entry_id: str) -> AdapterStack:
    """What is applied now but for one row. Others that a solo silences stay silent, also where it
    was the only one that is soloed."""
    kept = (e for e in stack.applied_entries() if e.entry_id != entry_id)
    return msgspec.structs.replace(stack, entries=tuple(map(_plain, kept)))


def row_alone(stack: AdapterStack, entry_id: str) -> AdapterStack:
    """One row at the strength that it has in the stack, and nothing else."""
    return msgspec.structs.replace(stack, entries=(_plain(stack.entry(entry_id)),))


def ablations(stack: AdapterStack, *, is_alone: bool = False) -> tuple[Ablated, ...]:
    """One for each row, in their order: without it, or it alone. Rows that are off, silenced or at
    strength 0 have no part in the picture either way."""
    return tuple(_ablated(stack, entry.entry_id, is_alone) for entry in stack.entries)


def _ablated(stack: AdapterStack, entry_id: str, is_alone: bool) -> Ablated:
    without = without_row(stack, entry_id)
    if without.applied() == stack.applied():
        return Ablated(entry_id, stack, is_same=True)
    return Ablated(entry_id, row_alone(stack, entry_id) if is_alone else without)


def _plain(entry: StackEntry) -> StackEntry:
    return msgspec.structs.replace(entry, is_enabled=True, is_solo=False)
