"""The engine behind the studio and the command line: one checkpoint, one stack at a time."""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

import msgspec
import torch

from loraviewer.core.base_weights_policy import MemoryWishes
from loraviewer.core.batching import BATCH_PIXELS
from loraviewer.core.cancel import CancelToken
from loraviewer.core.compiling import CompileReport
from loraviewer.core.engine_port import LoadProgress
from loraviewer.core.experiments.shots import Disturbance
from loraviewer.core.lack_of_memory import is_out_of_memory
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.outcome import (
    OutOfMemory,
    Progress,
    Rendered,
    RequestError,
)
from loraviewer.core.picture_measurements import (
    ExperimentBegins,
    PictureMeasurement,
    PicturesMeasured,
    StepWanted,
)
from loraviewer.core.placement.packing import AskedPacking
from loraviewer.core.placement.plan import AskedManner
from loraviewer.core.precision_speed import PrecisionSpeed
from loraviewer.core.reports import AdapterReport, CheckpointInfo, WeightCheck
from loraviewer.core.request import AskedMergeMode, GenerationRequest
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_measurements import LiveWanted, Measured, Measurement
from loraviewer.engine.checkpoint import Checkpoint
from loraviewer.engine.compiling.captured import Capture
from loraviewer.engine.compiling.compiler import Compiler
from loraviewer.engine.compiling.cuda_capture import cuda_capture
from loraviewer.engine.device import (
    choose_compute,
    free_caches,
    memory_bytes,
    use_available_threads,
)
from loraviewer.engine.loaded import Loaded
from loraviewer.engine.loading import LoadingWishes, load
from loraviewer.engine.opening import offline
from loraviewer.engine.picture_answers import PictureAnswers
from loraviewer.engine.picture_lab import PictureLab
from loraviewer.engine.precision_speed import precision_speed
from loraviewer.engine.rendering.walk import WalkedStep
from loraviewer.engine.stand_ins import StandIns
from loraviewer.engine.weight_lab import WeightLab


class StudioEngine:
    """Implements `core.engine_port.EnginePort`. All methods belong to one thread.

    With the same number of CPU threads, the same request gives the same bytes: the noise comes from
    a fresh CPU generator, the weights are a pure function of base and stack, and equal requests are
    answered from a cache. With another number, nothing is kept that was made before.
    """

    def __init__(
        self,
        device: str | None = None,
        dtype: str | None = None,
        image_cache_bytes: int = 256 * 2**20,
        components: Path | None = None,
        memory: MemoryWishes | None = None,
        merge_mode: AskedMergeMode = "auto",
        batch_pixels: int | None = None,
        shares_cores: bool = False,
        weight_lab: WeightLab | None = None,
        stand_ins: StandIns | None = None,
        picture_lab: PictureLab | None = None,
        packing: AskedPacking = "auto",
        compiler: Compiler | None = None,
        capture: Callable[[torch.device], Capture | None] = cuda_capture,
        previews: bool = True,
    ) -> None:
        """device, dtype: None for what suits the machine. components: a folder with what single
        files may lack (`adapters.originals.companions`). memory: how base weights are kept, None
        for what fits. merge_mode: `adapters.unmerged.modes`. batch_pixels: of all pictures in a
        batch, None for what suits the machine. shares_cores: whether pictures leave cores to other
        programs that use them; faster, but last digits then depend on what else runs. weight_lab:
        what answers `measure`. stand_ins: adapters that stacks may name and no file holds.
        picture_lab: what answers `measure_pictures`. packing: `core.placement.packing`. compiler:
        of denoisers, for pictures that ask for it; None where none is. capture: what records the
        steps of a compiled denoiser on a device, None where nothing can. previews: whether anybody
        looks at pictures while they are denoised. Raises `RequestError` for unknown ones."""
        offline.seal()
        use_available_threads()
        self._compute = choose_compute(device, dtype)
        self._wishes = LoadingWishes(
            self._compute,
            components,
            memory or MemoryWishes(),
            _known_mode(merge_mode),
            packing,
            compiler,
            capture,
            previews,
        )
        usual_batch = 0 if self._compute.device.type == "cpu" else BATCH_PIXELS
        self._pictures = PictureAnswers(
            self._compute.device,
            image_cache_bytes,
            batch_pixels or usual_batch,
            shares_cores,
        )
        self._weight_lab = weight_lab
        self._stand_ins = dict(stand_ins or {})
        self._picture_lab = picture_lab
        self._loaded: Loaded | None = None

    def load_checkpoint(
        self,
        path: str,
        token: CancelToken,
        on_progress: LoadProgress,
        components: str = "",
        manner: AskedManner = "",
        packing: AskedPacking = "auto",
    ) -> CheckpointInfo:
        """Replace the loaded checkpoint; on failure or cancel the previous one stays."""
        wishes, known = self._wishes, self._stand_ins
        if self._loaded is not None:
            self._loaded.graphs.spare()  # both bases are there for a moment
        try:
            loaded = load(path, wishes, known, token, on_progress, components, manner, packing)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            loaded = None
        if loaded is None:  # after the except block, whose traceback holds the tensors
            free_caches(self._compute.device)
            raise OutOfMemory(
                say("{path}: there is not enough memory to load this checkpoint.", path=str(path))
            )
        self._end_compiling()
        is_first = self._loaded is None
        self._loaded = loaded
        self._pictures.forget()
        free_caches(self._compute.device, looks_for_unreachable=not is_first)
        return loaded.info

    def render(
        self,
        request: GenerationRequest,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Rendered:
        """Merge what changed, then denoise and decode one image.

        The outcome's request names the checkpoint, device and precision really used.
        """
        return self._pictures.one(self._current(), request, token, on_progress)

    def render_anew(
        self,
        request: GenerationRequest,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Rendered:
        """As `render`, and never the picture of a cache: to be compared with one."""
        self._pictures.forget()
        return self.render(request, token, on_progress)

    def render_disturbed(
        self,
        request: GenerationRequest,
        disturbance: Disturbance,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Rendered:
        """As `render`, of one picture, with noise on outputs. No cache knows of it, neither before
        nor afterwards: its request is that of the picture without."""
        loaded = self._current()
        return self._pictures.disturbed(loaded, request, disturbance, token, on_progress)

    def walked(
        self,
        request: GenerationRequest,
        disturbance: Disturbance | None,
        token: CancelToken,
        led: Sequence[WalkedStep] = (),
    ) -> tuple[WalkedStep, ...]:
        """What the network says at each step on the way to a picture, which is not made. led: the
        steps of another stack's walk, on whose way to go."""
        return self._pictures.walked(self._current(), request, disturbance, token, led)

    def render_many(
        self,
        requests: Sequence[GenerationRequest],
        token: CancelToken,
        on_progress: Callable[[int, Progress], None],
    ) -> tuple[Rendered, ...]:
        """As `render`, but pictures that only differ in their seeds in one go where that pays.

        Their requests then name the whole batch, and `render` gives the same bytes for them.
        on_progress: also given the index of the first picture under way. Where memory does not do
        for a batch, its pictures are made one by one.
        """
        return self._pictures.many(self._current(), requests, token, on_progress)

    def report(self, path: str, sha256: str, token: CancelToken) -> AdapterReport:
        """Match an adapter file against the loaded checkpoint, loading it if need be."""
        loaded = self._current()
        report = loaded.adapters.report(path, sha256, token)
        touched = loaded.memory.touched_bytes(loaded.adapters.weight_keys(sha256))
        return msgspec.structs.replace(report, touched_bytes=touched)

    def verify(
        self,
        token: CancelToken,
        adapters: tuple[AppliedAdapter, ...] | None = None,
        rule: MergeRule = SUM,
    ) -> WeightCheck:
        """Compare all live weights with what the stack of `adapters` must give by `rule`, which is
        merged first where another one is live; None for the current one, as where adapters take
        turns: one of them is then live.

        Damaged weights are rebuilt and the pictures made so far are forgotten.
        """
        if self._loaded is None:
            return WeightCheck(0)
        if adapters is not None and not rule.acts_at_decoding:
            self._put_in_force(self._loaded, adapters, token, rule)
        damaged = tuple(self._loaded.merger.verify(token))
        if damaged:
            self._loaded.merger.heal()
            self._loaded.forget_results()
            self._pictures.forget()
        networks = self._loaded.checkpoint.networks
        return WeightCheck(sum(len(one.state_dict()) for one in networks.values()), damaged)

    def measure(
        self,
        wanted: Measurement,
        token: CancelToken,
        on_progress: Callable[[float], None],
    ) -> Measured:
        """What the lab says of weights, whatever is live. `RequestError` where there is no lab."""
        if self._weight_lab is None:
            raise RequestError(say("This engine has nothing to measure weights with."))
        loaded = self._current()
        asked = wanted.adapters if isinstance(wanted, LiveWanted) else wanted.rows
        adapters = loaded.adapters.looked_up(asked, token)
        with torch.no_grad():
            return self._weight_lab.measure(wanted, adapters, loaded.merger, token, on_progress)

    def measure_pictures(self, wanted: PictureMeasurement, token: CancelToken) -> PicturesMeasured:
        """What the lab says of the pictures of an experiment; from its beginning on, stacks may
        name its stand-ins. `RequestError` where there is no lab."""
        if self._picture_lab is None:
            raise RequestError(say("This engine has nothing to measure pictures with."))
        if isinstance(wanted, ExperimentBegins):
            self.know(self._picture_lab.stand_ins(wanted.experiment))
        with torch.no_grad(), self._with_vae():
            if isinstance(wanted, StepWanted):
                return self._picture_lab.one_step(wanted, self, token)
            return self._picture_lab.measure(wanted, token)

    def precision_speed(self, token: CancelToken) -> PrecisionSpeed:
        """Whether this processor is faster in bfloat16, measured now, with or without a checkpoint;
        nothing of it is kept here."""
        return precision_speed(token)

    def advance_compiling(self, token: CancelToken) -> CompileReport:
        """The next small piece of work towards compiled denoisers for the pictures that asked for
        them: at most a program is loaded and proved, which takes two steps of a picture, and five
        where it is captured. A cancel leaves the proof for another time."""
        token.raise_if_cancelled()
        compiled = self._loaded.compiled if self._loaded is not None else None
        return compiled.advance(token) if compiled is not None else CompileReport()

    def _end_compiling(self) -> None:
        if self._wishes.compiler is not None:
            self._wishes.compiler.close()

    def _with_vae(self) -> contextlib.AbstractContextManager[None]:
        """Features of the base may look through its VAE."""
        if self._loaded is None:
            return contextlib.nullcontext()
        return self._loaded.checkpoint.placement.using("vae")

    def know(self, stand_ins: StandIns) -> None:
        """Let stacks name more adapters that no file holds, whatever base is open."""
        self._stand_ins.update(stand_ins)
        if self._loaded is not None:
            self._loaded.adapters.know(stand_ins)

    def memory_bytes(self) -> int:
        """Resident memory of the process, or memory allocated on the accelerator."""
        return memory_bytes(self._compute.device)

    def recover(self) -> None:
        """After an unexpected failure or out-of-memory: restore weights, free caches."""
        self._pictures.recover(self._loaded)

    def close(self) -> None:
        """Forget the checkpoint and give its memory back."""
        self._end_compiling()
        self._loaded = None
        self._pictures.forget()
        free_caches(self._compute.device)

    @property
    def checkpoint(self) -> Checkpoint:
        """The loaded checkpoint, for exporting it. `RequestError` if there is none."""
        return self._current().checkpoint

    def _current(self) -> Loaded:
        if self._loaded is None:
            raise RequestError(say("No checkpoint is loaded; open one first."))
        return self._loaded

    def _put_in_force(
        self,
        loaded: Loaded,
        applied: tuple[AppliedAdapter, ...],
        token: CancelToken,
        rule: MergeRule,
    ) -> None:
        adapters = loaded.adapters.adapters(applied, token)
        plan = loaded.memory.prepare(applied, adapters, loaded.merger.merges, lambda plan: None)
        loaded.merger.limit_held_sums(plan.held_budget)
        loaded.merger.apply(applied, adapters, token, rule=rule)


def _known_mode(asked: AskedMergeMode) -> AskedMergeMode:
    if asked not in get_args(AskedMergeMode):
        names = ", ".join(get_args(AskedMergeMode))
        raise RequestError(
            say(
                "There is no merge mode “{asked}”; choose one of {known}.", asked=asked, known=names
            )
        )
    return asked
