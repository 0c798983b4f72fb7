"""How base weights are kept: a pure choice from what is free and what a person wants."""

import pytest

from loraviewer.core.base_weights_policy import (
    AskedPolicy,
    MemoryBudget,
    MemoryWishes,
    choose_policy,
    wants_file,
)
from loraviewer.core.outcome import MergeError

GB = 10**9


def budget(host, device=None, policy: AskedPolicy = "auto", limit=None):
    wishes = MemoryWishes(policy=policy, limit_bytes=None if limit is None else int(limit * GB))
    device_free = None if device is None else int(device * GB)
    return MemoryBudget(host_free=int(host * GB), device_free=device_free, wishes=wishes)


@pytest.mark.parametrize(
    ("free", "rereadable", "policy", "kept"),
    [
        (budget(10), 0, "resident", 1),
        (budget(1.5), 1, "lean", 0),
        (budget(1.5), 0.5, "lean", 0.5),
        (budget(10, 10), 0, "resident", 1),
        (budget(10, 1.5), 0, "pinned", 1),
        (budget(1.5, 1.5), 1, "lean", 0),
        (budget(10, policy="lean"), 1, "lean", 0),
        (budget(10, 10, policy="pinned"), 0, "pinned", 1),
        (budget(1.2, policy="resident"), 0, "resident", 1),
        (budget(10, limit=0.5), 1, "lean", 0),
        (budget(10, limit=1.0), 1, "resident", 1),
    ],
)
def test_the_fastest_way_that_fits(free, rereadable, policy, kept):
    plan = choose_policy(GB, free, int(rereadable * GB))
    assert (plan.policy, plan.kept_bytes) == (policy, int(kept * GB))


@pytest.mark.parametrize(
    ("free", "words"),
    [
        (budget(10), "Keeps 1.0 GB of base weights."),
        (budget(10, 0.3), "in main memory: the graphics card has 300 MB left."),
        (
            budget(0.3),
            "Keeps no base weights (main memory has 300 MB left): reads them from the file",
        ),
        (budget(9, policy="lean"), "Keeps no base weights: reads them from the file again"),
    ],
)
def test_the_sentence_says_what_is_kept_and_why(free, words):
    assert words in choose_policy(GB, free, GB).sentence


@pytest.mark.parametrize(
    ("free", "words"),
    [
        (budget(1.5), "main memory has 1.5 GB left; remove an adapter or close other programs."),
        (budget(10, limit=0.5), "base weights may take 500 MB; .* raise memory_budget_gb"),
        (budget(0.5, policy="resident"), "let base weights be lean"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(free, words):
    with pytest.raises(MergeError, match=words):
        choose_policy(GB, free)


def test_the_file_is_only_asked_where_it_matters():
    assert not wants_file(GB, budget(10))
    assert wants_file(GB, budget(1.5))
    assert wants_file(GB, budget(10, policy="lean"))
    assert not wants_file(GB, budget(1.5, policy="resident"))


@pytest.mark.parametrize(
    ("free", "rereadable", "held"),
    [
        (budget(100), 0, 2),  # both copies of everything
        (budget(3), 0, 1.25),  # three quarters of what is free, less the base weights
        (budget(1.0), 1, 0.75),
        (budget(100, 3), 0, 0.5),  # half of a card
        (budget(100, 1.5), 0, 0.75),  # base weights in main memory take nothing of it
        (budget(100, limit=1.5), 0, 0.5),
        (budget(1.2, policy="resident"), 0, 0),
    ],
)
def test_a_held_fader_gets_what_is_left(free, rereadable, held):
    plan = choose_policy(GB, free, int(rereadable * GB))
    assert plan.held_budget == pytest.approx(held * GB)


@pytest.mark.parametrize("free_gb", [6.5, 7.0, 8.0])
def test_sdxl_on_a_machine_of_16_gb_holds_the_ground_of_every_weight(free_gb):
    """2.2 billion weights of attention in two bytes, beside 7 GB of networks and the system."""
    touched = int(4.415 * GB)
    plan = choose_policy(touched, budget(free_gb), touched)
    assert plan.held_budget >= touched


def test_an_empty_stack_keeps_nothing():
    plan = choose_policy(0, budget(1))
    assert (plan.kept_bytes, plan.held_budget) == (0, 0)
    assert plan.sentence == "Keeps no base weights: the weights are the base’s own."
