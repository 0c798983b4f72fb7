"""What a checkpoint's family decides: its label, usual picture size and usual sampling."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loraviewer.core.request import Sampling


@dataclass(frozen=True)
class Family:
    """`name` as `inspect` prints it. Sizes in picture pixels."""

    name: str
    label: str
    size_px: int
    steps: int = 25
    guidance_scale: float = 7.0
    sampler: str = "DPM++ 2M"

    def sampling(self) -> Sampling:
        """The sampling a new prompt starts from."""
        return Sampling(
            steps=self.steps,
            guidance_scale=self.guidance_scale,
            sampler=self.sampler,
            width=self.size_px,
            height=self.size_px,
        )


_BY_CONTEXT_WIDTH = {
    768: ("sd1", "Stable Diffusion 1.x", 512),
    1024: ("sd2", "Stable Diffusion 2.x", 512),
    1280: ("sdxl-refiner", "SDXL refiner", 1024),
    2048: ("sdxl", "Stable Diffusion XL", 1024),
}
"""Width of the text embeddings the UNet attends to → name, label, size if the file tells none."""


def family_of(unet_config: Mapping[str, Any], vae_factor: int, is_demo: bool) -> Family:
    """The family of a UNet's configuration.

    vae_factor: picture pixels per latent pixel. is_demo: the checkpoint lists the words it knows,
    as the bundled one does.
    """
    size = _size_px(unet_config, vae_factor)
    if is_demo:
        return Family("demo", "loraviewer demo", size or 128, steps=10, guidance_scale=4.0)
    known = _BY_CONTEXT_WIDTH.get(_context_width(unet_config))
    if known is None:
        return Family("unknown", "Stable Diffusion of unusual size", size or 512)
    name, label, usual_size = known
    return Family(name, label, size or usual_size)


def _context_width(unet_config: Mapping[str, Any]) -> int:
    width = unet_config.get("cross_attention_dim", 0)
    return width if isinstance(width, int) else max(width, default=0)


def _size_px(unet_config: Mapping[str, Any], vae_factor: int) -> int:
    """The size the UNet was trained at, a multiple of 8; 0 if its configuration has none."""
    size = unet_config.get("sample_size") or 0
    edge = size if isinstance(size, int) else max(size, default=0)
    return edge * vae_factor // 8 * 8
