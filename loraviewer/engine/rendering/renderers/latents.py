"""Latents of the various pipelines as one plain picture, for rough previews while denoising."""

from typing import Any

import torch

from loraviewer.core.outcome import NotFinite
from loraviewer.engine.rendering.finite import widening
from loraviewer.engine.rendering.preview import LatentPreview

_PLAIN_VAES = frozenset({"AutoencoderKL", "AutoencoderDC"})
_FRAME_VAES = frozenset({"AutoencoderKLQwenImage", "AutoencoderKLWan"})
"""VAEs of single pictures, and of films whose first frame is one."""

_PACKED_EDGE = 2
"""Flux and Qwen-Image pack 2×2 latent pixels into one token."""


class ImageLatents:
    """What a pipeline's latents look like. `size_multiple` in picture pixels."""

    def __init__(self, pipeline: Any, device: torch.device) -> None:
        self._vae = getattr(pipeline, "vae", None)
        self._device = device
        self._factor = int(getattr(pipeline, "vae_scale_factor", 8))
        self.size_multiple = self._factor * max(_patch_edge(pipeline), 1)

    def fit_preview(self) -> LatentPreview | None:
        """The preview map of the VAE; None where its latents are of another kind, and where it
        gives no finite numbers."""
        channels = self._channels
        if channels is None:
            return None
        try:
            with widening(self._vae):
                return LatentPreview.fit(self._decode, channels)
        except NotFinite:
            return None

    def as_image(self, latents: torch.Tensor, width: int, height: int) -> torch.Tensor | None:
        """(1, channels, h, w) of what a scheduler sees; None if that is something else."""
        channels = self._channels
        if latents.ndim == 5 and latents.shape[2] == 1:
            latents = latents[:, :, 0]
        if latents.ndim == 3:
            latents = self._unpacked(latents, width, height)
        is_plain = latents.ndim == 4 and latents.shape[1] == channels
        return latents if is_plain else None

    def _unpacked(self, tokens: torch.Tensor, width: int, height: int) -> torch.Tensor:
        """(1, tokens, channels · 4) → (1, channels, h, w), tokens by rows."""
        edge = self._factor * _PACKED_EDGE
        rows, columns = height // edge, width // edge
        if tokens.shape[1] != rows * columns or tokens.shape[2] % _PACKED_EDGE**2:
            return tokens
        grid = tokens[:1].reshape(1, rows, columns, -1, _PACKED_EDGE, _PACKED_EDGE)
        grid = grid.permute(0, 3, 1, 4, 2, 5)
        return grid.reshape(1, -1, rows * _PACKED_EDGE, columns * _PACKED_EDGE)

    @property
    def _channels(self) -> int | None:
        if type(self._vae).__name__ not in _PLAIN_VAES | _FRAME_VAES:
            return None
        config = self._vae.config  # type: ignore[union-attr]
        return config.get("latent_channels") or config.get("z_dim")

    @torch.no_grad()
    def _decode(self, latents: torch.Tensor) -> torch.Tensor:
        """(n, channels, h, w) denoised latents → (n, 3, H, W) in about −1 … 1."""
        vae: Any = self._vae
        config = vae.config
        scaled = latents.to(self._device, vae.dtype) / (config.get("scaling_factor") or 1.0)
        scaled = scaled + (config.get("shift_factor") or 0.0)
        if config.get("latents_mean") is not None and config.get("latents_std") is not None:
            mean = scaled.new_tensor(config["latents_mean"]).view(1, -1, 1, 1)
            scaled = scaled * scaled.new_tensor(config["latents_std"]).view(1, -1, 1, 1) + mean
        if type(vae).__name__ in _FRAME_VAES:
            return vae.decode(scaled[:, :, None], return_dict=False)[0][:, :, 0]
        return vae.decode(scaled, return_dict=False)[0]


def _patch_edge(pipeline: Any) -> int:
    """Latent pixels along the edge of what the denoiser takes as one token."""
    if hasattr(pipeline, "_pack_latents"):
        return _PACKED_EDGE
    config = getattr(getattr(pipeline, "transformer", None), "config", {})
    patch = config.get("patch_size") or config.get("all_patch_size") or 1
    if isinstance(patch, int):
        return patch
    return max((size for size in patch if isinstance(size, int)), default=1)
