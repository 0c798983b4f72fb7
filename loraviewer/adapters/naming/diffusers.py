"""Dotted names: PEFT, diffusers' pipeline saves, and diffusers' oldest attention processors."""

import re
from collections.abc import Iterator

from loraviewer.adapters.naming.base import DENOISERS, TEXT_ENCODERS, Place, Spelling

_PEFT = "base_model.model."
_MAIN_TEXT_ENCODER = "text_encoder"


class DiffusersConvention:
    """`unet.down_blocks.0.…`, and the bare module path for the denoiser."""

    name = "diffusers"

    def spellings(self, place: Place) -> Iterator[Spelling]:
        yield Spelling(f"{place.component}.{place.path}")
        if place.component in TEXT_ENCODERS and place.path.startswith("text_model."):
            yield Spelling(f"{place.component}.{place.path.removeprefix('text_model.')}")
        if place.component in (*DENOISERS, _MAIN_TEXT_ENCODER):
            yield Spelling(place.path)

    def recognises(self, group_key: str) -> bool:
        first = group_key.split(".", 1)[0]
        return _PEFT not in group_key and first in (
            *DENOISERS,
            *TEXT_ENCODERS,
            *("down_blocks", "up_blocks", "mid_block", "text_model", "transformer_blocks"),
        )


class PeftConvention:
    """Raw PEFT saves: `base_model.model.…`, also nested under the component's name."""

    name = "peft"

    def spellings(self, place: Place) -> Iterator[Spelling]:
        paths = {place.path: None}
        if place.component in TEXT_ENCODERS:
            paths[place.path.removeprefix("text_model.")] = None
        for path in paths:
            yield Spelling(f"{place.component}.{_PEFT}{path}")
            yield Spelling(f"{_PEFT}{place.component}.{path}")
            if place.component in (*DENOISERS, _MAIN_TEXT_ENCODER):
                yield Spelling(_PEFT + path)

    def recognises(self, group_key: str) -> bool:
        return _PEFT in group_key


class OldDiffusersConvention:
    """`….attn1.processor.to_out_lora.down.weight`; text encoders `….self_attn.to_q_lora.…`."""

    name = "diffusers-old"
    _UNET = re.compile(r"(.*\.attn[12])\.to_(q|k|v|out)(?:\.0)?")
    _TEXT = re.compile(r"(.*\.self_attn)\.(q|k|v|out)_proj")

    def spellings(self, place: Place) -> Iterator[Spelling]:
        if match := self._UNET.fullmatch(place.path):
            name = f"{match[1]}.processor.to_{match[2]}"
            yield Spelling(name)
            yield Spelling(f"{place.component}.{name}")
        if match := self._TEXT.fullmatch(place.path):
            yield Spelling(f"{place.component}.{match[1]}.to_{match[2]}")

    def recognises(self, group_key: str) -> bool:
        return ".processor." in group_key or ".self_attn.to_" in group_key
