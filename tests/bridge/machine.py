"""A studio in which a test decides when time passes and what the engine answers."""

import hashlib
from collections.abc import Callable

import shiboken6

from loraviewer.bridge.controller import StudioController
from loraviewer.bridge.rendering.jobs import Answer, CellJob, LoadJob, RenderJob, ReportJob
from loraviewer.bridge.services import Services
from loraviewer.core.outcome import (
    AdapterError,
    Failure,
    FailureKind,
    Progress,
    Rendered,
    RequestError,
    Timings,
)
from loraviewer.core.picture import Picture
from loraviewer.core.reports import AdapterReport, CheckpointInfo, WeightCheck
from loraviewer.core.request import GenerationRequest
from loraviewer.core.settings import Settings
from tests.bridge.conftest import summarise
from tests.still_engine import StillEngine


class HandClock:
    """Seconds that pass when a test says so, and a timer that goes by them."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._due_s: float | None = None
        self._then: Callable[[], None] = lambda: None

    def __call__(self) -> float:
        return self.now_s

    def start(self, seconds: float, then: Callable[[], None]) -> None:
        self._due_s, self._then = self.now_s + seconds, then

    def stop(self) -> None:
        self._due_s = None

    def advance(self, seconds: float) -> None:
        self.now_s += seconds
        if self._due_s is not None and self.now_s >= self._due_s:
            self._due_s = None
            self._then()


class Machine:
    """The real controller over a `StillEngine`. Pictures take `step_s` for each round."""

    def __init__(self, settings: Settings | None = None, step_s: float = 0.1) -> None:
        self.clock = HandClock()
        self.engine = StillEngine()
        self.step_s = step_s
        self.merging_ms = 0.0
        self.base_of_engine = ""
        self.misfits: set[str] = set()
        services = Services(
            summarise=summarise,
            is_checkpoint=lambda path: False,
            save_png=lambda path, rendered: None,
            demo_checkpoint="demo",
            demo_adapters=(),
        )
        self.studio = StudioController(
            self.engine, services, settings, clock=self.clock, timer=self.clock
        )

    def close(self) -> None:
        """Destroyed in this order, here and now: not whenever the cycle collector comes by."""
        assert self.studio.close()
        shiboken6.delete(self.studio)
        shiboken6.delete(self.engine)

    def answer(self) -> Answer:
        """What a real engine would answer to the running job now, if nothing went wrong."""
        assert self.engine.running is not None
        work = self.engine.running.work
        if isinstance(work, LoadJob):
            self.base_of_engine = f"identity of {work.path}"
            return info_of(work.path)
        if isinstance(work, RenderJob | CellJob):
            return self._rendered(work.request)
        if isinstance(work, ReportJob):
            return self._report(work.sha256)
        return WeightCheck(126)

    def finish(self) -> None:
        """End the running job as it would end, cancelled where it was."""
        assert self.engine.running is not None
        is_cancelled = self.engine.running.token.is_cancelled
        self.engine.finish(None if is_cancelled else self.answer())

    def finish_late(self) -> None:
        """As `finish`, but a cancel came too late to be heard."""
        self.engine.finish(self.answer())

    def step(self, step: int) -> None:
        """A denoising round of the running picture is done."""
        assert self.engine.running is not None
        work = self.engine.running.work
        assert isinstance(work, RenderJob | CellJob)
        steps = work.request.steps_run
        preview = picture_of(work.request, b"preview")
        self.engine.step(Progress(min(step, steps), steps, preview))

    def drain(self) -> None:
        """Let time pass and the engine work until nothing is left to do."""
        for _ in range(1_000):
            self.clock.advance(5.0)
            if self.engine.running is None and self.engine.take() is None:
                return
            self.finish()
        raise AssertionError("there is always something left to do")

    def _rendered(self, request: GenerationRequest) -> Rendered | Failure:
        if request.checkpoint.identity != self.base_of_engine:
            return RequestError("This picture asks for another checkpoint.").failure()
        milliseconds = 1000 * self.step_s * request.steps_run
        timings = Timings(self.merging_ms, 0.0, milliseconds, 0.0)
        return Rendered(request, picture_of(request), timings, "f" * 64)

    def _report(self, sha256: str) -> AdapterReport | Failure:
        if not self.base_of_engine:
            return Failure(FailureKind.REQUEST, "No checkpoint is loaded; open one first.")
        if sha256 in self.misfits:
            return AdapterError("It fits nothing here.", subject=sha256).failure()
        return AdapterReport(sha256=sha256, matched=("unet.a",))


def info_of(source: str) -> CheckpointInfo:
    return CheckpointInfo(
        source=source,
        name=source,
        identity=f"identity of {source}",
        family="sd1",
        device="cpu",
        dtype="float32",
        parameters=1_000,
        weight_bytes=4_000,
        default_width=16,
        default_height=16,
        default_steps=10,
    )


def picture_of(request: GenerationRequest, salt: bytes = b"") -> Picture:
    """One pixel that tells requests apart."""
    return Picture(1, 1, hashlib.sha256(salt + request.sha256().encode()).digest()[:3])
