"""Text as A1111 writes it: by itself, Forge, SD.Next, Fooocus, Civitai, and savers of ComfyUI."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from loraviewer.core.foreign.civitai import CIVITAI, Resources, resources_of
from loraviewer.core.foreign.infotext import Infotext, read_infotext
from loraviewer.core.foreign.picture import (
    ForeignAdapter,
    ReadPicture,
    file_stem,
    hashes_of,
    listed,
)
from loraviewer.core.foreign.samplers import known_sampler
from loraviewer.core.foreign.tags import TaggedPrompt, read_tags
from loraviewer.core.foreign.values import number, whole
from loraviewer.core.plain_values import is_table
from loraviewer.core.sentences import say

_READ = {
    *("Steps", "Sampler", "Schedule type", "Scheduler", "CFG scale", "Distilled CFG Scale"),
    *("Seed", "Size", "Model", "Model hash", "Lora hashes", "LoRA hashes", "Lora weights"),
    *("Hashes", CIVITAI, "Raw prompt", "Raw negative prompt"),
}
_WITHOUT_EFFECT = {
    *("Version", "App", "Backend", "Civitai metadata", "Created Date", "User", "Performance"),
    *("Pipeline", "Parser", "Index", "Batch size", "Batch pos", "Comment", "clipSkip", "Emphasis"),
    "LoRA networks",  # SD.Next's list of the tags in the prompt
}
_PROGRAMS = {"loraviewer": "loraviewer", "Fooocus": "Fooocus", "ComfyUI": "ComfyUI"}
"""How versions begin → whose they are."""
_USUAL: Mapping[str, frozenset[str]] = {
    "Clip skip": frozenset({"1", "0"}),
    "Operations": frozenset({"txt2img", "none"}),
    "Batch": frozenset({"1x1"}),
    "VAE": frozenset({"Automatic", "None", "Default (model)"}),
    "Denoising strength": frozenset({"1", "1.0"}),
}
_SIZE = re.compile(r"(\d{1,6})\s?[x×]\s?(\d{1,6})")


def read_a1111(text: str) -> ReadPicture | None:
    """None where it has no line of settings, so that nothing tells that it is such a text."""
    info = read_infotext(text)
    if not info.settings:
        return None
    tagged = read_tags(info.prompt)
    resources = resources_of(info.settings.get(CIVITAI), tagged.adapters)
    sampler, odd_sampler = _sampler(info.settings)
    size = _size(info.settings.get("Size"))
    adapters, odd_adapters = _adapters(info.settings, tagged, resources)
    odd = [*tagged.not_understood, odd_sampler, *odd_adapters, *resources.not_understood]
    return ReadPicture(
        source=_source(info.settings),
        prompt=tagged.prompt,
        negative=info.negative or "",
        seed=whole(info.settings.get("Seed")),
        steps=whole(info.settings.get("Steps")),
        sampler=sampler,
        guidance=_guidance(info.settings),
        width=size[0] if size else None,
        height=size[1] if size else None,
        loras=adapters,
        model=file_stem(_text(info.settings, "Model")) or resources.model,
        model_hash=_model_hash(info.settings),
        not_understood=listed([phrase for phrase in (*odd, *_left(info)) if phrase]),
    )


def _source(settings: Mapping[str, Any]) -> str:
    version = _text(settings, "Version")
    if _text(settings, "App").replace(" ", "").lower() in ("sd.next", "sdnext"):
        return "SD.Next"
    for start, name in _PROGRAMS.items():
        if version.startswith(start):
            return name
    if re.match(r"f\d", version) or version.startswith(("neo", "forge")):
        return "Forge"
    if re.match(r"v?\d", version):
        return "A1111"
    return "Civitai" if CIVITAI in settings else say("A1111’s text")


def _sampler(settings: Mapping[str, Any]) -> tuple[str, str]:
    schedule = _text(settings, "Schedule type") or _text(settings, "Scheduler")
    return known_sampler(_text(settings, "Sampler"), schedule)


def _guidance(settings: Mapping[str, Any]) -> float | None:
    """Models that were distilled take theirs as an input, and are run without the other."""
    scale, distilled = number(settings.get("CFG scale")), _distilled(settings)
    return distilled if distilled is not None and scale == 1.0 else scale


def _distilled(settings: Mapping[str, Any]) -> float | None:
    return number(settings.get("Distilled CFG Scale"))


def _size(value: object) -> tuple[int, int] | None:
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    return (int(match[1]), int(match[2])) if match else None


def _model_hash(settings: Mapping[str, Any]) -> str:
    in_table = settings.get("Hashes")
    other = in_table.get("model") if is_table(in_table) else None
    return next(iter(hashes_of(settings.get("Model hash"), other)), "")


def _adapters(
    settings: Mapping[str, Any], tagged: TaggedPrompt, resources: Resources
) -> tuple[tuple[ForeignAdapter, ...], list[str]]:
    """Those of the tags with their hashes; and which hashes nothing says the strength of."""
    hashes = _adapter_hashes(settings)
    weights = {_plain(n): (n, w) for n, w in _pairs(settings.get("Lora weights")).items()}
    found = [*tagged.adapters, *resources.adapters]
    known = {_plain(adapter.name) for adapter in found}
    for name, (shown, said) in weights.items():
        value = number(said)
        if name not in known and value is not None:
            found.append(ForeignAdapter(name=file_stem(shown), scale=value))
            known.add(name)
    strangers = sorted(hashes.keys() - known)
    odd: list[str] = [
        say("the strength of “{name}”, of which only the hash is told", name=name)
        for name in strangers
    ]
    return tuple(_with_hashes(adapter, hashes) for adapter in found), odd


def _with_hashes(adapter: ForeignAdapter, hashes: Mapping[str, tuple[str, ...]]) -> ForeignAdapter:
    own = (*adapter.hashes, *hashes.get(_plain(adapter.name), ()))
    return msgspec.structs.replace(adapter, hashes=own)


def _adapter_hashes(settings: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """By plain name."""
    found: dict[str, tuple[str, ...]] = {}
    lists = [_pairs(settings.get(key)) for key in ("Lora hashes", "LoRA hashes")]
    pairs: list[tuple[str, Any]] = [pair for one in lists for pair in one.items()]
    table = settings.get("Hashes")
    if is_table(table):
        named = [(str(key).split(":", 1), value) for key, value in table.items()]
        pairs += [(k[1], v) for k, v in named if len(k) == 2 and k[0].lower() in ("lora", "lyco")]
    for name, digits in pairs:
        plain = _plain(name)
        found[plain] = (*found.get(plain, ()), *hashes_of(digits))
    return {name: digits for name, digits in found.items() if digits}


def _pairs(value: object) -> dict[str, str]:
    """Of `name: value, name: value`; names may hold colons."""
    parts = value.split(",") if isinstance(value, str) else ()
    split = (part.rpartition(":") for part in parts)
    return {name.strip(): last.strip() for name, _, last in split if name.strip()}


def _plain(name: str) -> str:
    """As A1111 writes names into lists: without what ends them."""
    return file_stem(name).replace(":", "").replace(",", "").strip().casefold()


def _text(settings: Mapping[str, Any], key: str) -> str:
    value = settings.get(key, "")
    return value.strip() if isinstance(value, str) else ""


def _left(info: Infotext) -> list[str]:
    """What may count for the picture and is no setting here."""
    left = [f"{key}: {value}" for key, value in info.settings.items() if _counts(key, value)]
    unread = [
        f"{key}: {info.settings[key]}"
        for key, value in (
            ("Seed", whole(info.settings.get("Seed"))),
            ("Steps", whole(info.settings.get("Steps"))),
            ("CFG scale", number(info.settings.get("CFG scale"))),
            ("Size", _size(info.settings.get("Size"))),
        )
        if key in info.settings and value is None
    ]
    distilled = _distilled(info.settings)
    if distilled is not None and _guidance(info.settings) != distilled:
        unread.append(f"Distilled CFG Scale: {distilled:g}")
    return [*unread, *left, *info.rest]


def _counts(key: str, value: object) -> bool:
    is_usual = str(value).strip() in _USUAL.get(key, frozenset())
    return key not in _READ and key not in _WITHOUT_EFFECT and not is_usual
