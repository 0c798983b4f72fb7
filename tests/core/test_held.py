"""Which adapter's fader is held, seen from two stacks."""

import pytest

from loraviewer.core.stack import AdapterStack, StackEntry


def entry(name, **fields):
    return StackEntry(entry_id=name, name=name, path="", sha256=name * 64, **fields)


STACK = AdapterStack(entries=(entry("a"), entry("b", scale=0.0), entry("c", is_enabled=False)))


@pytest.mark.parametrize(
    ("changed", "held"),
    [
        (STACK, ""),
        (STACK.with_entry("a", scale=0.5), "a"),
        (STACK.with_entry("a", text_scale=0.5), "a"),
        (STACK.with_entry("a", scale=0.0), "a"),
        (STACK.with_entry("b", scale=1.0), "b"),
        (STACK.with_entry("c", scale=2.0), ""),
        (STACK.with_entry("a", scale=0.5).with_entry("b", scale=0.5), ""),
        (STACK.without("a"), ""),
        (STACK.with_added(entry("d")), ""),
        (STACK.with_moved("a", 2), ""),
        (STACK.with_entry("b", scale=1.0).with_master(0.5), ""),
        (STACK.with_master(0.5), "a"),
    ],
)
def test_moved_adapter(changed, held):
    assert changed.moved_adapter(STACK) == (held * 64)
