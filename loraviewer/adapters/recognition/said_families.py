"""Which family of base the texts of an adapter name, however people write it.

Only letters and digits count: `Flux.2-klein-4b`, `FLUX_2` and `flux2` are one word. Facts: what
kohya, OneTrainer, ai-toolkit, PEFT and Civitai write, and the repositories of the published models.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from loraviewer.adapters.about.metadata import onetrainer
from loraviewer.adapters.configuration.file_configuration import Said
from loraviewer.core.families import DEMO
from loraviewer.core.sentences import say

_SQUEEZED: tuple[tuple[str, str], ...] = (
    ("ponyv7|ponydiffusionv7|auraflow", "auraflow"),
    ("xl(?:v1|base)?refiner|sdxl10refiner", "sdxl-refiner"),
    ("stablediffusionxl|sdxl|pony|illustrious|noobai|animagine|animapencil|ssd1b", "sdxl"),
    ("stablediffusion3|sdv?3", "sd3"),
    ("stablediffusionv?2|sdv?2|sdturbo|v21?(?:512|768)", "sd2"),
    ("stablediffusionv?1|sdv?1|v1[1-5](?:pruned|ema)|v1inference|animefull", "sd1"),
    (r"flux2(?!0\d)|klein[49]b", "flux2"),
    ("krea2", "krea2"),
    ("flux", "flux1"),
    ("chroma", "chroma"),
    ("qwen", "qwen-image"),
    ("zimage", "z-image"),
    ("anima(?!t)", "anima"),
    ("lumina", "lumina2"),
    ("hunyuanimage", "hunyuan-image"),
    ("hunyuanvideo", "hunyuan-video"),
    ("hunyuandit", "hunyuan-dit"),
    ("^wan|wan2|wanvideo|wanai", "wan"),
    ("stablecascade", "cascade"),
    ("kolors", "kolors"),
    ("pixart", "pixart"),
    ("hidream", "hidream"),
    ("cogview4", "cogview4"),
    ("cogvideo", "cogvideox"),
    ("kandinsky3", "kandinsky3"),
    ("ltxv|ltxvideo|^ltx", "ltx-video"),
    ("^sana|nvlabssana", "sana"),
    ("^loraviewerdemo$", DEMO),
)
_RULES = tuple((re.compile(pattern), family) for pattern, family in _SQUEEZED)
"""The first that fits decides, so the more special ones stand first."""

_SLASHES, _OTHERS = re.compile(r"[/\\]"), re.compile(r"[^a-z0-9]")
_LONGEST = 400
"""Letters of a text that are looked at; names of bases are shorter."""

_FIELDS = ("ss_base_model_version", "modelspec.architecture", "base_model", "baseModel")
_NAMES = ("ss_sd_model_name", "base_model_name_or_path")
"""Names and paths of files: less sure, since people call a file as they like."""

_Told = tuple[str, str]


def said_family(text: str) -> str:
    """The family that a text names, "" where it names none. Of a path, the last part that names
    one: folders around it say less."""
    for part in reversed(_SLASHES.split(text[:_LONGEST])):
        squeezed = _OTHERS.sub("", part.lower())
        for pattern, family in _RULES if squeezed else ():
            if pattern.search(squeezed):
                return family
    return ""


def said_families(metadata: Mapping[str, str], bases: Sequence[Said] = ()) -> Iterator[_Told]:
    """What the metadata says, the surest first, as family and as sentence. `bases`: what
    configurations and files beside it call the base."""
    for text in (metadata.get(field, "") for field in _FIELDS):
        yield from _told(text, _said)
    trainer = onetrainer(metadata.get("ot_config", ""))
    yield from _told(trainer.model_type, _said)
    if metadata.get("ss_v2") == "True":
        yield "sd2", say("its metadata says that it was trained on SD 2.x")
    for text in (*(metadata.get(field, "") for field in _NAMES), trainer.base_model_name):
        yield from _told(text, _named, is_path=True)
    for base in bases:
        yield from _told(base.value, partial(_named_at, base.place), is_path=True)


def _told(text: str, sentence: Callable[[str], str], *, is_path: bool = False) -> Iterator[_Told]:
    family = said_family(text)
    if family:
        # Where it lay on the trainer's own disk is nobody's business.
        shown = "/".join(_SLASHES.split(text)[-2:]) if is_path else text
        yield family, sentence(shown[:80])


def _said(text: str) -> str:
    return say("its metadata says “{text}”", text=text)


def _named(base: str) -> str:
    return say("its metadata names “{base}” as its base", base=base)


def _named_at(place: str, base: str) -> str:
    return say("{place} names “{base}” as its base", place=place, base=base)
