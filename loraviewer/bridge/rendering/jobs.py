"""What the engine thread is asked to do, and what it answers: frozen values and tokens only."""

import itertools
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from enum import IntEnum

from loraviewer.core.cancel import CancelToken
from loraviewer.core.compiling import CompileReport
from loraviewer.core.experiments.shots import Shot
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.outcome import Failure, Progress, Rendered
from loraviewer.core.pane import PaneId
from loraviewer.core.picture_measurements import PictureMeasurement, PicturesMeasured
from loraviewer.core.placement.packing import AskedPacking
from loraviewer.core.placement.plan import AskedManner
from loraviewer.core.precision_speed import PrecisionSpeed
from loraviewer.core.reports import AdapterReport, CheckpointInfo, WeightCheck
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stack import AdapterStack, AppliedAdapter
from loraviewer.core.weight_measurements import LiveWanted, Measured, Measurement

LOAD_KEY = "checkpoint"
CELL_KEY = "cell"
EXPERIMENT_KEY = "experiment"
SPEED_KEY = "speed"
COMPILE_KEY = "compile"


class Priority(IntEnum):
    """The smaller, the sooner."""

    LOAD = 0
    REPORT = 1
    VERIFY = 2
    LIVE_WEIGHTS = 3
    """A moment, and every fader then shows what it does."""
    ACTIVE_PANE = 4
    OTHER_PANE = 5
    LAB = 6
    IDLE = 7
    """What nobody waits for."""
    EXPERIMENT = 8
    """Hours of it."""


@dataclass(frozen=True)
class LoadJob:
    """`components`: the folder with what a single file may lack, "" for the engine's own. `manner`:
    how the base is to lie in memory, "" for the fastest that fits. `packing`: whether a denoiser in
    few bits stays so, "auto" for the engine's own choice."""

    path: str
    components: str = ""
    manner: AskedManner = ""
    packing: AskedPacking = "auto"
    priority = Priority.LOAD
    group: Hashable = None

    @property
    def key(self) -> str:
        return LOAD_KEY


@dataclass(frozen=True)
class RenderJob:
    """`stack` is what `request.adapters` came from, for captions; `rows` the same as the person
    left it, whatever is muted, None where that is not known. Pictures of one stack and
    merge rule follow each other: it is then merged once. `is_anew`: never the picture of a
    cache."""

    pane_id: PaneId
    request: GenerationRequest
    stack: AdapterStack = field(default_factory=AdapterStack)
    priority: int = Priority.ACTIVE_PANE
    rows: AdapterStack | None = None
    is_anew: bool = False

    @property
    def group(self) -> Hashable:
        return self.request.adapters, self.request.merge_rule

    @property
    def key(self) -> str:
        return pane_key(self.pane_id)


@dataclass(frozen=True)
class CellJob:
    """A picture that belongs to no pane (`bridge.cell_queue`): one at a time, after all others."""

    request: GenerationRequest
    priority = Priority.IDLE

    @property
    def group(self) -> Hashable:
        return self.request.adapters, self.request.merge_rule

    @property
    def key(self) -> str:
        return CELL_KEY


@dataclass(frozen=True)
class ExperimentJob:
    """A picture of an experiment, or numbers of some: one at a time, after everything else."""

    wanted: Shot | PictureMeasurement
    priority = Priority.EXPERIMENT

    @property
    def group(self) -> Hashable:
        if not isinstance(self.wanted, Shot):
            return None
        return self.wanted.request.adapters, self.wanted.request.merge_rule

    @property
    def key(self) -> str:
        return EXPERIMENT_KEY


@dataclass(frozen=True)
class ReportJob:
    path: str
    sha256: str
    priority = Priority.REPORT
    group: Hashable = None

    @property
    def key(self) -> str:
        return f"report:{self.sha256}"


@dataclass(frozen=True)
class VerifyJob:
    """`adapters`: of the stack whose weights are compared, merged by `rule` first where another one
    is live; None for the one that is."""

    adapters: tuple[AppliedAdapter, ...] | None = None
    rule: MergeRule = SUM
    priority = Priority.VERIFY
    group: Hashable = None

    @property
    def key(self) -> str:
        return "verify"


@dataclass(frozen=True)
class MeasureJob:
    """What the lab is asked: one measurement of a kind waits at a time."""

    wanted: Measurement
    group: Hashable = None

    @property
    def priority(self) -> int:
        is_live = isinstance(self.wanted, LiveWanted)
        return Priority.LIVE_WEIGHTS if is_live else Priority.LAB

    @property
    def key(self) -> str:
        return measurement_key(type(self.wanted))


@dataclass(frozen=True)
class SpeedJob:
    """Whether the processor is faster in bfloat16: some seconds, which whatever else is wanted
    breaks off."""

    priority = Priority.IDLE
    group: Hashable = None

    @property
    def key(self) -> str:
        return SPEED_KEY


@dataclass(frozen=True)
class CompileJob:
    """The next small piece of work towards compiled denoisers."""

    priority = Priority.IDLE
    group: Hashable = None

    @property
    def key(self) -> str:
        return COMPILE_KEY


Work = (
    LoadJob
    | RenderJob
    | CellJob
    | ExperimentJob
    | ReportJob
    | VerifyJob
    | MeasureJob
    | SpeedJob
    | CompileJob
)


@dataclass(frozen=True)
class Job:
    """Work with an identity and a token. Ids grow, so the newest of two is the larger."""

    job_id: int
    work: Work
    token: CancelToken = field(default_factory=CancelToken)

    @property
    def key(self) -> str:
        return self.work.key

    @property
    def priority(self) -> int:
        return self.work.priority

    @property
    def group(self) -> Hashable:
        return self.work.group


def ranked(job: Job, priority: int) -> Job:
    """The same job, more or less urgent; only renders of panes can be."""
    if not isinstance(job.work, RenderJob):
        return job
    return replace(job, work=replace(job.work, priority=priority))


_AT_LEISURE = (SpeedJob, CompileJob)


def gives_way(running: Job, to: Job) -> bool:
    """Whether work under way is broken off for another one: only what is measured at leisure is,
    and its models ask for it again."""
    if isinstance(running.work, _AT_LEISURE):
        return not isinstance(to.work, _AT_LEISURE)
    return running.priority == Priority.LAB and to.priority < Priority.LAB


class JobCounter:
    """Hands out job ids, from 1."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)

    def job(self, work: Work) -> Job:
        return Job(next(self._ids), work)


@dataclass(frozen=True)
class Stopped:
    """The job was cancelled; nothing changed."""


@dataclass(frozen=True)
class LoadStep:
    """`fraction` (0 … 1) of a checkpoint is loaded, `done_bytes` of `total_bytes` where the sizes
    are known; `what` is next.
    """

    what: str
    fraction: float
    done_bytes: int = 0
    total_bytes: int = 0


@dataclass(frozen=True)
class MeasureStep:
    """`fraction` (0 … 1) of what was wanted is measured."""

    fraction: float


Answer = (
    Rendered
    | CheckpointInfo
    | AdapterReport
    | WeightCheck
    | Measured
    | PicturesMeasured
    | PrecisionSpeed
    | CompileReport
    | Failure
    | Stopped
)


@dataclass(frozen=True)
class JobProgress:
    job: Job
    step: Progress | LoadStep | MeasureStep


@dataclass(frozen=True)
class JobEnded:
    job: Job
    answer: Answer
    memory_bytes: int = 0


def pane_key(pane_id: PaneId) -> str:
    """Under which the renders of a pane wait."""
    return f"pane:{pane_id}"


def measurement_key(kind: type[Measurement]) -> str:
    """Under which measurements of a kind wait."""
    return f"measure:{kind.__name__}"
