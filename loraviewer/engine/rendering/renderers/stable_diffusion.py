"""SD 1, SD 2 and SDXL: prompt embeddings, noise and sampler are made here, latents are decoded
here."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from loraviewer.core.decoding import pixel_bytes
from loraviewer.core.outcome import NotFinite, Progress
from loraviewer.core.picture import Picture
from loraviewer.core.prediction import AS_FOUND, Prediction
from loraviewer.core.prompt_weights import MOST_CHUNKS
from loraviewer.core.request import SAMPLERS, Sampling
from loraviewer.engine.device import Compute
from loraviewer.engine.rendering.finite import check_finite, is_cheap, widening
from loraviewer.engine.rendering.glimpses import Glimpse
from loraviewer.engine.rendering.preview import LatentPreview, to_picture
from loraviewer.engine.rendering.prompt_chunks import chunker_of
from loraviewer.engine.rendering.renderers.base import Decoded, Watch
from loraviewer.engine.rendering.renderers.guided_output import stepping_with
from loraviewer.engine.rendering.renderers.kept_steps import KeptStep, ResumedScheduler
from loraviewer.engine.rendering.renderers.taking_turns import Turn, taking_turns
from loraviewer.engine.rendering.samplers import (
    PredictedImage,
    eta_of,
    make_scheduler,
    predicts,
    with_prediction,
)
from loraviewer.engine.rendering.weighted_prompts import WeightedPrompts

_PREVIEW_EVERY = 2  # steps


@dataclass(frozen=True)
class PromptEmbedding:
    """One prompt as the denoiser sees it. `pooled` only where it takes one (SDXL)."""

    sequence: torch.Tensor  # (1, tokens, width)
    pooled: torch.Tensor | None = None  # (1, width)


class StableDiffusionRenderer:
    """Implements `Renderer`. `scheduler_config` is the checkpoint's own."""

    samplers = SAMPLERS
    size_multiple = 8
    takes_batches = True
    least_guided = 1.0
    changes_prompts = True

    def __init__(self, pipeline: Any, scheduler_config: dict[str, Any], compute: Compute) -> None:
        self._pipeline = pipeline
        self._scheduler_config = scheduler_config
        self.prediction = predicts(scheduler_config)
        self._compute = compute
        self._chunker = chunker_of(pipeline)

    @property
    def takes_negative(self) -> bool:
        """A UNet that was distilled to take the guidance runs without classifier-free guidance."""
        return self._pipeline.unet.config.time_cond_proj_dim is None

    def chunks(self, text: str) -> int:
        return 0 if self._chunker is None else len(self._chunker.chunks(text)[:MOST_CHUNKS])

    @torch.no_grad()
    def encode(self, text: str, is_negative: bool, chunks: int = 0) -> PromptEmbedding:
        """Run the text encoders. An empty negative prompt follows the checkpoint's own rule."""
        sequence, pooled = self._encoded(text, chunks)
        config = self._pipeline.config
        if pooled is not None and is_negative and not text and config.force_zeros_for_empty_prompt:
            return PromptEmbedding(torch.zeros_like(sequence), torch.zeros_like(pooled))
        return PromptEmbedding(sequence, pooled)

    def _encoded(self, text: str, chunks: int) -> tuple[torch.Tensor, torch.Tensor | None]:
        pipeline, device = self._pipeline, self._compute.device
        if chunks and self._chunker is not None:
            return WeightedPrompts(pipeline, self._chunker, device).encoded(text, chunks)
        if not hasattr(pipeline, "text_encoder_2"):
            return pipeline.encode_prompt(text, device, 1, False)[0], None
        sequence, _, pooled, _ = pipeline.encode_prompt(
            text, device=device, num_images_per_prompt=1, do_classifier_free_guidance=False
        )
        return sequence, pooled

    @torch.no_grad()
    def denoise(
        self,
        sampling: Sampling,
        positive: PromptEmbedding,
        negative: PromptEmbedding,
        watch: Watch,
        kept: KeptStep | None = None,
        seeds: Sequence[int] = (),
        prediction: Prediction = AS_FOUND,
    ) -> Sequence[torch.Tensor]:
        """Latents of each picture, (1, channels, h, w).

        The noise comes from a fresh CPU generator each, so the same seed starts every device, every
        pane and every batch alike. kept: run only the steps after this one, of a picture of the
        same sampling.
        """
        if kept is not None:
            run = _resume(kept, sampling, watch)
        else:
            config = with_prediction(self._scheduler_config, prediction)
            run = self._start(sampling, watch, seeds or (sampling.seed,), config)
        self._pipeline.scheduler = run.offered
        try:
            turned = taking_turns(self._pipeline.unet, watch.turns, run.with_prompts)
            with turned, stepping_with(run.offered, watch.guided):
                result = self._called(sampling, positive, negative, run)
        finally:
            self._pipeline.scheduler = run.scheduler  # one that diffusers can save
        return result[0].split(1)

    @property
    def pixel_bytes(self) -> int:
        """Of the last block, which works at picture size on the channels of the one before."""
        vae = self._pipeline.vae
        channels = vae.config.block_out_channels[:2][-1]
        dtype = _stored_dtype(vae)
        is_upcast = dtype == torch.float16 and bool(vae.config.force_upcast)
        return pixel_bytes(channels, 4 if is_upcast else dtype.itemsize)

    @torch.no_grad()
    def decode(self, denoised: torch.Tensor, tile_px: int = 0) -> Decoded:
        """Latents → picture through the VAE; seams of tiles are blended."""
        vae = self._pipeline.vae
        with widening(vae) as decoder, _tiled(vae, tile_px, self._pipeline.vae_scale_factor):
            image = self._decode_latents(denoised)[0]  # (3, height, width)
        picture = to_picture(image.permute(1, 2, 0).float().cpu())
        return Decoded(picture, tile_px, decoder is not None and decoder.has_widened)

    def fit_preview(self) -> LatentPreview | None:
        """The preview map of this checkpoint's VAE; None where that gives no finite numbers."""
        vae = self._pipeline.vae
        try:
            with widening(vae):
                return LatentPreview.fit(self._decode_latents, vae.config.latent_channels)
        except NotFinite:
            return None

    @torch.no_grad()
    def _decode_latents(self, latents: torch.Tensor) -> torch.Tensor:
        """(n, channels, h, w) denoised latents → (n, 3, H, W) in about −1 … 1."""
        vae = self._pipeline.vae
        config = vae.config
        # SDXL's VAE overflows in half precision; its configuration says so.
        dtype = _stored_dtype(vae)
        is_upcast = dtype == torch.float16 and bool(config.force_upcast)
        if is_upcast:
            vae.to(torch.float32)
        try:
            working = torch.float32 if is_upcast else dtype
            scaled = latents.to(self._compute.device, working) / config.scaling_factor
            if config.latents_mean is not None and config.latents_std is not None:
                mean = scaled.new_tensor(config.latents_mean).view(1, -1, 1, 1)
                std = scaled.new_tensor(config.latents_std).view(1, -1, 1, 1)
                scaled = scaled * std + mean
            return vae.decode(scaled, return_dict=False)[0]
        finally:
            if is_upcast:
                vae.to(torch.float16)

    def _called(
        self,
        sampling: Sampling,
        positive: PromptEmbedding,
        negative: PromptEmbedding,
        run: "_Run",
    ) -> tuple[torch.Tensor, ...]:
        """Latents first, (pictures, channels, h, w)."""
        return self._pipeline(
            **_prompts(positive, negative, len(run.generators)),
            latents=run.latents,
            generator=run.generators,
            width=sampling.width,
            height=sampling.height,
            num_inference_steps=sampling.steps,
            guidance_scale=sampling.guidance_scale,
            **eta_of(sampling.sampler),
            output_type="latent",
            return_dict=False,
            callback_on_step_end=run.on_step,
            callback_on_step_end_tensor_inputs=["latents"],
        )

    def _start(
        self, sampling: Sampling, watch: Watch, seeds: Sequence[int], config: dict[str, Any]
    ) -> "_Run":
        scheduler = make_scheduler(sampling.sampler, config, sampling.steps)
        generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
        latents = torch.cat([self._noise(sampling, generator) for generator in generators])
        return _Run(sampling.steps, watch, scheduler, scheduler, generators, latents)

    def _noise(self, sampling: Sampling, generator: torch.Generator) -> torch.Tensor:
        """Unit noise in latent pixels, drawn in float32 on the CPU whatever the device."""
        factor = self._pipeline.vae_scale_factor
        channels = self._pipeline.unet.config.in_channels
        shape = (1, channels, sampling.height // factor, sampling.width // factor)
        noise = torch.randn(shape, generator=generator, dtype=torch.float32)
        return noise.to(self._compute.device, self._compute.dtype)


def _stored_dtype(vae: torch.nn.Module) -> torch.dtype:
    """Of its first weight that is a float. Diffusers would search all modules for hooks before
    that, several times for each picture."""
    return next(p.dtype for p in vae.parameters() if p.is_floating_point())


@dataclass
class _Run:
    """Pictures under way, one for each generator. The pipeline steps the scheduler that is
    `offered`, and calls `on_step`. `steps`: of the whole schedule, `done` of them before."""

    steps: int
    watch: Watch
    offered: Any
    scheduler: Any
    generators: list[torch.Generator]
    latents: torch.Tensor  # (pictures, channels, h, w), where they start
    done: int = 0

    def __post_init__(self) -> None:
        self._predicted = PredictedImage(self.scheduler)
        if self.watch.turns is not None:
            self.watch.turns.step = self.done

    def with_prompts(self, turn: Turn, given: dict[str, Any]) -> dict[str, Any]:
        """Keyword arguments of the UNet with the prompts of a turn, laid out as the pipeline lays
        them out: the negative ones first, where the guidance takes any."""
        given_sequence: torch.Tensor = given["encoder_hidden_states"]
        count = len(self.generators)
        turns = (turn.negative, turn.positive) if len(given_sequence) > count else (turn.positive,)
        sequence = _rows([t.sequence for t in turns], count).to(given_sequence)
        changed = {**given, "encoder_hidden_states": sequence}
        if turn.positive.pooled is not None:
            pooled = _rows([t.pooled for t in turns], count)
            changed["added_cond_kwargs"] = {**given["added_cond_kwargs"], "text_embeds": pooled}
        return changed

    def on_step(self, pipeline: Any, step: int, timestep: Any, tensors: dict) -> dict:
        """Check the token and the numbers, keep the step, report, sometimes with a preview."""
        self.watch.token.raise_if_cancelled()
        done = self.done + step + 1
        is_last = done == self.steps
        is_due = (step + 1) % _PREVIEW_EVERY == 0 and not is_last
        seen = self._seen(tensors["latents"], is_due=is_due)
        check_finite(seen.checked)
        if self.watch.turns is not None:
            self.watch.turns.step = done
        if self.watch.keeper is not None and not is_last:
            self.watch.keeper.keep(done, tensors["latents"], self.scheduler, self.generators[0])
        self.watch.on_progress(
            Progress(step + 1, self.steps - self.done, self._preview(seen.shown))
        )
        return {}

    def _seen(self, latents: torch.Tensor, *, is_due: bool) -> Glimpse:
        """Of this step, or on a card of the one before."""
        checked = latents if is_due or is_cheap(latents) else None
        shown = self._predicted.latents if is_due and self.watch.preview else None
        return self.watch.glimpses.after(Glimpse(checked, shown)) or Glimpse()

    def _preview(self, latents: torch.Tensor | None) -> Picture | None:
        preview = self.watch.preview
        return preview.picture(latents) if latents is not None and preview else None


def _resume(kept: KeptStep, sampling: Sampling, watch: Watch) -> _Run:
    offered = ResumedScheduler(kept)
    return _Run(
        sampling.steps, watch, offered, offered.inner, [kept.generator()], kept.latents, kept.done
    )


@contextlib.contextmanager
def _tiled(vae: Any, edge_px: int, factor: int) -> Iterator[None]:
    """Decode in tiles of so many picture pixels; 0 leaves the VAE as it is."""
    if not edge_px:
        yield
        return
    before = vae.tile_sample_min_size, vae.tile_latent_min_size
    vae.tile_sample_min_size, vae.tile_latent_min_size = edge_px, edge_px // factor
    vae.enable_tiling()
    try:
        yield
    finally:
        vae.disable_tiling()
        vae.tile_sample_min_size, vae.tile_latent_min_size = before


def _rows(embeddings: Sequence[torch.Tensor], count: int) -> torch.Tensor:
    """Each of them, (1, …), once for each picture, one below the other: (n · count, …)."""
    return torch.cat([embedding.repeat_interleave(count, dim=0) for embedding in embeddings])


def _prompts(
    positive: PromptEmbedding, negative: PromptEmbedding, count: int
) -> dict[str, torch.Tensor]:
    """Arguments of the call, the same prompt for each picture."""
    embeddings = {
        "prompt_embeds": positive.sequence,
        "negative_prompt_embeds": negative.sequence,
        "pooled_prompt_embeds": positive.pooled,
        "negative_pooled_prompt_embeds": negative.pooled,
    }
    return {
        name: tensor.repeat_interleave(count, dim=0)
        for name, tensor in embeddings.items()
        if tensor is not None
    }
