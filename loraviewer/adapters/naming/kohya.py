"""Flat names as kohya's sd-scripts, LyCORIS and OneTrainer write them (diffusers words)."""

from collections.abc import Iterator

from loraviewer.adapters.naming.base import DENOISERS, Place, Spelling

_TEXT_PREFIXES = {
    "text_encoder": ("lora_te_", "lora_te1_"),
    "text_encoder_2": ("lora_te2_",),
    "text_encoder_3": ("lora_te3_",),
}


class KohyaConvention:
    """`lora_unet_down_blocks_0_attentions_0_proj_in`, `lora_te_text_model_encoder_layers_0_…`."""

    name = "kohya"

    def spellings(self, place: Place) -> Iterator[Spelling]:
        if place.component in DENOISERS:
            yield Spelling("lora_unet_" + place.flat)
        if place.component == "transformer":
            yield Spelling("lora_transformer_" + place.flat)
        for prefix in _TEXT_PREFIXES.get(place.component, ()):
            yield Spelling(prefix + place.flat)

    def recognises(self, group_key: str) -> bool:
        return group_key.startswith(("lora_unet_", "lora_te", "lora_transformer_"))


class LycorisConvention:
    """The LyCORIS wrapper's names: `lycoris_down_blocks_0_attentions_0_proj_in`."""

    name = "lycoris"

    def spellings(self, place: Place) -> Iterator[Spelling]:
        if place.component in DENOISERS or place.component == "text_encoder":
            yield Spelling("lycoris_" + place.flat)

    def recognises(self, group_key: str) -> bool:
        return group_key.startswith("lycoris_")


def kohya_name(component: str, path: str, has_second_text_encoder: bool) -> str:
    """The one spelling that `export` writes; `path` is canonical."""
    flat = path.replace(".", "_")
    if component == "text_encoder":
        return ("lora_te1_" if has_second_text_encoder else "lora_te_") + flat
    if component in _TEXT_PREFIXES:
        return _TEXT_PREFIXES[component][0] + flat
    return "lora_unet_" + flat
