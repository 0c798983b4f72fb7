"""Which adapters are for few steps, by what their files are called and say of themselves.

Only where nothing speaks against it: a name that says LCM and beside it nothing but bases, versions
and numbers. A person or a style whose name has “turbo” or “hyper” in it is offered nothing.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath

import msgspec

from loraviewer.core.draft_ways import ACCELERATIONS, MOST_STEPS, DraftWay
from loraviewer.core.reports import AdapterSummary
from loraviewer.core.sentences import say

_BASES = (
    r"sd|sd1|sd15|sdv1|sdv15|sd2|sd21|sdv2|sd3|sd35|sdxl|xl|ssd|ssd1b|flux|flux1|qwen|qwenimage"
    r"|pixart|sana|kolors|chroma|stable|diffusion|demo"
)
_PLAIN = re.compile(
    rf"(?:{_BASES}|lcm|lightning|hyper|dmd2?|turbo|tcd|pcm|hypersd|hypersdxl|hyperflux|animatelcm"
    r"|loras?|locon|lycoris|weights?|pytorch|safetensors|unet|base|model|adapter|step|steps"
    r"|\d{1,2}steps?|v?\d{1,4}|v\d+[a-z]?|\d+b|r\d+|rank\d*|dim\d*|fp\d+|bf16|f16|int8|e4m3fn|scaled"
    r"|image|edit|plus|dev|schnell|krea|medium|large|alpha|beta|final|original|official|converted"
    r"|compressed|extracted|distill(?:ed|ation)?|accelerat(?:ion|or|ed)|fast|euler|ddim|flowmatch"
    r"|smallcfg|normalcfg|cfg|deterministic|stochastic|latent|consistency|phased|trajectory|t2i|t2v"
    r"|kohya|diffusers|comfyui|comfy|kijai|bytedance|tianweiy|alimama|creative|lightx2v|h1t"
    r"|wangfuyun|lcmlike|for|and)"
)
"""Words of a name that say nothing of what is to be seen."""

_MARKS: tuple[tuple[str, str], ...] = (
    (r"\b(?:lcm|animatelcm|latent consistency)\b", "lcm"),
    (r"\bdmd2\b", "dmd2"),
    (r"\btcd\b", "tcd"),
    (r"\bpcm\b.*\bnormalcfg\b", "pcm-cfg"),
    (r"\bpcm\b", "pcm"),
    (r"\bhyper ?(?:sd|sdxl|flux|sd15|sd3)\d*\b.*\bcfg\b", "hyper-cfg"),
    (r"\bhyper ?(?:sd|sdxl|flux|sd15|sd3)\d*\b", "hyper"),
    (r"\b(?:sdxl|xl|image|sd|qwen|flux|plus|edit) lightning\b", "lightning"),
    (r"\blightning (?:[1248]\b|[1248] ?steps?\b|\w+ [1248] ?steps?\b|lora\b)", "lightning"),
    (r"\b(?:sdxl|xl|sd|flux|flux1|\d|dev|medium|large) turbo\b", "turbo"),
    (r"\bturbo (?:alpha|lora|sdxl|sd|xl|flux|flux1)\b", "turbo"),
)
"""What a name must say, in lower case, its words a space apart; the first counts."""

_STEPS = re.compile(r"\b(\d{1,2}) ?steps?\b|\blightning (\d)\b(?! ?step)")
_NO_NAME = re.compile(r"(?:pytorch_lora_weights|diffusion_pytorch_model|adapter_model|model|lora)")
"""Files that are all called so: their folder has the name."""

_SAID: Mapping[str, str] = {
    "ss_output_name": say("What its trainer wrote it as"),
    "modelspec.title": say("Its title"),
    "title": say("Its title"),
    "name": say("Its title"),
}


class Recognised(msgspec.Struct, frozen=True):
    """`evidence`: one sentence."""

    way: DraftWay
    evidence: str

    @property
    def title(self) -> str:
        return ACCELERATIONS[self.way.kind].title


def recognised(summary: AdapterSummary) -> Recognised | None:
    """How an adapter hastens pictures; None where nothing says so. What several places say, the
    file's own name says first."""
    found = ((where, text, way_in(text)) for where, text in _names(summary))
    for where, text, way in found:
        if way is not None:
            sentence = say("{where} is “{name}”.", where=where, name=text)
            return Recognised(way, sentence)
    return None


def way_in(name: str) -> DraftWay | None:
    """What a name says of few steps; None where it says anything else as well."""
    spaced = _spaced(name)
    kind = next((kind for mark, kind in _MARKS if re.search(mark, spaced)), "")
    if not kind or not all(map(_PLAIN.fullmatch, spaced.split())):
        return None
    found = _STEPS.search(spaced)
    steps = int(found[1] or found[2]) if found else 0
    return DraftWay(kind, steps if steps <= MOST_STEPS else 0)


def _names(summary: AdapterSummary) -> Iterator[tuple[str, str]]:
    """Where a name stands, and the name."""
    path = PurePath(summary.path)
    yield say("Its file’s name"), path.stem
    if _NO_NAME.fullmatch(path.stem.lower()):
        yield say("Its folder’s name"), path.parent.name
    if summary.title:
        yield say("Its title"), summary.title
    for key, where in _SAID.items():
        if key in summary.metadata:
            yield where, summary.metadata[key]
    # One word may be anything that it was trained to show.
    yield from ((say("A trigger word"), w) for w in summary.trigger_words if len(w.split()) > 1)


def _spaced(name: str) -> str:
    lowered = re.sub(r"\.(?:safetensors|ckpt|pt)$", "", name.lower())
    lowered = re.sub(r"\b(sdv?\d)[-_.](\d)\b", r"\1\2", re.sub(r"[_/]", " ", lowered))
    return " ".join(re.findall(r"[^\W_]+", lowered))
