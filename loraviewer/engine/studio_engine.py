"""The engine behind the studio and the command line: one checkpoint, one stack at a time."""

import contextlib
import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar, get_args

import msgspec
import torch

from loraviewer.adapters.merging.fingerprints import live_tensors
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.merging.merger import Merger
from loraviewer.adapters.targets import TargetIndex
from loraviewer.adapters.unmerged.mixed import MixedMerger
from loraviewer.adapters.unmerged.modes import merge_modes
from loraviewer.core.allocator import give_back_freed_memory
from loraviewer.core.base_weights_policy import MemoryWishes
from loraviewer.core.batching import BATCH_PIXELS, in_batches
from loraviewer.core.cancel import CancelToken
from loraviewer.core.engine_port import LoadProgress
from loraviewer.core.experiments.shots import Disturbance
from loraviewer.core.lack_of_memory import is_out_of_memory
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.core.outcome import (
    MergeError,
    OutOfMemory,
    Progress,
    Rendered,
    RequestError,
    Timings,
)
from loraviewer.core.picture_measurements import (
    ExperimentBegins,
    PictureMeasurement,
    PicturesMeasured,
    StepWanted,
)
from loraviewer.core.reports import AdapterReport, CheckpointInfo, WeightCheck
from loraviewer.core.request import AskedMergeMode, GenerationRequest
from loraviewer.core.resources import typed_path
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_measurements import LiveWanted, Measured, Measurement
from loraviewer.engine.answerable import answerable
from loraviewer.engine.bounded_cache import BoundedCache, picture_bytes, steps_bytes
from loraviewer.engine.checkpoint import Checkpoint
from loraviewer.engine.device import (
    available_cores,
    choose_compute,
    free_caches,
    memory_bytes,
    threads_in_use,
    use_available_threads,
)
from loraviewer.engine.loaded import STEP_CACHE_BYTES, Loaded
from loraviewer.engine.loaded_adapters import LoadedAdapters
from loraviewer.engine.memory_planner import MemoryPlanner
from loraviewer.engine.noisy_layers import noisy_layers
from loraviewer.engine.opening import offline
from loraviewer.engine.opening.base_files import BaseFiles
from loraviewer.engine.opening.checkpoint import open_checkpoint
from loraviewer.engine.picture_lab import PictureLab
from loraviewer.engine.rendering.least_memory import check_room
from loraviewer.engine.rendering.output_noise import OutputNoise
from loraviewer.engine.rendering.picture_maker import Outputs, PictureMaker
from loraviewer.engine.rendering.prompts import PromptCache
from loraviewer.engine.rendering.walk import Walk, WalkedStep
from loraviewer.engine.spare_cores import SpareCores, measure_cpu
from loraviewer.engine.stand_ins import StandIns
from loraviewer.engine.weight_lab import WeightLab

_Value = TypeVar("_Value")


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
    ) -> None:
        """device, dtype: None for what suits the machine. components: a folder with what single
        files may lack (`adapters.originals.companions`). memory: how base weights are kept, None
        for what fits. merge_mode: `adapters.unmerged.modes`. batch_pixels: of all pictures in a
        batch, None for what suits the machine. shares_cores: whether pictures leave cores to other
        programs that use them; faster, but last digits then depend on what else runs. weight_lab:
        what answers `measure`. stand_ins: adapters that stacks may name and no file holds.
        picture_lab: what answers `measure_pictures`. Raises `RequestError` for unknown ones."""
        offline.seal()
        use_available_threads()
        self._compute = choose_compute(device, dtype)
        self._images = BoundedCache(image_cache_bytes, picture_bytes)
        self._components = components
        self._memory = memory or MemoryWishes()
        self._merge_mode: AskedMergeMode = _known_mode(merge_mode)
        is_idle_with_one = self._compute.device.type != "cpu"
        self._batch_pixels = batch_pixels or (BATCH_PIXELS if is_idle_with_one else 0)
        self._weight_lab = weight_lab
        self._stand_ins = dict(stand_ins or {})
        self._picture_lab = picture_lab
        self._loaded: Loaded | None = None
        self._threads = threads_in_use(self._compute.device)
        self._spare_cores = _spare_cores() if shares_cores and not is_idle_with_one else None

    def load_checkpoint(
        self, path: str, token: CancelToken, on_progress: LoadProgress, components: str = ""
    ) -> CheckpointInfo:
        """Replace the loaded checkpoint; on failure or cancel the previous one stays."""
        try:
            loaded = self._open(path, token, on_progress, components)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            loaded = None
        if loaded is None:  # after the except block, whose traceback holds the tensors
            free_caches(self._compute.device)
            raise OutOfMemory(
                say("{path}: there is not enough memory to load this checkpoint.", path=str(path))
            )
        self._loaded = loaded
        self._images.clear()
        free_caches(self._compute.device)
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
        made = self._render_whole(request, token, on_progress)
        seed = request.sampling.seed
        return next(rendered for rendered in made if rendered.request.sampling.seed == seed)

    def render_anew(
        self,
        request: GenerationRequest,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Rendered:
        """As `render`, and never the picture of a cache: to be compared with one."""
        self._images.clear()
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
        return self._cleared_up(
            request, lambda: self._disturbed(request, disturbance, token, on_progress)
        )

    def walked(
        self,
        request: GenerationRequest,
        disturbance: Disturbance | None,
        token: CancelToken,
        led: Sequence[WalkedStep] = (),
    ) -> tuple[WalkedStep, ...]:
        """What the network says at each step on the way to a picture, which is not made. led: the
        steps of another stack's walk, on whose way to go."""
        return self._cleared_up(request, lambda: self._walked(request, disturbance, token, led))

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
        takes_batches = self._current().checkpoint.renderer.takes_batches
        made: list[Rendered] = []
        for batch in in_batches(requests, self._batch_pixels if takes_batches else 0):
            tell = functools.partial(on_progress, len(made))
            made += self._render_batch(batch, token, tell)
        return tuple(made)

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
            self._images.clear()
        networks = self._loaded.checkpoint.networks
        return WeightCheck(sum(1 for _ in live_tensors(networks)), damaged)

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
        with torch.no_grad():
            if isinstance(wanted, StepWanted):
                return self._picture_lab.one_step(wanted, self, token)
            return self._picture_lab.measure(wanted, token)

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
        if self._loaded is not None:
            # Where a base weight can no longer be read, the next merge tries again and says so.
            with contextlib.suppress(MergeError):
                self._loaded.merger.restore()
            self._loaded.forget_results()
        self._images.clear()
        free_caches(self._compute.device)

    def close(self) -> None:
        """Forget the checkpoint and give its memory back."""
        self._loaded = None
        self._images.clear()
        free_caches(self._compute.device)

    @property
    def checkpoint(self) -> Checkpoint:
        """The loaded checkpoint, for exporting it. `RequestError` if there is none."""
        return self._current().checkpoint

    def _open(
        self, path: str, token: CancelToken, on_progress: LoadProgress, components: str
    ) -> Loaded:
        folder = typed_path(components) if components else self._components
        checkpoint = open_checkpoint(path, self._compute, token, on_progress, folder)
        token.raise_if_cancelled()
        networks = checkpoint.networks
        memory = MemoryPlanner(
            networks,
            self._compute.device,
            self._memory,
            lambda: BaseFiles.of(checkpoint.path, networks, folder),
        )
        modes = merge_modes(networks, self._merge_mode, memory.starved())
        merger: Merger = WeightMerger(networks, base_weights=memory.base_weights)
        if any(choice.mode == "unmerged" for choice in modes.values()):
            merger = MixedMerger(networks, modes, merger)
        return Loaded(
            checkpoint=checkpoint,
            info=checkpoint.info(merger.base_identity, tuple(modes.values())),
            merger=merger,
            memory=memory,
            adapters=LoadedAdapters(
                TargetIndex.of(networks),
                stand_ins=self._stand_ins,
                base=lambda key: merger.base_weight(key).float(),
            ),
            prompts=PromptCache(),
            steps=BoundedCache(STEP_CACHE_BYTES, steps_bytes),
            preview=checkpoint.renderer.fit_preview(),
        )

    def _current(self) -> Loaded:
        if self._loaded is None:
            raise RequestError(say("No checkpoint is loaded; open one first."))
        return self._loaded

    def _render_batch(
        self,
        batch: Sequence[GenerationRequest],
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> list[Rendered]:
        try:
            return self._render_whole(batch[0], token, on_progress)
        except OutOfMemory:
            if len(batch) == 1:
                raise
        alone = [msgspec.structs.replace(request, batch=()) for request in batch]
        return [self.render(request, token, on_progress) for request in alone]

    def _render_whole(
        self,
        request: GenerationRequest,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> list[Rendered]:
        """The picture and all others of its batch."""
        return self._cleared_up(request, lambda: self._render(request, token, on_progress))

    def _cleared_up(self, request: GenerationRequest, make: Callable[[], _Value]) -> _Value:
        """What `make` makes; `OutOfMemory` once everything is cleared up."""
        try:
            return make()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        # After the except block: its traceback would keep the tensors alive.
        self.recover()
        raise OutOfMemory(_lack_of_memory(request))

    def _disturbed(
        self,
        request: GenerationRequest,
        disturbance: Disturbance,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> Rendered:
        noise = self._noise(request, disturbance, token)
        (made,) = self._alone(request, token, on_progress, noise).make()
        give_back_freed_memory()
        return made

    def _walked(
        self,
        request: GenerationRequest,
        disturbance: Disturbance | None,
        token: CancelToken,
        led: Sequence[WalkedStep],
    ) -> tuple[WalkedStep, ...]:
        noise = self._noise(request, disturbance, token) if disturbance else None
        walk = Walk(noise, led)
        self._alone(request, token, lambda step: None, walk).walk()
        return tuple(walk.steps)

    def _noise(
        self, request: GenerationRequest, disturbance: Disturbance, token: CancelToken
    ) -> OutputNoise:
        loaded, seed = self._current(), request.sampling.seed
        if disturbance.place == "guided":
            return OutputNoise(disturbance, seed)
        adapters = loaded.adapters.looked_up(disturbance.layers_of, token).values()
        networks, known = loaded.checkpoint.networks, loaded.base_energies
        layers = noisy_layers(adapters, networks, loaded.merger, known)
        return OutputNoise(disturbance, seed, layers)

    def _alone(
        self,
        request: GenerationRequest,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
        outputs: Outputs,
    ) -> PictureMaker:
        """Of one settled picture, beside all that is kept of others."""
        loaded = self._current()
        request = msgspec.structs.replace(request, batch=())
        request = answerable(request, loaded.info, holds_faders=False)
        self._follow_threads(loaded)
        check_room(loaded.checkpoint, request)
        threads = torch.get_num_threads()
        return PictureMaker(loaded, request, token, on_progress, threads, outputs=outputs)

    def _render(
        self,
        request: GenerationRequest,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
    ) -> list[Rendered]:
        loaded = self._current()
        holds_faders = loaded.merger.holds_faders
        request = answerable(request, loaded.info, holds_faders=holds_faders)
        self._follow_threads(loaded)
        kept = loaded.kept_step(request)
        if request.resumed is not None and kept is None:
            request = request.from_the_start()
        known = self._known(request)
        if known is not None:
            return known
        check_room(loaded.checkpoint, request)
        threads = self._spare_cores.threads() if self._spare_cores else torch.get_num_threads()
        made = PictureMaker(loaded, request, token, on_progress, threads, kept).make()
        for rendered in made:
            self._images.put(rendered.request.sha256(), rendered)
        if not request.is_draft:
            give_back_freed_memory()
        return made

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

    def _follow_threads(self, loaded: Loaded) -> None:
        """Merged weights, embeddings and steps are sums, too: of other threads, they would not give
        the bytes that a fresh start gives."""
        threads = threads_in_use(self._compute.device)
        if threads == self._threads:
            return
        loaded.merger.restore()
        loaded.forget_results()
        self._images.clear()
        self._threads = threads

    def _known(self, request: GenerationRequest) -> list[Rendered] | None:
        """The picture and all others of its batch, if every one is still there."""
        found = [(one, self._images.get(one.sha256())) for one in request.of_batch()]
        known = [
            msgspec.structs.replace(rendered, request=one, timings=Timings(), is_from_cache=True)
            for one, rendered in found
            if rendered is not None
        ]
        return known if len(known) == len(found) else None


def _spare_cores() -> SpareCores:
    cores = available_cores()
    return SpareCores(torch.get_num_threads(), len(cores), lambda: measure_cpu(cores))


def _known_mode(asked: AskedMergeMode) -> AskedMergeMode:
    if asked not in get_args(AskedMergeMode):
        names = ", ".join(get_args(AskedMergeMode))
        raise RequestError(
            say(
                "There is no merge mode “{asked}”; choose one of {known}.", asked=asked, known=names
            )
        )
    return asked


def _lack_of_memory(request: GenerationRequest) -> str:
    size = f"{request.sampling.width}×{request.sampling.height}"
    return say("There is not enough memory for a picture of {size}; make it smaller.", size=size)
