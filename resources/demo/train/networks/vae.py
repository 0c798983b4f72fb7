"""The demo's AutoencoderKL: 128x128 pictures <-> latents (4, 32, 32) with mean 0 and spread 1."""

from __future__ import annotations

import time

import numpy as np
import torch
from diffusers import AutoencoderKL
from diffusers.models.downsampling import Downsample2D
from diffusers.models.resnet import ResnetBlock2D
from torch import nn
from torch.nn import functional as F  # noqa: N812

from resources.demo.train.workspace import (
    BUILD,
    HELD_OUT_SEED,
    STYLE_COUNT,
    STYLE_SEED,
    VAE_COUNT,
    VAE_SEED,
    Clock,
    figures,
    log,
    note,
    pictures,
    to_bytes,
    to_floats,
)

WEIGHTS = BUILD / "vae.pt"
FOLDED = BUILD / "vae-folded.pt"
PEAK_RATE = 1.2e-3
TUNING_RATE = 1e-3
FINE = ("manga", "neon")  # the finest strokes: tuned on three times as often as other styles
WHOLE_SHARE = 0.8  # of the time, on crops; then on whole pictures
LOG_VARIANCE = -12.0  # the folded posterior's, so that sampling it is as good as its mean


def new_vae() -> AutoencoderKL:
    """An untrained autoencoder, f = 4."""
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(32, 64, 96),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=8,
        mid_block_add_attention=False,
        sample_size=128,
        scaling_factor=1.0,
    )
    start_as_average(vae)
    return vae


@torch.no_grad()
def start_as_average(vae: AutoencoderKL) -> None:
    """Start near "average-pool, nearest-upsample": the residual blocks begin as the identity."""
    for module in vae.modules():
        if isinstance(module, ResnetBlock2D):
            nn.init.zeros_(module.conv2.weight)
            if module.conv_shortcut is not None:
                nn.init.dirac_(module.conv_shortcut.weight)
        elif isinstance(module, Downsample2D):
            module.conv.weight *= 0.1
            for channel, kernel in enumerate(module.conv.weight):
                kernel[channel, :2, :2] += 0.25
    encoder, decoder = vae.encoder, vae.decoder
    ends = [encoder.conv_in, encoder.conv_out, decoder.conv_in, decoder.conv_out]
    ups = [up.conv for block in decoder.up_blocks for up in block.upsamplers or ()]
    for conv in (*ends, *ups, vae.quant_conv, vae.post_quant_conv):
        conv.weight.copy_(0.1 * conv.weight + nn.init.dirac_(torch.empty_like(conv.weight)))


def load_vae() -> AutoencoderKL:
    """The trained autoencoder, float32, ready to use."""
    vae = new_vae().requires_grad_(False).eval()
    vae.load_state_dict(torch.load(FOLDED))
    return vae.to(memory_format=torch.channels_last)


def _crops(source: np.ndarray, rng: np.random.Generator, count: int, size: int) -> torch.Tensor:
    """`count` random size x size crops, half of them mirrored -> (count, 3, size, size)."""
    rows = rng.integers(0, len(source), count)
    tops, lefts = rng.integers(0, 129 - size, (2, count))
    cut = [source[i, t : t + size, x : x + size] for i, t, x in zip(rows, tops, lefts, strict=True)]
    cut = [c[:, ::-1] if rng.random() < 0.5 else c for c in cut]
    return to_floats(np.stack(cut))


def _loss(out: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """L1, squared error (what the decibels count) and L1 of the finite differences."""
    dx = F.l1_loss(out[..., 1:] - out[..., :-1], target[..., 1:] - target[..., :-1])
    dy = F.l1_loss(out[..., 1:, :] - out[..., :-1, :], target[..., 1:, :] - target[..., :-1, :])
    return F.l1_loss(out, target) + 5 * F.mse_loss(out, target) + 0.25 * (dx + dy)


def _reconstruct(vae: AutoencoderKL, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Picture and latent means; a little noise on the latents makes the decoder forgiving."""
    latents = vae.encode(batch).latent_dist.mean.float()
    spread = latents.detach().std(dim=(0, 2, 3), keepdim=True)
    noisy = latents + 0.02 * spread * torch.randn_like(latents)
    return vae.decode(noisy).sample.float(), latents


def _sources(styles: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Pictures to train on, uint8 (N, 128, 128, 3), and the base's among them."""
    base = pictures("base", VAE_COUNT, VAE_SEED)[0]
    parts = [pictures(style, STYLE_COUNT, STYLE_SEED)[0][:1200] for style in styles]
    return np.concatenate([base, *parts]), base


def _save(vae: AutoencoderKL, optimizer: torch.optim.Optimizer, **counters: float) -> None:
    """Everything a resume needs."""
    kept = {"raw": vae.state_dict(), "optimizer": optimizer.state_dict(), **counters}
    torch.save(kept, WEIGHTS)


def train(styles: tuple[str, ...], minutes: float) -> None:
    """Train on crops of the base's and every style's pictures, anneal, fold and save."""
    torch.manual_seed(0)
    source, base = _sources(styles)
    vae = new_vae().train().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(vae.parameters(), PEAK_RATE, betas=(0.9, 0.98), fused=True)
    step, seen, spoken, clock = 0, 0, 0.0, Clock(minutes)
    if WEIGHTS.exists():
        kept = torch.load(WEIGHTS)
        vae.load_state_dict(kept["raw"])
        optimizer.load_state_dict(kept["optimizer"])
        step, seen, clock.spent = kept["step"], kept["seen"], kept["spent"]
    rng = np.random.default_rng(step)
    while clock.share < 1:
        size, batch = (64, 16) if clock.share < WHOLE_SHARE else (128, 4)
        target = _crops(source, rng, batch, size)
        for group in optimizer.param_groups:
            group["lr"] = clock.rate(PEAK_RATE) * min(1.0, (step + 1) / 50)
        with torch.autocast("cpu", torch.bfloat16):
            out, latents = _reconstruct(vae, target)
        loss = _loss(out, target) + 1e-4 * latents.square().mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        step, seen = step + 1, seen + batch
        if time.monotonic() - spoken > 30:
            spoken = time.monotonic()
            error = F.mse_loss(out.detach(), target).item() / 4
            log("vae", step=step, seen=seen, share=round(clock.share, 3),
                loss=round(loss.item(), 4), decibels=round(-10 * np.log10(error), 2))  # fmt: skip
            _save(vae, optimizer, step=step, seen=seen, spent=clock.seconds)
    fold(vae.eval(), base[np.random.default_rng(0).permutation(len(base))[:512]])
    torch.save(vae.state_dict(), FOLDED)
    note("vae", minutes=minutes, steps=step, crops=seen, decibels=measure(styles))


def tune_decoder(styles: tuple[str, ...], minutes: float, more: bool = False) -> None:
    """Go on with the decoder alone; the latents stay as they are, so a UNet stays valid.

    more: once again, at half the rate.
    """
    torch.manual_seed(0)
    source, _ = _sources((*styles, *FINE, *FINE))
    vae, rng, clock, step = load_vae().train(), np.random.default_rng(1 + more), Clock(minutes), 0
    learnt = [*vae.decoder.parameters(), *vae.post_quant_conv.parameters()]
    optimizer = torch.optim.AdamW(
        [weight.requires_grad_() for weight in learnt], TUNING_RATE, betas=(0.9, 0.98), fused=True
    )
    peak = TUNING_RATE / (2 if more else 1)
    while clock.share < 1:
        target = _crops(source, rng, 32, 64)
        for group in optimizer.param_groups:
            group["lr"] = clock.rate(peak, warm=0.03)
        with torch.autocast("cpu", torch.bfloat16):
            with torch.no_grad():
                latents = vae.encode(target).latent_dist.mean.float()
            out = vae.decode(latents + 0.03 * torch.randn_like(latents)).sample.float()
        loss = _loss(out, target)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        optimizer.step()
        step += 1
        if step % 100 == 0:
            log("decoder", step=step, share=round(clock.share, 3), loss=round(loss.item(), 4))
    torch.save(vae.requires_grad_(False).eval().state_dict(), FOLDED)
    before = figures().get("decoder", {}) if more else {}
    note("decoder", minutes=before.get("minutes", 0) + minutes,
         steps=before.get("steps", 0) + step)  # fmt: skip
    note("vae", decibels=measure(styles))


@torch.no_grad()
def fold(vae: AutoencoderKL, sample: np.ndarray) -> None:
    """Move the latents' mean and spread into quant_conv and post_quant_conv, in place.

    quant_conv is (8, 8, 1, 1): rows 0-3 are the mean's, rows 4-7 the log variance's.
    """
    chunks = [vae.encode(to_floats(part)).latent_dist.mean for part in np.array_split(sample, 16)]
    latents = torch.cat(chunks)  # (N, 4, 32, 32)
    mean, spread = latents.mean(dim=(0, 2, 3)), latents.std(dim=(0, 2, 3))
    into, back = vae.quant_conv, vae.post_quant_conv
    into.weight[:4] /= spread.view(4, 1, 1, 1)
    into.bias[:4] = (into.bias[:4] - mean) / spread
    into.weight[4:] = 0
    into.bias[4:] = LOG_VARIANCE
    back.bias += back.weight.flatten(1) @ mean  # (4, 4) @ (4,)
    back.weight *= spread.view(1, 4, 1, 1)


@torch.no_grad()
def measure(styles: tuple[str, ...], count: int = 64) -> dict[str, float]:
    """Decibels over 8-bit pictures never trained on: mean of the pictures' PSNR, per style."""
    vae, found = load_vae(), {}
    for style in ("base", *styles):
        drawn = pictures(style, count, HELD_OUT_SEED)[0]
        out = torch.cat([encode_decode(vae, part) for part in np.array_split(drawn, 8)])
        error = (to_bytes(out).astype(np.float64) - drawn) ** 2
        each = 10 * np.log10(255**2 / np.maximum(error.mean(axis=(1, 2, 3)), 1e-3))
        found[style] = round(float(each.mean()), 2)
    log("vae-held-out", **found)
    return found


def encode_decode(vae: AutoencoderKL, drawn: np.ndarray) -> torch.Tensor:
    """uint8 (N, H, W, 3) -> float (N, 3, H, W), through the latents."""
    return vae.decode(vae.encode(to_floats(drawn)).latent_dist.mean).sample


@torch.no_grad()
def encode_all(vae: AutoencoderKL, drawn: np.ndarray, size: int = 128) -> torch.Tensor:
    """uint8 (N, 128, 128, 3) -> latent means fp16 (N, 4, size / 4, size / 4).

    A smaller size averages pixels first, as a small picture would show the same scene.
    """
    found = []
    for start in range(0, len(drawn), 64):
        batch = to_floats(drawn[start : start + 64])
        if size < 128:
            batch = F.avg_pool2d(batch, 128 // size)
        with torch.autocast("cpu", torch.bfloat16):
            found.append(vae.encode(batch).latent_dist.mean.half())
    return torch.cat(found)
