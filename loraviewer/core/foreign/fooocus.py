"""The JSON that Fooocus writes under `parameters`; its other scheme is A1111's text."""

import re
from collections.abc import Mapping
from typing import Any

from loraviewer.core.foreign.picture import (
    ForeignAdapter,
    ReadPicture,
    file_stem,
    hashes_of,
    listed,
)
from loraviewer.core.foreign.samplers import known_sampler
from loraviewer.core.foreign.values import number, parsed_json, whole
from loraviewer.core.plain_values import is_array, is_table
from loraviewer.core.sentences import say

_MARKS = ("guidance_scale", "base_model", "metadata_scheme", "full_prompt", "performance")
_READ = {
    *("prompt", "full_prompt", "negative_prompt", "full_negative_prompt", "seed", "steps"),
    *("sampler", "scheduler", "guidance_scale", "resolution", "loras", "base_model"),
    "base_model_hash",
}
_WITHOUT_EFFECT = {"version", "metadata_scheme", "created_by", "performance", "prompt_expansion"}
_SIZE = re.compile(r"\(?\s*(\d{1,6})\s*[,x×]\s*(\d{1,6})\s*\)?")
_EMPTY = ("", "None", "[]", None)
_USUAL: Mapping[str, tuple[object, ...]] = {
    "vae": ("Default (model)", "Default"),
    "clip_skip": (2, "2"),  # the last layer but one, as of every SDXL base
}


def read_fooocus(text: str) -> ReadPicture | None:
    """None for any other text."""
    values = parsed_json(text) if text.lstrip().startswith("{") else None
    if not is_table(values) or sum(mark in values for mark in _MARKS) < 2:
        return None
    sampler, odd_sampler = known_sampler(_plain(values, "sampler"), _plain(values, "scheduler"))
    size = _SIZE.fullmatch(_plain(values, "resolution"))
    adapters, odd_adapters = _adapters(values)
    odd = [odd_sampler, *odd_adapters, *_left(values)]
    return ReadPicture(
        source="Fooocus",
        prompt=_words(values, "prompt"),
        negative=_words(values, "negative_prompt") or "",
        seed=whole(values.get("seed")),
        steps=whole(values.get("steps")),
        sampler=sampler,
        guidance=number(values.get("guidance_scale")),
        width=int(size[1]) if size else None,
        height=int(size[2]) if size else None,
        loras=adapters,
        model=file_stem(_plain(values, "base_model")),
        model_hash=next(iter(hashes_of(values.get("base_model_hash"))), ""),
        not_understood=listed([phrase for phrase in odd if phrase]),
    )


def _words(values: Mapping[str, Any], key: str) -> str | None:
    """What was encoded, with the words of its styles; else what was typed."""
    full = values.get(f"full_{key}")
    if is_array(full) and full and all(isinstance(part, str) for part in full):
        return ", ".join(full)
    typed = values.get(key)
    return typed if isinstance(typed, str) else None


def _adapters(values: Mapping[str, Any]) -> tuple[tuple[ForeignAdapter, ...], list[str]]:
    """From `loras`, (name, strength, hash) each; older: `lora_combined_1: "name : 0.5"`."""
    found: list[ForeignAdapter] = []
    odd: list[str] = []
    rows = values.get("loras")
    for row in rows if is_array(rows) else _combined(values):
        parts = list(row) if is_array(row) else []
        scale = number(parts[1]) if len(parts) > 1 else None
        if scale is None or not isinstance(parts[0], str):
            odd.append(say("the adapter {adapter}", adapter=str(row)))
        else:
            hashes = hashes_of(*parts[2:3])
            found.append(ForeignAdapter(name=file_stem(parts[0]), scale=scale, hashes=hashes))
    return tuple(found), odd


def _combined(values: Mapping[str, Any]) -> list[list[str]]:
    texts = [values[key] for key in values if key.startswith("lora_combined_")]
    split = (str(text).rpartition(" : ") for text in texts)
    return [[name, scale] for name, _, scale in split]


def _left(values: Mapping[str, Any]) -> list[str]:
    left = [
        f"{key}: {value}"
        for key, value in values.items()
        if key not in _READ | _WITHOUT_EFFECT
        and value not in _EMPTY
        and value not in _USUAL.get(key, ())
        and not key.startswith("lora_combined_")
    ]
    unread = {"seed": whole, "steps": whole, "guidance_scale": number}
    return left + [
        f"{key}: {values[key]}"
        for key, read in unread.items()
        if key in values and read(values[key]) is None
    ]


def _plain(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key, "")
    return value.strip() if isinstance(value, str) else ""
