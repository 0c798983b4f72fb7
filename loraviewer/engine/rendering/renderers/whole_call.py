"""Any other text-to-image pipeline of diffusers: one call from prompt to picture.

What it takes is read from its signature. It keeps its own scheduler where that belongs to its
training (flow matching), and its steps are watched there.
"""

import contextlib
import inspect
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from loraviewer.core.outcome import Progress, RequestError
from loraviewer.core.picture import Picture
from loraviewer.core.prediction import AS_FOUND, Prediction
from loraviewer.core.request import SAMPLERS, Sampling
from loraviewer.core.sentences import say
from loraviewer.engine.device import Compute
from loraviewer.engine.rendering.finite import check_finite, is_cheap, widening
from loraviewer.engine.rendering.glimpses import Glimpse
from loraviewer.engine.rendering.preview import LatentPreview, to_picture
from loraviewer.engine.rendering.renderers.base import Decoded, Watch
from loraviewer.engine.rendering.renderers.guided_output import stepping_with
from loraviewer.engine.rendering.renderers.kept_steps import KeptStep
from loraviewer.engine.rendering.renderers.latents import ImageLatents
from loraviewer.engine.rendering.renderers.prompt_calls import PromptCalls
from loraviewer.engine.rendering.renderers.taking_turns import taking_turns
from loraviewer.engine.rendering.samplers import (
    PredictedImage,
    eta_of,
    make_scheduler,
    own_sampler,
    predicts,
    with_prediction,
)

_PREVIEW_EVERY = 2  # steps
_LEAST_GUIDED = 1.0
"""Classifier-free guidance up to here leaves the negative prompt out."""
_WITH_OWN_STEPS = ("KolorsPipeline",)
"""Pipelines whose own sampler takes the steps that their settings ask for; for others, spacing
follows the sampler's name."""
_COUNTED_FROM_ZERO = ("ZImagePipeline",)
"""Pipelines whose guidance scale is what others have beyond 1."""


class WholeCallRenderer:
    """Implements `Renderer`. `scheduler_config`: of the pipeline's own scheduler.

    Guidance goes where the pipeline takes it: into the model where that was distilled to take it
    (Flux dev), else into classifier-free guidance. The noise comes from a fresh CPU generator.
    """

    pixel_bytes = 0
    takes_batches = False
    changes_prompts = False

    def __init__(self, pipeline: Any, scheduler_config: dict[str, Any], compute: Compute) -> None:
        self._pipeline = pipeline
        self._scheduler_config = scheduler_config
        self._call = inspect.signature(pipeline.__call__).parameters
        is_from_zero = type(pipeline).__name__ in _COUNTED_FROM_ZERO
        self.least_guided = 0.0 if is_from_zero else _LEAST_GUIDED
        self._prompts = PromptCalls(pipeline, compute.device)
        self._latents = ImageLatents(pipeline, compute.device)
        self._own_scheduler = type(pipeline.scheduler)
        own = own_sampler(pipeline.scheduler)
        others = () if self._keeps_scheduler else (s for s in SAMPLERS if s != own)
        self.samplers = (own, *others)
        self.prediction = None if self._keeps_scheduler else predicts(scheduler_config)
        self.size_multiple = self._latents.size_multiple

    @property
    def takes_negative(self) -> bool:
        is_guided = self._is_guided(self._guidance(2 * _LEAST_GUIDED))
        return is_guided and self._prompts.takes_negative

    def chunks(self, text: str) -> int:
        """None, but for SD 3: T5 and language models know no weights."""
        return self._prompts.chunks(text)

    @torch.no_grad()
    def encode(self, text: str, is_negative: bool, chunks: int = 0) -> dict[str, Any]:
        """Arguments for the call."""
        return self._prompts.arguments(text, is_negative, chunks)

    @torch.no_grad()
    def denoise(
        self,
        sampling: Sampling,
        positive: Mapping[str, Any],
        negative: Mapping[str, Any],
        watch: Watch,
        kept: KeptStep | None = None,
        seeds: Sequence[int] = (),
        prediction: Prediction = AS_FOUND,
    ) -> Sequence["_Called"]:
        """The picture itself. Keeps no steps, so there never is one
        to start from, and takes no batches."""
        assert kept is None
        assert not seeds
        if not self._keeps_scheduler:
            self._pipeline.scheduler = self._scheduler(sampling, prediction)
        arguments = self._arguments(sampling, positive, negative)
        try:
            by_turns = taking_turns(self._denoiser, watch.turns, lambda _, given: given)
            with self._watching(sampling, watch), by_turns, widening(self._vae) as decoder:
                result = _quietly(self._pipeline, arguments)
        except ValueError as error:
            reason = " ".join(str(error).split())[:200].rstrip(".")
            raise RequestError(
                say("This checkpoint cannot render that ({why}).", why=reason)
            ) from error
        pixels = torch.as_tensor(result.images[0]).float().cpu()  # 0 … 1
        return [_Called(pixels * 2.0 - 1.0, decoder is not None and decoder.has_widened)]

    def decode(self, denoised: "_Called", tile_px: int = 0) -> Decoded:
        """The call has decoded already, the whole at once; this only packs the pixels."""
        return Decoded(to_picture(denoised.pixels), has_widened=denoised.has_widened)

    def fit_preview(self) -> LatentPreview | None:
        """None for VAEs whose latents are no plain picture."""
        return self._latents.fit_preview()

    @property
    def _vae(self) -> Any:
        return getattr(self._pipeline, "vae", None)

    @property
    def _denoiser(self) -> Any:
        unet = getattr(self._pipeline, "unet", None)
        return getattr(self._pipeline, "transformer", None) if unet is None else unet

    @property
    def _keeps_scheduler(self) -> bool:
        """Whether no other scheduler may take the place of the pipeline's own.

        Pipelines of several stages hand theirs to the stages when they are made.
        """
        from diffusers.schedulers import KarrasDiffusionSchedulers

        scheduler = self._pipeline.scheduler
        is_flow = scheduler.config.get("prediction_type") == "flow_prediction"
        is_staged = any(name.startswith("prior_") for name in self._pipeline.components)
        is_usual = type(scheduler).__name__ in KarrasDiffusionSchedulers.__members__
        return is_flow or is_staged or not is_usual

    def _scheduler(self, sampling: Sampling, prediction: Prediction) -> Any:
        config = with_prediction(self._scheduler_config, prediction)
        is_own = sampling.sampler == self.samplers[0]
        if is_own and type(self._pipeline).__name__ in _WITH_OWN_STEPS:
            return self._own_scheduler.from_config(config)
        return make_scheduler(sampling.sampler, config, sampling.steps)

    def _arguments(
        self, sampling: Sampling, positive: Mapping[str, Any], negative: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Everything that the pipeline's signature knows, and nothing else."""
        guidance = self._guidance(sampling.guidance_scale)
        # Some pipelines have a negative prompt of their own, which they then see beside ours.
        prompts = {"negative_prompt": None} if "prompt_embeds" in positive else {}
        wanted = {
            **prompts,
            **positive,
            **(negative if self._is_guided(guidance) else {}),
            **guidance,
            "width": sampling.width,
            "height": sampling.height,
            "num_inference_steps": sampling.steps,
            **({} if self._keeps_scheduler else eta_of(sampling.sampler)),
            "generator": torch.Generator("cpu").manual_seed(sampling.seed),
            "use_resolution_binning": False,
            "output_type": "np",
        }
        return {name: value for name, value in wanted.items() if name in self._call}

    def _guidance(self, scale: float) -> dict[str, float]:
        if "true_cfg_scale" not in self._call:
            return {"guidance_scale": scale}
        transformer = getattr(self._pipeline, "transformer", None)
        if transformer is not None and transformer.config.get("guidance_embeds", False):
            return {"guidance_scale": scale, "true_cfg_scale": _LEAST_GUIDED}
        return {"true_cfg_scale": max(scale, _LEAST_GUIDED)}

    def _is_guided(self, guidance: Mapping[str, float]) -> bool:
        scale = guidance.get("true_cfg_scale", guidance.get("guidance_scale", 0.0))
        return scale > self.least_guided

    @contextlib.contextmanager
    def _watching(self, sampling: Sampling, watch: Watch) -> Iterator[None]:
        """Check the token at every step of every scheduler, and report the main one's."""
        with contextlib.ExitStack() as stack:
            for scheduler in self._schedulers():
                is_main = scheduler is self._pipeline.scheduler
                report = self._reporter(scheduler, sampling, watch) if is_main else None
                stack.enter_context(_listening(scheduler, watch, report))
                stack.enter_context(stepping_with(scheduler, watch.guided if is_main else None))
            yield

    def _schedulers(self) -> list[Any]:
        parts = self._pipeline.components.values()
        return [part for part in parts if hasattr(part, "step") and hasattr(part, "timesteps")]

    def _reporter(self, scheduler: Any, sampling: Sampling, watch: Watch) -> "_StepCounter":
        return _StepCounter(self._latents, PredictedImage(scheduler), sampling, watch)


def _quietly(pipeline: Any, arguments: Mapping[str, Any]) -> Any:
    """Some pipelines warn of methods that they alone call."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return pipeline(**arguments)


@dataclass(frozen=True)
class _Called:
    """`pixels`: (height, width, 3) in −1 … 1. `has_widened` as in `Decoded`."""

    pixels: torch.Tensor
    has_widened: bool


class _StepCounter:
    """Counts the steps of one picture and reports them, every other one with a rough picture."""

    def __init__(
        self, latents: ImageLatents, predicted: PredictedImage, sampling: Sampling, watch: Watch
    ) -> None:
        self._latents = latents
        self._predicted = predicted
        self._sampling = sampling
        self._watch = watch
        self._done = 0

    def __call__(self) -> None:
        steps = self._sampling.steps
        self._done = min(self._done + 1, steps)  # some schedulers step twice
        if self._watch.turns is not None:
            self._watch.turns.step = self._done
        is_due = self._done % _PREVIEW_EVERY == 0 and self._done < steps
        seen = self._watch.glimpses.after(Glimpse(shown=self._shown() if is_due else None))
        picture = self._picture(seen.shown) if seen else None
        self._watch.on_progress(Progress(self._done, steps, picture))

    def _shown(self) -> torch.Tensor | None:
        latents, sampling = self._predicted.latents, self._sampling
        if latents is None or self._watch.preview is None:
            return None
        return self._latents.as_image(latents, sampling.width, sampling.height)

    def _picture(self, plain: torch.Tensor | None) -> Picture | None:
        preview = self._watch.preview
        return None if plain is None or preview is None else preview.picture(plain)


@contextlib.contextmanager
def _listening(scheduler: Any, watch: Watch, report: _StepCounter | None) -> Iterator[None]:
    """Wrap `step` of one scheduler object while a picture is made."""
    inner = scheduler.step

    def step(*args: Any, **kwargs: Any) -> Any:
        result = inner(*args, **kwargs)
        watch.token.raise_if_cancelled()
        if is_cheap(result[0]):
            check_finite(result[0])
        if report is not None:
            report()
        return result

    step.__signature__ = inspect.signature(inner)  # type: ignore[attr-defined]
    scheduler.step = step
    try:
        yield
    finally:
        del scheduler.step
