"""The families of checkpoints by the names the code uses, and by the titles people read.

One table for detection, engine and window. Free of torch.
"""

from collections.abc import Mapping, Sequence

from loraviewer.core.sentences import say

UNKNOWN = "unknown"
DEMO = "demo"

FAMILY_TITLES: Mapping[str, str] = {
    "sd1": "SD 1.5",
    "sd2": "SD 2.x",
    "sdxl": "SDXL",
    "sdxl-refiner": say("SDXL refiner"),
    "sd3": "SD 3",
    "flux1": "Flux.1",
    "flux2": "Flux.2",
    "chroma": "Chroma",
    "qwen-image": "Qwen-Image",
    "z-image": "Z-Image",
    "krea2": "Krea 2",
    "anima": "Anima",
    "lumina2": "Lumina 2",
    "hunyuan-image": "HunyuanImage",
    "hunyuan-dit": "HunyuanDiT",
    "auraflow": "AuraFlow",
    "cascade": "Stable Cascade",
    "cogview4": "CogView4",
    "hidream": "HiDream",
    "kandinsky3": "Kandinsky 3",
    "kolors": "Kolors",
    "pixart": "PixArt",
    "sana": "Sana",
    DEMO: say("the demo"),
}
"""Family → what a sentence calls it, as in “made for SDXL; the base is SD 1.5”."""

VIDEO_TITLES: Mapping[str, str] = {
    "animatediff": "AnimateDiff",
    "cogvideox": "CogVideoX",
    "cosmos": "Cosmos",
    "hunyuan-video": "HunyuanVideo",
    "ltx-video": "LTX-Video",
    "mochi": "Mochi",
    "svd": "Stable Video Diffusion",
    "wan": "Wan",
}
"""Families that are recognised, but whose checkpoints are no base here."""

USUAL_SAMPLING: Mapping[str, tuple[int, float]] = {
    "sd3": (28, 4.5),
    "flux1": (28, 3.5),
    "flux1-schnell": (4, 0.0),
    "flux2": (28, 4.0),
    "flux2-klein": (4, 1.0),
    "chroma": (28, 4.0),
    "lumina2": (30, 4.0),
    "qwen-image": (30, 4.0),
    "z-image": (9, 0.0),
    "kolors": (50, 5.0),
}
"""Steps and guidance as their authors recommend."""


IN_FLOAT16 = frozenset({"kolors"})
"""Families beside SD 1, SD 2 and SDXL that were published to be computed in float16; in others,
activations overflow there."""


def family_title(family: str) -> str:
    """The title of a family; a name without one is its own title."""
    return FAMILY_TITLES.get(family) or VIDEO_TITLES.get(family, family)


def is_known(family: str) -> bool:
    """Whether a family was recognised, so that a sentence may name it."""
    return family not in ("", UNKNOWN)


def are_strangers(families: Sequence[str], base_family: str) -> bool:
    """Whether the base's family is none of those that an adapter may have been made for. Where
    either is not known, nobody is a stranger."""
    known = tuple(filter(is_known, families))
    return bool(known) and is_known(base_family) and base_family not in known
