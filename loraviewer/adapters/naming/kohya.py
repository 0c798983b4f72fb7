"""Flat names, in which "." became "_": kohya's sd-scripts, the LyCORIS wrapper, OneTrainer."""

from collections.abc import Iterator, Mapping

from loraviewer.adapters.naming.base import CLIP, Place, Spelling, original_spelling
from loraviewer.adapters.originals.layouts import LDM

_DENOISER_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "unet": ("lora_unet_", "oft_unet_"),
    "transformer": ("lora_unet_", "oft_unet_", "lora_unet__"),
    "prior": ("lora_prior_unet_",),
}
"""`oft_…` is kohya's OFT, the double underscore that of Wan-Fun."""

_CLIP_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "text_encoder": ("lora_te_", "lora_te1_", "oft_te_", "oft_te1_", "lora_prior_te_"),
    "text_encoder_2": ("lora_te2_", "oft_te2_"),
    "text_encoder_3": ("lora_te3_",),
    "text_encoder_4": ("lora_te4_",),
}
_ANY_TEXT_PREFIXES = tuple(f"lora_te{n}_" for n in ("", 1, 2, 3, 4))
"""T5 is te2 for OneTrainer and te3 for kohya: what is no CLIP is known by the rest of its names."""

_LDM_STARTS = tuple(
    prefix + word
    for prefix in _DENOISER_PREFIXES["unet"]
    for word in (
        *("input_blocks_", "output_blocks_", "middle_block_"),
        *("time_embed_0", "time_embed_2", "label_emb_", "out_"),
    )
)
_FLAT_STARTS = ("lora_unet_", "lora_te", "oft_unet_", "oft_te", "lora_prior_")


def _flat(path: str) -> str:
    return path.replace(".", "_")


class KohyaConvention:
    """`lora_unet_down_blocks_0_attentions_0_proj_in`, `lora_unet_double_blocks_0_img_attn_qkv`,
    `lora_te_text_model_encoder_layers_0_…`."""

    name = "kohya"

    def spellings(self, place: Place) -> Iterator[Spelling]:
        for prefix in _DENOISER_PREFIXES.get(place.component, ()):
            yield Spelling(prefix + _flat(place.path))
            if place.original and place.network.architecture != LDM:
                yield original_spelling(prefix, place.original, is_flat=True)
        for prefix in _text_prefixes(place):
            yield from (Spelling(prefix + _flat(path)) for path in place.text_paths)

    def recognises(self, group_key: str) -> bool:
        return group_key.startswith(_FLAT_STARTS)


def _text_prefixes(place: Place) -> tuple[str, ...]:
    if place.network.text_kind in (CLIP, ""):
        return _CLIP_PREFIXES.get(place.component, ())
    return _ANY_TEXT_PREFIXES


class KohyaLdmConvention:
    """kohya's SDXL files: `lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q`."""

    name = "kohya-ldm"
    _PREFIXES = _DENOISER_PREFIXES["unet"]

    def spellings(self, place: Place) -> Iterator[Spelling]:
        if place.original and place.network.architecture == LDM:
            for prefix in self._PREFIXES:
                yield original_spelling(prefix, place.original, is_flat=True)

    def recognises(self, group_key: str) -> bool:
        return group_key.startswith(_LDM_STARTS)


class LycorisConvention:
    """The LyCORIS wrapper, also as SimpleTuner uses it: `lycoris_down_blocks_0_…`."""

    name = "lycoris"

    def spellings(self, place: Place) -> Iterator[Spelling]:
        if place.is_denoiser:
            yield Spelling("lycoris_" + _flat(place.path))
            if place.original:
                yield original_spelling("lycoris_", place.original, is_flat=True)
        if place.component == "text_encoder":
            yield from (Spelling("lycoris_" + _flat(path)) for path in place.text_paths)

    def recognises(self, group_key: str) -> bool:
        return group_key.startswith("lycoris_")


class OneTrainerConvention:
    """`lora_transformer_transformer_blocks_0_attn_to_q`; with BFL words the parts of a stacked
    module are numbered: `transformer.double_blocks.0.img_attn.qkv.0`."""

    name = "onetrainer"
    _STACKED = (".qkv.", ".linear1.")

    def spellings(self, place: Place) -> Iterator[Spelling]:
        if place.component != "transformer":
            return
        yield Spelling("lora_transformer_" + _flat(place.path))
        if not place.original:
            return
        yield original_spelling("lora_transformer_", place.original, is_flat=True)
        if place.original.part is not None:
            name = f"{place.original.path}.{place.original.part}"
            for prefix in ("transformer.", "", "diffusion_model."):
                yield Spelling(prefix + name)
            for prefix in ("lora_transformer_", "lora_unet_"):
                yield Spelling(prefix + _flat(name))

    def recognises(self, group_key: str) -> bool:
        head, _, last = group_key.rpartition(".")
        is_part = last.isdigit() and f"{head}.".endswith(self._STACKED)
        return is_part or group_key.startswith("lora_transformer_")


def kohya_name(component: str, path: str, has_second_text_encoder: bool) -> str:
    """The one spelling that `export` writes; `path` is canonical. Transformers get OneTrainer's
    prefix: behind `lora_unet_` most tools look for the words of the original code."""
    if component == "transformer":
        return "lora_transformer_" + _flat(path)
    if component == "text_encoder":
        return ("lora_te1_" if has_second_text_encoder else "lora_te_") + _flat(path)
    if component in _CLIP_PREFIXES:
        return _CLIP_PREFIXES[component][0] + _flat(path)
    return "lora_unet_" + _flat(path)
