"""Dotted names: PEFT, diffusers' pipeline saves, and diffusers' oldest attention processors."""

import re
from collections.abc import Iterator

from loraviewer.adapters.naming.base import (
    DENOISERS,
    TEXT_ENCODERS,
    Place,
    Spelling,
    original_spelling,
)

_PEFT = "base_model.model."
_MAIN_TEXT_ENCODER = "text_encoder"


class DiffusersConvention:
    """`unet.down_blocks.0.…`, and the bare module path of the denoiser."""

    name = "diffusers"

    def spellings(self, place: Place) -> Iterator[Spelling]:
        for path in place.text_paths or (place.path,):
            yield Spelling(f"{place.component}.{path}")
            if place.is_denoiser or place.component == _MAIN_TEXT_ENCODER:
                yield Spelling(path)
        if place.is_denoiser and place.original:
            yield original_spelling(f"{place.component}.", place.original)

    def recognises(self, group_key: str) -> bool:
        return _PEFT not in group_key and group_key.split(".", 1)[0] in (
            *DENOISERS,
            *TEXT_ENCODERS,
            *("down_blocks", "up_blocks", "mid_block", "text_model"),
            *("transformer_blocks", "single_transformer_blocks"),
        )


class PeftConvention:
    """Raw PEFT saves: `base_model.model.…`, also nested under the component's name."""

    name = "peft"

    def spellings(self, place: Place) -> Iterator[Spelling]:
        prefixes = [f"{place.component}.{_PEFT}", f"{_PEFT}{place.component}."]
        if place.is_denoiser or place.component == _MAIN_TEXT_ENCODER:
            prefixes.append(_PEFT)
        if place.is_denoiser:
            prefixes.append(f"{_PEFT}diffusion_model.")
        for prefix in prefixes:
            yield from (Spelling(prefix + path) for path in place.text_paths or (place.path,))
            if place.original:
                yield original_spelling(prefix, place.original)

    def recognises(self, group_key: str) -> bool:
        return _PEFT in group_key


class OldDiffusersConvention:
    """`….attn1.processor.to_out_lora.down.weight`; text encoders `….self_attn.to_q_lora.…`."""

    name = "diffusers-old"
    _DENOISER = re.compile(r"(.*\.attn[12]?)\.to_(q|k|v|out)(?:\.0)?")
    _TEXT = re.compile(r"(.*\.self_attn)\.(q|k|v|out)_proj")

    def spellings(self, place: Place) -> Iterator[Spelling]:
        if place.is_denoiser and (match := self._DENOISER.fullmatch(place.path)):
            name = f"{match[1]}.processor.to_{match[2]}"
            yield Spelling(name)
            yield Spelling(f"{place.component}.{name}")
        for path in place.text_paths:
            if match := self._TEXT.fullmatch(path):
                yield Spelling(f"{place.component}.{match[1]}.to_{match[2]}")

    def recognises(self, group_key: str) -> bool:
        return ".processor.to_" in group_key or ".self_attn.to_" in group_key
