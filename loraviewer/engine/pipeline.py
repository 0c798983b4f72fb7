"""The four stages of one picture as plain functions over a checkpoint: encode, denoise, decode."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Progress
from loraviewer.core.picture import Picture
from loraviewer.core.request import Sampling
from loraviewer.engine.checkpoint import Checkpoint
from loraviewer.engine.preview import LatentPreview, to_picture
from loraviewer.engine.samplers import PredictedImage, make_scheduler

_PREVIEW_EVERY = 2  # steps


@dataclass(frozen=True)
class PromptEmbedding:
    """One prompt as the denoiser sees it. `pooled` only where it takes one (SDXL)."""

    sequence: torch.Tensor  # (1, tokens, width)
    pooled: torch.Tensor | None = None  # (1, width)


@torch.no_grad()
def encode_prompt(checkpoint: Checkpoint, text: str, is_negative: bool) -> PromptEmbedding:
    """Run the text encoders. An empty negative prompt follows the checkpoint's own rule."""
    pipeline = checkpoint.pipeline
    device = checkpoint.compute.device
    if not checkpoint.has_pooled_prompts:
        sequence, _ = pipeline.encode_prompt(text, device, 1, False)
        return PromptEmbedding(sequence)
    sequence, _, pooled, _ = pipeline.encode_prompt(
        text, device=device, num_images_per_prompt=1, do_classifier_free_guidance=False
    )
    if is_negative and not text and pipeline.config.force_zeros_for_empty_prompt:
        return PromptEmbedding(torch.zeros_like(sequence), torch.zeros_like(pooled))
    return PromptEmbedding(sequence, pooled)


@torch.no_grad()
def denoise(
    checkpoint: Checkpoint,
    sampling: Sampling,
    positive: PromptEmbedding,
    negative: PromptEmbedding,
    token: CancelToken,
    on_progress: Callable[[Progress], None],
    preview: LatentPreview,
) -> torch.Tensor:
    """Latents of one picture, (1, channels, h, w). `Cancelled` after any step.

    The noise comes from a fresh CPU generator, so the same seed starts every device and every
    pane alike.
    """
    pipeline = checkpoint.pipeline
    scheduler = make_scheduler(sampling.sampler, checkpoint.scheduler_config, sampling.steps)
    pipeline.scheduler = scheduler
    generator = torch.Generator("cpu").manual_seed(sampling.seed)
    result = pipeline(
        prompt_embeds=positive.sequence,
        negative_prompt_embeds=negative.sequence,
        **_pooled(positive, negative),
        latents=_noise(checkpoint, sampling, generator),
        generator=generator,
        width=sampling.width,
        height=sampling.height,
        num_inference_steps=sampling.steps,
        guidance_scale=sampling.guidance_scale,
        output_type="latent",
        return_dict=False,
        callback_on_step_end=_StepReporter(
            sampling.steps, token, on_progress, preview, PredictedImage(scheduler)
        ),
        callback_on_step_end_tensor_inputs=[],
    )
    return result[0]


@torch.no_grad()
def decode(checkpoint: Checkpoint, latents: torch.Tensor) -> Picture:
    """Latents → picture through the VAE."""
    image = decode_latents(checkpoint, latents)[0]  # (3, height, width)
    return to_picture(image.permute(1, 2, 0).float().cpu())


@torch.no_grad()
def decode_latents(checkpoint: Checkpoint, latents: torch.Tensor) -> torch.Tensor:
    """(n, channels, h, w) denoised latents → (n, 3, H, W) in about −1 … 1."""
    vae = checkpoint.pipeline.vae
    config = vae.config
    # SDXL's VAE overflows in half precision; its configuration says so.
    is_upcast = vae.dtype == torch.float16 and bool(config.force_upcast)
    if is_upcast:
        vae.to(torch.float32)
    try:
        scaled = latents.to(checkpoint.compute.device, vae.dtype) / config.scaling_factor
        if config.latents_mean is not None and config.latents_std is not None:
            mean = scaled.new_tensor(config.latents_mean).view(1, -1, 1, 1)
            std = scaled.new_tensor(config.latents_std).view(1, -1, 1, 1)
            scaled = scaled * std + mean
        return vae.decode(scaled, return_dict=False)[0]
    finally:
        if is_upcast:
            vae.to(torch.float16)


def fit_preview(checkpoint: Checkpoint) -> LatentPreview:
    """The preview map of this checkpoint's VAE."""
    channels = checkpoint.pipeline.vae.config.latent_channels
    return LatentPreview.fit(lambda latents: decode_latents(checkpoint, latents), channels)


class _StepReporter:
    """Called by the pipeline after every step: checks the token, reports, sometimes previews."""

    def __init__(
        self,
        steps: int,
        token: CancelToken,
        on_progress: Callable[[Progress], None],
        preview: LatentPreview,
        predicted: PredictedImage,
    ) -> None:
        self._steps = steps
        self._token = token
        self._on_progress = on_progress
        self._preview = preview
        self._predicted = predicted

    def __call__(self, pipeline: Any, step: int, timestep: Any, tensors: dict) -> dict:
        self._token.raise_if_cancelled()
        done = step + 1
        is_due = done % _PREVIEW_EVERY == 0 and done < self._steps
        latents = self._predicted.latents if is_due else None
        picture = self._preview.picture(latents) if latents is not None else None
        self._on_progress(Progress(done, self._steps, picture))
        return tensors


def _pooled(positive: PromptEmbedding, negative: PromptEmbedding) -> dict[str, torch.Tensor]:
    if positive.pooled is None or negative.pooled is None:
        return {}
    return {
        "pooled_prompt_embeds": positive.pooled,
        "negative_pooled_prompt_embeds": negative.pooled,
    }


def _noise(checkpoint: Checkpoint, sampling: Sampling, generator: torch.Generator) -> torch.Tensor:
    """Unit noise in latent pixels, drawn in float32 on the CPU whatever the device."""
    factor = checkpoint.pipeline.vae_scale_factor
    channels = checkpoint.pipeline.unet.config.in_channels
    shape = (1, channels, sampling.height // factor, sampling.width // factor)
    noise = torch.randn(shape, generator=generator, dtype=torch.float32)
    return noise.to(checkpoint.compute.device, checkpoint.compute.dtype)
