"""A scripted engine: stands in for torch where the bridge and the window are tested."""

import hashlib
import threading
import time
from collections.abc import Callable

from loraviewer.core.cancel import CancelToken
from loraviewer.core.compiling import CompileReport
from loraviewer.core.engine_port import LoadProgress
from loraviewer.core.experiments.shots import Disturbance
from loraviewer.core.memory_plan import MemoryPlan
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.outcome import (
    AdapterError,
    CheckpointError,
    Progress,
    Rendered,
    RequestError,
    Timings,
)
from loraviewer.core.picture import Picture
from loraviewer.core.picture_measurements import PictureMeasurement, PicturesMeasured
from loraviewer.core.placement.packing import AskedPacking
from loraviewer.core.placement.plan import AskedManner
from loraviewer.core.precision_speed import PrecisionSpeed
from loraviewer.core.reports import AdapterReport, CheckpointInfo, WeightCheck
from loraviewer.core.request import SAMPLERS, GenerationRequest
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_measurements import LiveAnswer, LiveWanted, Measured, Measurement
from tests.fake_weights import FakeWeights

PATIENCE_S = 20.0


class ScriptedEngine:
    """Pictures are a flat colour that depends on the request. All methods record their calls.

    `hold` makes loading and every denoising step wait for `release(n)`. `misfits` are adapter
    hashes that fit no base, `reports` what is said of others; `broken` are checkpoint paths that
    fail to load, those with "xl" in them are SDXL; `raises` is thrown by the next render. `plan` is
    told before every picture.
    """

    def __init__(self) -> None:
        self.rendered: list[GenerationRequest] = []
        self.started: list[GenerationRequest] = []
        self.loaded: list[str] = []
        self.reported: list[str] = []
        self.components: list[str] = []
        self.manners: list[AskedManner] = []
        self.threads: set[int] = set()
        self.misfits: set[str] = set()
        self.reports: dict[str, AdapterReport] = {}
        self.broken: set[str] = set()
        self.raises: Exception | None = None
        self.recoveries = 0
        self.is_closed = False
        self.generation_ms = 100.0
        self.differing: tuple[str, ...] = ()
        self.packings: list[AskedPacking] = []
        self.verified: list[tuple[AppliedAdapter, ...] | None] = []
        self.plan: MemoryPlan | None = None
        self.compiling = CompileReport()
        self.reached = threading.Semaphore(0)
        self._steps: threading.Semaphore | None = None

    def hold(self) -> None:
        self._steps = threading.Semaphore(0)

    def release(self, steps: int) -> None:
        assert self._steps is not None
        self._steps.release(steps)

    def load_checkpoint(
        self,
        path: str,
        token: CancelToken,
        on_progress: LoadProgress,
        components: str = "",
        manner: AskedManner = "",
        packing: AskedPacking = "auto",
    ) -> CheckpointInfo:
        self._enter()
        on_progress("unet", 0.5, 2_000, 4_000)
        self.reached.release()
        self._wait(token)
        token.raise_if_cancelled()
        if path in self.broken:
            raise CheckpointError(f"{path} is no checkpoint; choose another file.")
        self.loaded.append(path)
        self.components.append(components)
        self.packings.append(packing)
        self.manners.append(manner)
        return CheckpointInfo(
            source=path,
            name="Scripted",
            identity=f"identity of {path}",
            family="sdxl" if "xl" in path else "sd1",
            device="cpu",
            dtype="float32",
            parameters=1_000,
            weight_bytes=4_000,
            default_width=16,
            default_height=16,
            default_steps=10,
            default_guidance_scale=4.0,
            default_sampler="Euler" if "flow" in path else "DPM++ 2M",
            samplers=("Euler", "LCM") if "flow" in path else SAMPLERS,
            known_words=frozenset({"a", "girl", "in", "meadow"}),
        )

    def render(
        self,
        request: GenerationRequest,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Rendered:
        self._enter()
        self.started.append(request)
        if self.raises is not None:
            error, self.raises = self.raises, None
            raise error
        if self.plan is not None:
            on_progress(Progress(0, request.sampling.steps, memory=self.plan))
        for step in range(request.sampling.steps):
            self.reached.release()
            self._wait(token)
            token.raise_if_cancelled()
            on_progress(Progress(step + 1, request.sampling.steps, picture_of(request)))
        self.rendered.append(request)
        timings = Timings(1.0, 2.0, self.generation_ms, 3.0)
        return Rendered(request, picture_of(request), timings, "fingerprint", memory=self.plan)

    def render_anew(
        self,
        request: GenerationRequest,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Rendered:
        return self.render(request, token, on_progress)

    def render_disturbed(
        self,
        request: GenerationRequest,
        disturbance: Disturbance,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Rendered:
        return self.render(request, token, on_progress)

    def measure_pictures(self, wanted: PictureMeasurement, token: CancelToken) -> PicturesMeasured:
        self._enter()
        raise RequestError("A scripted engine has no eyes.")

    def report(self, path: str, sha256: str, token: CancelToken) -> AdapterReport:
        self._enter()
        self.reported.append(sha256)
        if sha256 in self.misfits:
            raise AdapterError(f"{path} is made for SDXL; the base is SD 1.x.", subject=sha256)
        complete = AdapterReport(sha256=sha256, matched=("unet.a", "unet.b"))
        return self.reports.get(sha256, complete)

    def verify(
        self,
        token: CancelToken,
        adapters: tuple[AppliedAdapter, ...] | None = None,
        rule: MergeRule = SUM,
    ) -> WeightCheck:
        self._enter()
        self.verified.append(adapters)
        if self.raises is not None:
            error, self.raises = self.raises, None
            raise error
        return WeightCheck(126, self.differing)

    def measure(
        self,
        wanted: Measurement,
        token: CancelToken,
        on_progress: Callable[[float], None],
    ) -> Measured:
        self._enter()
        if not isinstance(wanted, LiveWanted):
            raise RequestError("A scripted engine knows lengths and angles alone.")
        adapters = [adapter.sha256 for adapter in wanted.adapters]
        return LiveAnswer(FakeWeights(adapters, f"identity of {self.loaded[-1]}"))

    def precision_speed(self, token: CancelToken) -> PrecisionSpeed:
        self._enter()
        return PrecisionSpeed(machine="scripted", has_bfloat16=True, ratio=1.5)

    def advance_compiling(self, token: CancelToken) -> CompileReport:
        self._enter()
        return self.compiling

    def memory_bytes(self) -> int:
        return 123_000_000

    def recover(self) -> None:
        self.recoveries += 1

    def close(self) -> None:
        self._enter()
        self.is_closed = True

    def _wait(self, token: CancelToken) -> None:
        """Until the test releases a step, or the job is cancelled, as an engine between steps."""
        if self._steps is None:
            return
        ends_at = time.monotonic() + PATIENCE_S
        while not self._steps.acquire(timeout=0.02):
            token.raise_if_cancelled()
            assert time.monotonic() < ends_at, "the test never released the step"

    def _enter(self) -> None:
        self.threads.add(threading.get_ident())


def picture_of(request: GenerationRequest, side: int = 16) -> Picture:
    """A flat colour that differs between requests."""
    colour = hashlib.sha256(request.sha256().encode()).digest()[:3]
    return Picture(side, side, colour * (side * side))
