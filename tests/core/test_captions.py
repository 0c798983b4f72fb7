"""What panes say of their stacks: whole, or what differs from another pane."""

import pytest

from loraviewer.core.captions import (
    Beside,
    differences,
    pane_caption,
    sampling_differences,
    stack_caption,
)
from loraviewer.core.request import Sampling
from loraviewer.core.stack import AdapterStack, StackEntry


def row(name: str, scale: float, **fields) -> StackEntry:
    return StackEntry(entry_id=name, name=name, path=name, sha256=name, scale=scale, **fields)


def stack(*rows: StackEntry, master: float = 1.0) -> AdapterStack:
    return AdapterStack(entries=rows, master=master)


BEFORE = stack(row("manga", 0.8), row("birds", 1.2), row("neon", 0.6))


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (BEFORE, []),
        (stack(*reversed(BEFORE.entries)), []),
        (stack(row("manga", 0.5), *BEFORE.entries[1:]), ["manga .8 → .5"]),
        (stack(*BEFORE.entries[:2]), ["− neon"]),
        (stack(*BEFORE.entries[:2], row("neon", 0.6, is_enabled=False)), ["neon off"]),
        (stack(*BEFORE.entries, row("night", 0.7)), ["+ night .7"]),
        (
            stack(row("manga", 0.8, is_solo=True), *BEFORE.entries[1:]),
            ["birds off", "neon off"],
        ),
        (
            stack(row("manga", 0.8, text_scale=0.3), *BEFORE.entries[1:]),
            ["manga text .8 → .3"],
        ),
        (
            stack(*BEFORE.entries, master=0.5),
            ["manga .8 → .4", "birds 1.2 → .6", "neon .6 → .3"],
        ),
        (
            stack(row("manga", 0.5), row("night", 1.0)),
            ["manga .8 → .5", "− birds", "− neon", "+ night 1"],
        ),
    ],
)
def test_only_what_is_applied_otherwise_is_told(now, told):
    assert differences(now, BEFORE) == told


def test_rows_of_one_file_are_told_together():
    twice = stack(
        row("ink", 0.5),
        StackEntry(entry_id="second", name="ink", path="ink", sha256="ink", scale=0.2),
    )
    assert differences(stack(row("ink", 0.5)), twice) == ["ink .2/.5 → .5"]


def test_the_shorter_of_both_is_said():
    beside = [Beside("B", BEFORE)]
    assert pane_caption(BEFORE, beside) == "as B"
    assert pane_caption(stack(row("manga", 0.8)), beside) == "manga .8"
    changed = stack(row("manga", 0.5), *BEFORE.entries[1:])
    assert pane_caption(changed, beside) == "as B: manga .8 → .5"
    assert pane_caption(changed) == stack_caption(changed) == "manga .5 + birds 1.2 + neon .6"


def test_of_several_panes_the_one_is_named_that_is_nearest():
    others = [Beside("B", BEFORE), Beside("C", stack(row("manga", 0.5), *BEFORE.entries[1:]))]
    assert pane_caption(others[1].stack, others) == "as C"
    assert pane_caption(BEFORE, others) == "as B"


def test_a_frozen_pane_says_what_it_has_of_its_own():
    shared = Sampling(prompt="a girl")
    own = Sampling(prompt="a cat", seed=3, width=64, steps=4, guidance_scale=2.5)
    assert sampling_differences(own, shared) == [
        "own prompt",
        "seed 3",
        "4 steps",
        "guidance 2.5",
        "64×128",
    ]
    assert sampling_differences(shared, shared) == []
