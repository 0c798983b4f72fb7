"""What prompts leave to the seed is counted in the pictures that a run of the studio makes."""

from pathlib import Path

import msgspec
import pytest

from loraviewer.app.experiments import run_in_studio
from loraviewer.core.experiments.description import Experiment, read_description
from loraviewer.core.experiments.hands import IN_STUDIO
from loraviewer.core.experiments.numbers import WORDS, Row
from loraviewer.core.experiments.wordings import wordings
from loraviewer.core.outcome import Rendered, Timings
from loraviewer.core.picture import Picture
from loraviewer.core.picture_measurements import Done, RowsPart, RowsWanted
from loraviewer.core.picture_measures import SHARE_UNIT
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.resources import DEMO
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.experiments.read_folder import opened_experiment

TEMPLATE = "a {cat|boat} in the sea"
SEEDS = (1, 2, 3, 4)
WALL = Experiment(
    kind="seeds",
    base=GenerationRequest(checkpoint=CheckpointRef(DEMO), sampling=Sampling(steps=1)),
    adapters=(AppliedAdapter("a" * 64, 1.0, 1.0, "ink", "ink.safetensors"),),
    prompts=(TEMPLATE,),
    seeds=SEEDS,
    measures=("contrast",),
    wordings=wordings((TEMPLATE,), SEEDS),
)


class Hands:
    """All pictures are grey, and a judge sees a cat in each."""

    run = "run"
    runs_on = IN_STUDIO

    def __init__(self) -> None:
        self.begun: list[Experiment] = []

    def begin(self, experiment: Experiment) -> None:
        self.begun.append(experiment)

    def picture(self, shot) -> Rendered:
        return Rendered(shot.request, Picture(16, 16, bytes(768)), Timings(), "weights")

    def measured(self, wanted):
        if not isinstance(wanted, RowsWanted):
            return Done()
        condition = wanted.group.condition
        rows = tuple(
            Row(wanted.group.id, condition.arm, "", 0, 0, "", "", TEMPLATE, seed, "share-cat",
                1.0, SHARE_UNIT, None, "")
            for seed in SEEDS
        )  # fmt: skip
        return RowsPart(rows, None)

    def check(self) -> None: ...
    def find(self, request) -> Rendered | None: ...
    def keep(self, rendered, stack) -> None: ...
    def told(self, shot, answer) -> None: ...
    def working(self, now) -> None: ...
    def go(self, going) -> None: ...
    def measure(self, group, pictures, rows) -> None: ...
    def add(self, rows) -> None: ...


@pytest.fixture
def hands() -> Hands:
    return Hands()


def test_a_judge_is_asked_for_the_options_it_knows(hands: Hands, tmp_path: Path) -> None:
    concluded = run_in_studio(WALL, tmp_path, hands)
    (begun,) = hands.begun
    assert begun.measures[0] == "contrast"
    assert {"share-cat", "share-boat"} <= {*begun.measures}
    assert read_description(tmp_path / "description.json") == begun
    seen = {(one.option, one.place): (one.count, one.n) for one in concluded.counted}
    drawn = begun.wordings[0].shares[0].drawn
    assert seen["cat", WORDS] == (drawn, 4)
    assert seen["cat", "base"] == (4, 4)
    assert opened_experiment(tmp_path).counted == concluded.counted
    run_in_studio(begun, tmp_path, hands)
    assert len(hands.begun) == 1, "it goes on as it was begun"


def test_nobody_is_asked_where_nobody_knows_such_pictures(hands: Hands, tmp_path: Path) -> None:
    other = msgspec.structs.replace(WALL.base, checkpoint=CheckpointRef("/elsewhere"))
    run_in_studio(msgspec.structs.replace(WALL, base=other), tmp_path, hands)
    assert hands.begun == []
