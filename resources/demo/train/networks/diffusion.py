"""Noise, the v-target and its weights; and sampling as the shipped pipeline does it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, UNet2DConditionModel
from torch.nn import functional as F  # noqa: N812
from transformers import CLIPTextModel, CLIPTokenizer

from resources.demo.train.workspace import to_bytes

from .tokenizer import tokenize

STEPS = 10
GUIDANCE = 4.0
TIMESTEPS = 1000


def new_scheduler() -> DPMSolverMultistepScheduler:
    """The shipped sampler: DPM++ 2M over Stable Diffusion's betas, velocities predicted."""
    return DPMSolverMultistepScheduler(
        num_train_timesteps=TIMESTEPS,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        timestep_spacing="trailing",
        steps_offset=1,  # unused by this spacing; the pipeline warns about any other value
        algorithm_type="dpmsolver++",
        solver_order=2,
        lower_order_final=True,
    )


@dataclass(frozen=True)
class Noising:
    """The forward process: signal and noise shares per timestep, both (1000,)."""

    signal: torch.Tensor
    noise: torch.Tensor
    weight: torch.Tensor  # min-SNR, gamma 5, for velocities; never below 0.05

    @classmethod
    def standard(cls) -> Noising:
        kept = new_scheduler().alphas_cumprod
        snr = kept / (1 - kept)
        weight = (snr.clamp(max=5) / (snr + 1)).clamp(min=0.05)
        return cls(kept.sqrt(), (1 - kept).sqrt(), weight)

    def mix(self, latents: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
        """Latents (N, 4, H, W) -> noisy latents, timesteps (N,), velocities to predict."""
        count = len(latents)
        # Spread evenly over the batch: the same average, less variance.
        start = torch.rand(1, generator=generator)
        times = ((torch.arange(count) / count + start) % 1 * TIMESTEPS).long()
        eps = torch.randn(latents.shape, generator=generator)
        a, b = self.signal[times].view(-1, 1, 1, 1), self.noise[times].view(-1, 1, 1, 1)
        return a * latents + b * eps, times, a * eps - b * latents

    def loss(self, out: torch.Tensor, target: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        """Weighted squared error, a scalar."""
        each = F.mse_loss(out.float(), target, reduction="none").mean(dim=(1, 2, 3))
        return (each * self.weight[times]).mean()


@dataclass
class Sampler:
    """The demo's parts, put together to draw many prompts at once."""

    unet: UNet2DConditionModel
    text_encoder: CLIPTextModel
    tokenizer: CLIPTokenizer
    vae: AutoencoderKL

    @torch.inference_mode()
    def __call__(
        self,
        prompts: list[str],
        seeds: list[int],
        *,
        steps: int = STEPS,
        guidance: float = GUIDANCE,
        size: int = 128,
        batch: int = 16,
        bf16: bool = True,
    ) -> np.ndarray:
        """One picture per (prompt, seed), uint8 (N, size, size, 3).

        A seed gives the same noise as the pipeline's generator does.
        """
        found = []
        for at in range(0, len(prompts), batch):
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                words, noise = prompts[at : at + batch], seeds[at : at + batch]
                found.append(self._draw(words, noise, steps, guidance, size))
        return np.concatenate(found)

    def _draw(
        self, prompts: list[str], seeds: list[int], steps: int, guidance: float, size: int
    ) -> np.ndarray:
        side, scheduler = size // 4, new_scheduler()
        noise = [torch.randn(1, 4, side, side, generator=torch.manual_seed(s)) for s in seeds]
        latents = torch.cat(noise).to(memory_format=torch.channels_last)
        ids = tokenize(self.tokenizer, [""] * len(prompts) + prompts)
        context = self.text_encoder(ids)[0]  # (2N, 24, 128)
        scheduler.set_timesteps(steps)
        for time in scheduler.timesteps:
            both = self.unet(torch.cat([latents, latents]), time, context).sample.float()
            plain, guided = both.chunk(2)
            velocity = plain + guidance * (guided - plain)
            latents = scheduler.step(velocity, time, latents).prev_sample
        return to_bytes(self.vae.decode(latents).sample)
