"""How far an experiment is, and what it would cost: frozen values for whoever shows them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loraviewer.core.experiments.description import Experiment

Phase = Literal["idle", "running", "paused", "finished"]

Stage = Literal["pictures", "calibrating"]
"""What a run is at: a comparison of weights and outputs first measures what moves one step by as
much in each arm."""


@dataclass(frozen=True)
class Going:
    """How far an experiment is: pictures `done` of `total`, and how long the rest will take; None
    before the first one is made. While it is calibrating, `done` of `total` measurements instead of
    pictures."""

    done: int
    total: int
    left_s: float | None
    stage: Stage = "pictures"


@dataclass(frozen=True)
class Plan:
    """What an experiment would take. `pictures`: fewer than cells where stacks are the same;
    `missing`: those that would have to be made. Both None until they are counted. `seconds`: None,
    too, while no picture says how fast this machine is. `problem`: one sentence about why it cannot
    start, "" where it can."""

    experiment: Experiment
    cells: int
    stacks: int
    pictures: int | None = None
    missing: int | None = None
    seconds: float | None = None
    problem: str = ""


@dataclass(frozen=True)
class RunState:
    """Of the one experiment that the studio works on. `sentence`: why it is paused, "" else.
    `experiment` and `folder` are None while it is idle, `folder` also until it is chosen."""

    phase: Phase = "idle"
    sentence: str = ""
    experiment: Experiment | None = None
    folder: Path | None = None
    going: Going | None = None
