"""What the engine thread is asked to do, and what it answers: frozen values and tokens only."""

import itertools
from dataclasses import dataclass, field

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Failure, Progress, Rendered
from loraviewer.core.pane import PaneId
from loraviewer.core.reports import AdapterReport, CheckpointInfo
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stack import AdapterStack


@dataclass(frozen=True)
class LoadJob:
    """`components`: the folder with what a single file may lack, "" for the engine's own."""

    path: str
    components: str = ""

    @property
    def seat(self) -> str:
        return "checkpoint"


@dataclass(frozen=True)
class RenderJob:
    """`stack` is what `request.adapters` came from, for captions."""

    pane_id: PaneId
    request: GenerationRequest
    stack: AdapterStack = field(default_factory=AdapterStack)

    @property
    def seat(self) -> str:
        return f"pane:{self.pane_id}"


@dataclass(frozen=True)
class ReportJob:
    path: str
    sha256: str

    @property
    def seat(self) -> str:
        return f"report:{self.sha256}"


@dataclass(frozen=True)
class VerifyJob:
    @property
    def seat(self) -> str:
        return "verify"


Work = LoadJob | RenderJob | ReportJob | VerifyJob


@dataclass(frozen=True)
class Job:
    """Work with an identity and a token. Ids grow, so the newest of two is the larger."""

    job_id: int
    work: Work
    token: CancelToken = field(default_factory=CancelToken)


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
class Verified:
    """Names of live weights that differ from what the stack must give; empty when intact."""

    differing: tuple[str, ...]


@dataclass(frozen=True)
class LoadStep:
    """`fraction` (0 … 1) of a checkpoint is loaded, `done_bytes` of `total_bytes` where the sizes
    are known; `what` is next.
    """

    what: str
    fraction: float
    done_bytes: int = 0
    total_bytes: int = 0


Answer = Rendered | CheckpointInfo | AdapterReport | Verified | Failure | Stopped


@dataclass(frozen=True)
class JobProgress:
    job: Job
    step: Progress | LoadStep


@dataclass(frozen=True)
class JobEnded:
    job: Job
    answer: Answer
    memory_bytes: int = 0
