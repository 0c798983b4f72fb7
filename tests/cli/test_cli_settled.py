"""What options came to is known again only where all of them are the same."""

import pytest

from loraviewer.cli.lab.settled import Settled, settled_once
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.request import CheckpointRef, GenerationRequest
from loraviewer.core.stack import AppliedAdapter

GIVEN = Experiment(
    kind="ablation",
    base=GenerationRequest(checkpoint=CheckpointRef("base")),
    adapters=(AppliedAdapter("1" * 64, 1.0, 1.0, "style"),),
    prompts=("a cat",),
    seeds=(1, 2),
)


class Base:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def settle(self) -> Settled:
        self.asked += 1
        return Settled(GIVEN, notes=(f"asked {self.asked} times",))


@pytest.fixture
def base(tmp_path, monkeypatch) -> Base:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return Base()


def told(base, sampling) -> tuple[str, ...]:
    return settled_once(GIVEN, "nowhere", ("cpu", None), sampling, base.settle).notes


def test_the_same_again_asks_nobody(base):
    assert told(base, {"words": "plain"}) == told(base, {"words": "plain"})
    assert base.asked == 1


def test_another_sampling_is_another_experiment(base):
    """None of it stands in the description that is given."""
    every = [{}, {"words": "plain"}, {"words": "weighted"}, {"steps": 4}, None]
    assert len({told(base, one) for one in every}) == base.asked == len(every)


def test_what_is_asked_for_is_not_what_nobody_spoke_of(base):
    """`Sampling` has ten steps until the checkpoint says how many are usual."""
    steps = GIVEN.base.sampling.steps
    assert told(base, {}) != told(base, {"steps": steps})
