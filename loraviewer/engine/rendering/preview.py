"""Rough pictures while denoising: one small linear map from latents to RGB, fitted once."""

from collections.abc import Callable

import torch
from torch.nn.functional import interpolate

from loraviewer.core.picture import Picture
from loraviewer.engine.rendering.finite import check_finite, is_finite

_SAMPLES = 2
_EDGE = 16  # latent pixels; six samples are 11 % nearer, and cost seconds at every load on a CPU
_SEED = 0


class LatentPreview:
    """Latents → RGB by `rgb = [latents, 1] @ map`, at latent resolution.

    The map is the least-squares fit to a few decoded latents, so any VAE with any number of
    channels works; a preview costs one tiny matrix product.
    """

    def __init__(self, to_rgb: torch.Tensor) -> None:
        self._to_rgb = to_rgb  # (channels + 1, 3) on the CPU, float32

    @classmethod
    def fit(cls, decode: Callable[[torch.Tensor], torch.Tensor], channels: int) -> "LatentPreview":
        """decode: (n, channels, h, w) latents, float32 on the CPU → (n, 3, H, W) in −1 … 1."""
        latents = _smooth_noise(channels)
        pictures = decode(latents).float().cpu()
        pictures = interpolate(pictures.clamp(-1, 1), size=latents.shape[-2:], mode="area")
        inputs = _with_ones(latents.permute(0, 2, 3, 1).reshape(-1, channels))
        targets = pictures.permute(0, 2, 3, 1).reshape(-1, 3)
        return cls(torch.linalg.lstsq(inputs, targets).solution)

    def picture(self, latents: torch.Tensor) -> Picture | None:
        """The first of `latents` (batch, channels, h, w) as a picture of w×h pixels; None where
        some of its numbers are infinite or undefined."""
        pixels = latents[0].permute(1, 2, 0).float().cpu()  # (h, w, channels)
        height, width, channels = pixels.shape
        rgb = _with_ones(pixels.reshape(-1, channels)) @ self._to_rgb  # (h·w, 3)
        return to_picture(rgb.reshape(height, width, 3)) if is_finite(rgb) else None


def to_picture(rgb: torch.Tensor) -> Picture:
    """(height, width, 3) in −1 … 1 as 8-bit. Undefined numbers have no colour: `NotFinite`."""
    check_finite(rgb)
    height, width, _ = rgb.shape
    levels = rgb.add(1.0).mul(127.5).round().clamp(0, 255)
    return Picture(width, height, levels.to(torch.uint8).contiguous().numpy().tobytes())


def _smooth_noise(channels: int) -> torch.Tensor:
    """Latents with detail at several sizes, roughly unit variance: (samples, channels, h, w)."""
    generator = torch.Generator().manual_seed(_SEED)
    noise = torch.zeros(_SAMPLES, channels, _EDGE, _EDGE)
    for edge in (1, 2, 4, 8):
        layer = torch.randn(_SAMPLES, channels, edge, edge, generator=generator)
        noise += interpolate(layer, size=(_EDGE, _EDGE), mode="bilinear", align_corners=False)
    return noise / noise.std()


def _with_ones(rows: torch.Tensor) -> torch.Tensor:
    return torch.cat([rows, rows.new_ones(len(rows), 1)], dim=1)
