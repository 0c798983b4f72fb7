"""From a request to its pictures: merge, encode, denoise, decode, each timed."""

import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec
import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.core.memory_plan import MemoryPlan
from loraviewer.core.merge_rules import SUM
from loraviewer.core.outcome import Progress, Rendered, Timings
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.turns import with_a_turn
from loraviewer.engine.compiling.compiled_denoiser import picture_shape
from loraviewer.engine.device import synchronise, threads_in_use
from loraviewer.engine.loaded import Loaded
from loraviewer.engine.rendering.adapter_turns import AdapterTurns
from loraviewer.engine.rendering.blame import blaming, picture_strengths
from loraviewer.engine.rendering.glimpses import glimpses_of
from loraviewer.engine.rendering.pipeline import (
    decode,
    denoise,
    encode_prompt,
    prompt_chunks,
)
from loraviewer.engine.rendering.prompts import PromptKey, text_weight
from loraviewer.engine.rendering.renderers.base import Watch
from loraviewer.engine.rendering.renderers.kept_steps import KeptStep, StepKeeper
from loraviewer.engine.rendering.renderers.taking_turns import Turns
from loraviewer.engine.spare_cores import torch_threads


class Outputs(Protocol):
    """What becomes of outputs while a picture is denoised; see `Guided` for `guided`."""

    def in_force(self) -> contextlib.AbstractContextManager[None]: ...

    def guided(
        self, output: torch.Tensor, timestep: Any, latents: torch.Tensor
    ) -> torch.Tensor: ...


class PictureMaker:
    """One picture in the making, or those of one batch. Checks the token before each stage."""

    def __init__(
        self,
        loaded: Loaded,
        request: GenerationRequest,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
        threads: int,
        kept: KeptStep | None = None,
        outputs: Outputs | None = None,
    ) -> None:
        """threads: of the CPU, to denoise and decode with. Weights and embeddings always take all
        of torch's, so that they are the same whatever else runs. kept: where to start, None for
        pure noise. outputs: what is done to outputs on the way, None for nothing; of such a picture
        no step is kept."""
        self._loaded = loaded
        self._request = request
        self._token = token
        self._on_progress = on_progress
        self._threads = threads
        self._kept = kept
        self._outputs = outputs
        self._acting = with_a_turn(request)
        self._applied = request.adapters
        """In force while the picture is denoised, together unless they take `_turns`."""
        if request.merge_rule.acts_at_decoding:
            self._applied = tuple(request.adapters[index] for index in self._acting)
        self._turns: AdapterTurns | None = None
        self._chunks = 0

    def walk(self) -> None:
        """All the steps and no picture: for what `outputs` hears on the way."""
        self._token.raise_if_cancelled()
        self._merge()
        self._token.raise_if_cancelled()
        prompts = self._prompts()
        blame = blaming(self._request, picture_strengths(self._request), self._base_name)
        with blame, torch_threads(self._threads):
            self._denoised(*prompts)

    def make(self) -> list[Rendered]:
        """The picture of the request, with the others of its batch. `NotFinite` if one of them is,
        in a sentence that names the likeliest cause; nothing of them is kept then."""
        clock = StageClock(self._loaded.checkpoint.compute.device)
        self._token.raise_if_cancelled()
        plan = self._merge()
        merge_ms = clock.lap_ms()
        self._token.raise_if_cancelled()
        positive, negative, turns = self._prompts()
        encode_ms = clock.lap_ms()
        self._token.raise_if_cancelled()
        blame = blaming(self._request, picture_strengths(self._request), self._base_name)
        with blame, torch_threads(self._threads):
            denoised, steps = self._denoised(positive, negative, turns)
            shared = Timings(merge_ms, encode_ms, clock.lap_ms())
            made = self._decoded(denoised, shared, plan, clock)
        if steps:  # only now that all of them are known to give a picture
            self._loaded.steps.put(self._request.sha256(), steps)
        return made

    def _decoded(
        self, denoised: Sequence[Any], shared: Timings, plan: MemoryPlan, clock: "StageClock"
    ) -> list[Rendered]:
        sampling, fingerprint = self._request.sampling, self._fingerprint()
        prompts = self._loaded.info.prompts
        unread = prompts.unread(sampling) if prompts else ()
        made = []
        for request, latents in zip(self._request.of_batch(), denoised, strict=True):
            self._token.raise_if_cancelled()
            size = (sampling.width, sampling.height)
            graphs = self._loaded.graphs
            decoded = decode(self._loaded.checkpoint, latents, size, graphs.free, graphs.spare)
            rendered = Rendered(
                request,
                decoded.picture,
                shared.share_of(len(denoised), decode_ms=clock.lap_ms()),
                fingerprint,
                memory=plan,
                tile_px=decoded.tile_px,
                has_widened=decoded.has_widened,
                threads=threads_in_use(self._loaded.checkpoint.compute.device),
                unread=unread,
            )
            made.append(rendered)
        return made

    def _denoised(
        self, positive: Any, negative: Any, turns: Turns | None
    ) -> tuple[Sequence[Any], tuple[KeptStep, ...]]:
        """Of each picture of the batch, and the last steps of a settled one that is alone."""
        request, outputs = self._request, self._outputs
        is_start = not request.is_draft and not request.batch and outputs is None
        keeper = StepKeeper() if is_start else None
        guided = outputs.guided if outputs else None
        watch = Watch(
            self._token,
            self._on_progress,
            self._loaded.preview,
            keeper,
            turns,
            guided,
            glimpses_of(self._loaded.checkpoint.compute.device),
        )
        with outputs.in_force() if outputs else contextlib.nullcontext(), self._compiled():
            denoised = denoise(
                self._loaded.checkpoint,
                request.sampling,
                positive,
                negative,
                watch,
                self._kept,
                request.batch,
                request.prediction,
            )
        return denoised, keeper.steps if keeper else ()

    def _compiled(self) -> contextlib.AbstractContextManager[None]:
        """The denoiser meanwhile as the request says that it runs."""
        compiled, request = self._loaded.compiled, self._request
        if compiled is None or self._outputs is not None:
            return contextlib.nullcontext()
        shape = picture_shape(request, self._chunks)
        return compiled.running(shape, is_compiled=request.is_compiled)

    def _merge(self) -> MemoryPlan:
        """Where adapters take turns, what all of them need is there, and nothing is merged yet."""
        request, merger = self._request, self._loaded.merger
        applied = self._applied
        held = [entry for entry in request.grasped if entry.sha256 == request.held]
        adapters = self._loaded.adapters.adapters((*applied, *held), self._token)
        plan = self._loaded.memory.prepare(applied, adapters, merger.merges, self._tell_plan)
        merger.limit_held_sums(plan.held_budget)
        if len(self._acting) > 1:
            self._turns = AdapterTurns(self._loaded, request, self._acting, adapters, self._token)
            return plan
        rule = request.merge_rule.in_weights
        merger.apply(applied, adapters, self._token, request.held, request.grasped, rule)
        if not merger.is_draft:  # no memory for a fader, or none that changes anything
            self._request = msgspec.structs.replace(request, held="", grasped=())
        return plan

    def _tell_plan(self, plan: MemoryPlan) -> None:
        self._on_progress(Progress(0, self._request.steps_run, memory=plan))

    def _fingerprint(self) -> str:
        """Of settled weights: hashing them all at every tick of a fader would cost more than it."""
        if self._turns is not None:
            return self._turns.fingerprint
        return "" if self._request.held else self._loaded.merger.fingerprint()

    def _prompts(self) -> tuple[Any, Any, Turns | None]:
        """As the denoiser takes them first, and who takes turns with it."""
        self._chunks = prompt_chunks(self._loaded.checkpoint, self._request.sampling)
        if self._turns is None:
            return *self._embeddings(self._applied), None
        prepared = self._turns.prepared(lambda adapter: self._embeddings((adapter,)))
        first = prepared[self._acting[0]]
        return first.positive, first.negative, self._turns.turns(prepared)

    def _embeddings(self, applied: Sequence[AppliedAdapter]) -> tuple[Any, Any]:
        """Of both prompts, with these adapters in force."""
        sampling = self._request.sampling
        positive = self._embedding(sampling.prompt, applied, is_negative=False)
        return positive, self._embedding(sampling.negative_prompt, applied, is_negative=True)

    def _embedding(self, text: str, applied: Sequence[AppliedAdapter], is_negative: bool) -> Any:
        weights = self._loaded.adapters.text_weights(applied)
        strengths = [(sha256, scale) for sha256, scale, _ in weights]
        with blaming(self._request, strengths, self._base_name):
            return self._loaded.prompts.get(
                self._prompt_key(text, applied, is_negative),
                lambda: self._encoded(text, applied, is_negative),
            )

    def _encoded(self, text: str, applied: Sequence[AppliedAdapter], is_negative: bool) -> Any:
        if self._turns is not None:
            self._turns.put_in_force(*applied)
        return encode_prompt(self._loaded.checkpoint, text, is_negative, self._chunks)

    @property
    def _base_name(self) -> str:
        return self._loaded.info.name

    def _prompt_key(
        self, text: str, applied: Sequence[AppliedAdapter], is_negative: bool
    ) -> PromptKey:
        request, adapters = self._request, self._loaded.adapters
        weights, chunks = adapters.text_weights(applied), self._chunks
        if not (self._loaded.merger.is_draft and adapters.changes_text(request.held)):
            rule = request.merge_rule.in_weights if weights else SUM
            return PromptKey(text, is_negative, weights, merge_rule=rule, chunks=chunks)
        grasped = tuple(map(text_weight, request.grasped))
        return PromptKey(text, is_negative, weights, request.held, grasped, chunks=chunks)


class StageClock:
    """Wall time of the stages; a stage ends when the device has really finished it."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._last_s = time.perf_counter()

    def lap_ms(self) -> float:
        """Milliseconds since the previous lap."""
        synchronise(self._device)
        now_s = time.perf_counter()
        lap_ms = (now_s - self._last_s) * 1000.0
        self._last_s = now_s
        return lap_ms
