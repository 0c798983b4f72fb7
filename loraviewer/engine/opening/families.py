"""What a checkpoint's family decides: its label, usual picture size and usual sampling."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loraviewer.adapters.recognition.pipeline_families import family_of_pipeline
from loraviewer.core.families import USUAL_SAMPLING, family_title
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
            words="weighted",
        )


_BY_CONTEXT_WIDTH = {
    768: ("sd1", "Stable Diffusion 1.x", 512),
    1024: ("sd2", "Stable Diffusion 2.x", 512),
    1280: ("sdxl-refiner", "SDXL refiner", 1024),
    2048: ("sdxl", "Stable Diffusion XL", 1024),
}
"""Width of the text embeddings the UNet attends to → name, label, size if the file tells none."""


_USUAL_SIZE_PX = 1024


def family_of_any(pipeline: Any, sampler: str, size_multiple: int) -> Family:
    """The family of a pipeline that is no Stable Diffusion 1, 2 or XL.

    sampler: the one that the pipeline brings. size_multiple: of width and height, in pixels.
    """
    class_name = type(pipeline).__name__
    name = family_of_pipeline(class_name)
    if class_name.startswith("StableDiffusion") and hasattr(pipeline, "unet"):  # such as PAG's
        return family_of(pipeline.unet.config, pipeline.vae_scale_factor, is_demo=False)
    steps, guidance = _sampling_of(pipeline, name)
    size = _trained_size_px(pipeline) or _USUAL_SIZE_PX
    title = class_name.removesuffix("Pipeline") if name == "unknown" else family_title(name)
    return Family(
        name=name,
        label=title,
        size_px=max(size // size_multiple, 1) * size_multiple,
        steps=steps,
        guidance_scale=guidance,
        sampler=sampler,
    )


def _sampling_of(pipeline: Any, family: str) -> tuple[int, float]:
    """Steps and guidance scale."""
    transformer = getattr(pipeline, "transformer", None)
    is_distilled = "Klein" in type(pipeline).__name__
    if family == "flux1" and not transformer.config.guidance_embeds:  # type: ignore[union-attr]
        return USUAL_SAMPLING["flux1-schnell"]
    if family == "flux2" and is_distilled:
        return USUAL_SAMPLING["flux2-klein"]
    if family in USUAL_SAMPLING:
        return USUAL_SAMPLING[family]
    call = inspect.signature(pipeline.__call__).parameters
    steps, guidance = call.get("num_inference_steps"), call.get("guidance_scale")
    return (
        steps.default if steps and isinstance(steps.default, int) else Family.steps,
        float(guidance.default)
        if guidance and isinstance(guidance.default, int | float)
        else Family.guidance_scale,
    )


def _trained_size_px(pipeline: Any) -> int:
    """Edge in picture pixels; 0 if neither pipeline nor denoiser says one."""
    factor = int(getattr(pipeline, "vae_scale_factor", 8))
    denoiser = getattr(pipeline, "transformer", None) or getattr(pipeline, "unet", None)
    size = getattr(denoiser, "config", {}).get("sample_size")
    size = size or getattr(pipeline, "default_sample_size", 0)
    return size * factor if isinstance(size, int) else 0


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
