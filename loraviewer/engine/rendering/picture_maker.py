"""From a request to its pictures: merge, encode, denoise, decode, each timed."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.core.memory_plan import MemoryPlan
from loraviewer.core.outcome import Progress, Rendered, Timings
from loraviewer.core.request import GenerationRequest
from loraviewer.engine.device import synchronise
from loraviewer.engine.loaded import Loaded
from loraviewer.engine.rendering.pipeline import decode, denoise, encode_prompt
from loraviewer.engine.rendering.prompts import PromptKey
from loraviewer.engine.rendering.renderers.base import Watch
from loraviewer.engine.rendering.renderers.kept_steps import KeptStep, StepKeeper


class PictureMaker:
    """One picture in the making, or those of one batch. Checks the token before each stage."""

    def __init__(
        self,
        loaded: Loaded,
        request: GenerationRequest,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
        kept: KeptStep | None = None,
    ) -> None:
        """kept: where to start, None for pure noise."""
        self._loaded = loaded
        self._request = request
        self._token = token
        self._on_progress = on_progress
        self._kept = kept

    def paint(self) -> list[Rendered]:
        """The picture of the request, with the others of its batch."""
        sampling, checkpoint = self._request.sampling, self._loaded.checkpoint
        clock = StageClock(checkpoint.compute.device)
        self._token.raise_if_cancelled()
        plan = self._merge()
        merge_ms = clock.lap_ms()
        self._token.raise_if_cancelled()
        positive = self._embedding(sampling.prompt, is_negative=False)
        negative = self._embedding(sampling.negative_prompt, is_negative=True)
        encode_ms = clock.lap_ms()
        self._token.raise_if_cancelled()
        denoised = self._denoised(positive, negative)
        shared = Timings(merge_ms, encode_ms, clock.lap_ms())
        fingerprint = self._fingerprint()
        made = []
        for request, latents in zip(self._request.of_batch(), denoised, strict=True):
            self._token.raise_if_cancelled()
            decoded = decode(checkpoint, latents, (sampling.width, sampling.height))
            rendered = Rendered(
                request,
                decoded.picture,
                shared.share_of(len(denoised), decode_ms=clock.lap_ms()),
                fingerprint,
                memory=plan,
                tile_px=decoded.tile_px,
            )
            made.append(rendered)
        return made

    def _denoised(self, positive: Any, negative: Any) -> Sequence[Any]:
        """Of each picture of the batch; the last steps of a settled one that is alone are kept."""
        request = self._request
        is_start = not request.is_draft and not request.batch
        keeper = StepKeeper() if is_start else None
        watch = Watch(self._token, self._on_progress, self._loaded.preview, keeper)
        denoised = denoise(
            self._loaded.checkpoint,
            request.sampling,
            positive,
            negative,
            watch,
            self._kept,
            request.batch,
        )
        if keeper is not None:
            self._loaded.steps.put(request.sha256(), keeper.steps)
        return denoised

    def _merge(self) -> MemoryPlan:
        request, merger = self._request, self._loaded.merger
        applied = request.adapters
        held = [entry for entry in request.grasped if entry.sha256 == request.held]
        adapters = self._loaded.adapters.adapters((*applied, *held), self._token)
        plan = self._loaded.memory.prepare(applied, adapters, merger.merges, self._tell_plan)
        merger.limit_held_sums(plan.held_budget)
        merger.apply(applied, adapters, self._token, request.held, request.grasped)
        return plan

    def _tell_plan(self, plan: MemoryPlan) -> None:
        self._on_progress(Progress(0, self._request.steps_run, memory=plan))

    def _fingerprint(self) -> str:
        """Of settled weights: hashing them all at every tick of a fader would cost more than it."""
        merger = self._loaded.merger
        return "" if merger.is_draft else merger.fingerprint()

    def _embedding(self, text: str, is_negative: bool) -> Any:
        return self._loaded.prompts.get(
            self._prompt_key(text, is_negative),
            lambda: encode_prompt(self._loaded.checkpoint, text, is_negative),
        )

    def _prompt_key(self, text: str, is_negative: bool) -> PromptKey:
        request, adapters = self._request, self._loaded.adapters
        weights = adapters.text_weights(request.adapters)
        if not (self._loaded.merger.is_draft and adapters.changes_text(request.held)):
            return PromptKey(text, is_negative, weights)
        grasped = tuple((entry.sha256, entry.text_scale) for entry in request.grasped)
        return PromptKey(text, is_negative, weights, request.held, grasped)


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
