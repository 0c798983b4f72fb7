"""Stacks one step away from the present one."""

from loraviewer.core.next_states import moved_fader, next_states
from loraviewer.core.stack import AdapterStack, StackEntry


def row(name: str, scale: float = 0.8, *, is_enabled: bool = True) -> StackEntry:
    return StackEntry(
        entry_id=name, name=name, path=name, sha256=name, scale=scale, is_enabled=is_enabled
    )


def told(stack: AdapterStack) -> dict[str, float]:
    return {adapter.sha256: adapter.scale for adapter in stack.applied()}


STACK = AdapterStack(entries=(row("manga"), row("birds", is_enabled=False)))


def test_each_switch_is_a_step():
    assert list(map(told, next_states(STACK))) == [{}, {"manga": 0.8, "birds": 0.8}]


def test_the_last_fader_goes_first_and_no_picture_comes_twice():
    found = list(map(told, next_states(STACK, "manga")))
    assert found == [{}, {"manga": 1.0}, {"manga": 0.8, "birds": 0.8}], "off is as at 0"


def test_what_changes_nothing_is_no_step():
    at_one = AdapterStack(entries=(row("manga", 1.0), row("birds", 0.0)))
    assert list(map(told, next_states(at_one, "manga"))) == [{}]
    assert next_states(AdapterStack()) == ()


def test_a_row_that_is_gone_has_no_fader():
    assert next_states(STACK, "gone") == next_states(STACK)


def test_the_moved_fader_is_the_one_that_differs():
    moved = STACK.with_entry("manga", scale=0.3)
    assert moved_fader(moved, STACK) == "manga"
    assert moved_fader(STACK, STACK) == ""
    assert moved_fader(moved.with_entry("birds", scale=0.1), STACK) == ""
    assert moved_fader(STACK, AdapterStack()) == "", "a row that comes is not moved"
