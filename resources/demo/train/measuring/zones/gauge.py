"""The one-step change of the demo's network: eight latents on the base's own way, three steps."""

from __future__ import annotations

import torch

from loraviewer.lab.one_step import Probe, Reference
from resources.demo.train.drawing.scenes import BACKGROUNDS, COLOURS, SUBJECTS
from resources.demo.train.measuring.prompts import prompt
from resources.demo.train.networks.diffusion import GUIDANCE, STEPS, Sampler, new_scheduler
from resources.demo.train.networks.tokenizer import tokenize

PROMPTS = tuple(
    prompt(SUBJECTS[(5 * i) % 14], BACKGROUNDS[i % 7], COLOURS[(3 * i) % 10]) for i in range(8)
)
PROBED = (2, 5, 8)  # of ten steps
FIRST_SEED = 90_000
SIDE = 32  # of the latents


class Guided:
    """A `Denoise` of the sampler's network with whatever is merged into it now, in float32."""

    def __init__(self, sampler: Sampler) -> None:
        self._unet = sampler.unet
        ids = tokenize(sampler.tokenizer, [""] * len(PROMPTS) + list(PROMPTS))
        with torch.no_grad():
            self._context = sampler.text_encoder(ids)[0]

    def __call__(self, latents: torch.Tensor, timestep: float) -> torch.Tensor:
        both = self._unet(torch.cat([latents, latents]), timestep, self._context).sample
        plain, guided = both.chunk(2)
        return plain + GUIDANCE * (guided - plain)


def reference(sampler: Sampler) -> Reference:
    """The base must be without a stack."""
    denoise = Guided(sampler)
    return Reference.of(_probes(denoise), denoise)


@torch.no_grad()
def _probes(denoise: Guided) -> list[Probe]:
    scheduler = new_scheduler()
    scheduler.set_timesteps(STEPS)
    seeds = range(FIRST_SEED, FIRST_SEED + len(PROMPTS))
    noise = [torch.randn(1, 4, SIDE, SIDE, generator=torch.manual_seed(s)) for s in seeds]
    latents, found = torch.cat(noise), list[Probe]()
    for i, time in enumerate(scheduler.timesteps):
        if i in PROBED:
            found.append(Probe(time.item(), latents))
        latents = scheduler.step(denoise(latents, time.item()), time, latents).prev_sample
    return found


def in_noise(changes: list[float], reference: Reference) -> list[float]:
    """From changes of the velocity to those of the noise that it stands for (ε = αv + σz)."""
    kept = new_scheduler().alphas_cumprod
    found = []
    for change, probe, output in zip(changes, reference.probes, reference.outputs, strict=True):
        alpha = kept[int(probe.timestep)].sqrt().double()
        sigma = (1 - alpha**2).sqrt()
        noise = alpha * output + sigma * probe.latents.double()
        found.append(float(change * alpha * output.norm() / noise.norm()))
    return found
