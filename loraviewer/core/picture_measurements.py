"""What the lab is asked about the pictures of an experiment on the engine thread, and what it
answers. Each takes a moment: pictures that a person waits for come in between."""

from dataclasses import dataclass

from loraviewer.core.experiments.cells import Group
from loraviewer.core.experiments.conditions import Condition
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import Row
from loraviewer.core.picture import Picture
from loraviewer.core.request import GenerationRequest


@dataclass(frozen=True)
class ExperimentBegins:
    """`run`: a word for this run of the experiment, which the others name; what was known of
    another is forgotten. Answer: `Done`."""

    run: str
    experiment: Experiment


@dataclass(frozen=True)
class BandsWanted:
    """How much the base varies, by the measure at this place of the experiment's: `base` has all
    its pictures by prompt, in the order of the seeds. Answer: `Done`."""

    run: str
    measure: int
    base: tuple[tuple[str, tuple[Picture, ...]], ...]


@dataclass(frozen=True)
class RowsWanted:
    """Numbers of a group by its measures from `first` on, `pictures` by their place among its
    cells. Answer: `RowsPart`."""

    run: str
    group: Group
    pictures: tuple[tuple[int, Picture], ...]
    first: int = 0


@dataclass(frozen=True)
class StepWanted:
    """How far a condition moves one step of a prompt's pictures, before any is made. `base`: the
    experiment's. Answer: `StepMoved`."""

    run: str
    base: GenerationRequest
    condition: Condition
    prompt: str


@dataclass(frozen=True)
class ExperimentEnds:
    """Nothing more is asked about it. Answer: `Done`."""


PictureMeasurement = ExperimentBegins | BandsWanted | RowsWanted | StepWanted | ExperimentEnds


@dataclass(frozen=True)
class Done:
    """It is known, or forgotten, from now on."""


@dataclass(frozen=True)
class RowsPart:
    """By as many measures as a moment does for; `following`: the first that is left, None after the
    last."""

    rows: tuple[Row, ...]
    following: int | None


@dataclass(frozen=True)
class StepMoved:
    """‖ε' − ε₀‖ / ‖ε₀‖ of the guided output; inf where numbers overflowed."""

    change: float


PicturesMeasured = Done | RowsPart | StepMoved
