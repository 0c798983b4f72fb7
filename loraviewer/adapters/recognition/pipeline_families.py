"""Which family a pipeline of diffusers belongs to, by the name of its class. Free of torch."""

from collections.abc import Mapping

from loraviewer.core.families import UNKNOWN

_FAMILY_OF_START: Mapping[str, str] = {
    "StableDiffusion3": "sd3",
    "Flux2": "flux2",
    "Flux": "flux1",
    "Chroma": "chroma",
    "QwenImage": "qwen-image",
    "ZImage": "z-image",
    "Krea2": "krea2",
    "Lumina2": "lumina2",
    "HunyuanImage": "hunyuan-image",
    "HunyuanDiT": "hunyuan-dit",
    "HiDream": "hidream",
    "PixArt": "pixart",
    "Sana": "sana",
    "AuraFlow": "auraflow",
    "KandinskyV22": "kandinsky2.2",
    "Kandinsky3": "kandinsky3",
    "Kolors": "kolors",
    "CogView4": "cogview4",
    "Wan": "wan",
    "HunyuanVideo": "hunyuan-video",
    "LTX": "ltx-video",
    "Mochi": "mochi",
    "Cosmos": "cosmos",
    "CogVideoX": "cogvideox",
    "StableVideoDiffusion": "svd",
    "AnimateDiff": "animatediff",
}
"""Beginnings of class names; the longer of two that fit decides."""

ALSO_FROM_TEXT: Mapping[str, str] = {
    "StableDiffusionImg2ImgPipeline": "StableDiffusionPipeline",
    "LatentConsistencyModelPipeline": "StableDiffusionPipeline",
    "StableDiffusionXLImg2ImgPipeline": "StableDiffusionXLPipeline",
}
"""Pipelines of the same components → the one that renders from text."""

STABLE_DIFFUSION = frozenset(ALSO_FROM_TEXT.values())
"""Classes of SD 1, SD 2 and SDXL, which have their own way of rendering."""


def family_of_pipeline(class_name: str) -> str:
    """The family, or "unknown" where the class does not decide it: SD 1, SD 2 and SDXL share
    theirs, so their UNet must be asked."""
    starts = [start for start in _FAMILY_OF_START if class_name.startswith(start)]
    return _FAMILY_OF_START[max(starts, key=len)] if starts else UNKNOWN
