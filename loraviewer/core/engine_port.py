"""What the engine thread needs of an engine: the seam between the bridge and torch.

The bridge never imports an implementation; `app` hands it a factory that is called on the engine
thread, so torch is first imported there.
"""

from collections.abc import Callable
from typing import Protocol

from loraviewer.core.cancel import CancelToken
from loraviewer.core.compiling import CompileReport
from loraviewer.core.experiments.shots import Disturbance
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.outcome import Progress, Rendered
from loraviewer.core.picture_measurements import PictureMeasurement, PicturesMeasured
from loraviewer.core.placement.packing import AskedPacking
from loraviewer.core.placement.plan import AskedManner
from loraviewer.core.precision_speed import PrecisionSpeed
from loraviewer.core.reports import AdapterReport, CheckpointInfo, WeightCheck
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_measurements import Measured, Measurement


class LoadProgress(Protocol):
    def __call__(
        self, what: str, fraction: float, done_bytes: int = 0, total_bytes: int = 0
    ) -> None:
        """`what` is being loaded; `fraction` of the whole is done, 0 … 1, or `done_bytes` of
        `total_bytes` where the sizes are known (0 of 0 where not)."""
        ...


class EnginePort(Protocol):
    """All methods run on the engine thread, raise `LoraviewerError` for expected failures and
    `Cancelled` when the token says so, and leave the engine usable afterwards."""

    def load_checkpoint(
        self,
        path: str,
        token: CancelToken,
        on_progress: LoadProgress,
        components: str = "",
        manner: AskedManner = "",
        packing: AskedPacking = "auto",
    ) -> CheckpointInfo:
        """Replace the loaded checkpoint; on failure the previous one stays. `components`: the
        folder with what a single file may lack, "" for the one the engine was made with. `manner`:
        how it is to lie in memory, where that fits. `packing`: "auto" for the one the engine was
        made with."""
        ...

    def render(
        self,
        request: GenerationRequest,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Rendered:
        """Merge what changed, then denoise and decode one image."""
        ...

    def render_anew(
        self,
        request: GenerationRequest,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Rendered:
        """As `render`, and never the picture of a cache."""
        ...

    def render_disturbed(
        self,
        request: GenerationRequest,
        disturbance: Disturbance,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Rendered:
        """As `render`, with noise on outputs; no cache knows of it."""
        ...

    def report(self, path: str, sha256: str, token: CancelToken) -> AdapterReport:
        """Match an adapter file against the loaded checkpoint, loading it if need be. Raises
        `Cancelled`."""
        ...

    def verify(
        self,
        token: CancelToken,
        adapters: tuple[AppliedAdapter, ...] | None = None,
        rule: MergeRule = SUM,
    ) -> WeightCheck:
        """Compare the live weights with what a stack must give: that of `adapters` by `rule`, which
        is merged first where another one is live, or the current one. Raises `Cancelled`."""
        ...

    def measure(
        self,
        wanted: Measurement,
        token: CancelToken,
        on_progress: Callable[[float], None],
    ) -> Measured:
        """What the lab says of weights; on_progress gets the share that is done, 0 … 1. Whatever
        is live stays so. Raises `Cancelled`."""
        ...

    def measure_pictures(self, wanted: PictureMeasurement, token: CancelToken) -> PicturesMeasured:
        """What the lab says of the pictures of an experiment. Raises `Cancelled`."""
        ...

    def precision_speed(self, token: CancelToken) -> PrecisionSpeed:
        """Whether this processor is faster in bfloat16, measured now; whatever is live stays so.
        Raises `Cancelled`."""
        ...

    def advance_compiling(self, token: CancelToken) -> CompileReport:
        """The next small piece of work towards compiled denoisers for the pictures that asked for
        them. Raises `Cancelled`."""
        ...

    def memory_bytes(self) -> int:
        """Resident memory of the process, or memory allocated on the accelerator."""
        ...

    def recover(self) -> None:
        """After an unexpected failure or out-of-memory: restore weights, free caches."""
        ...

    def close(self) -> None: ...
