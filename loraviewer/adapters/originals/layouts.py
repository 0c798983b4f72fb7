"""All architectures with words of their own, and how to tell them by one name each."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from loraviewer.adapters.originals.dits import COSMOS, KREA2, LUMINA2, Z_IMAGE
from loraviewer.adapters.originals.flux import CHROMA, FLUX1, FLUX2
from loraviewer.adapters.originals.sd3 import sd3_rows
from loraviewer.adapters.originals.unet import UnetLayout, UnetWords
from loraviewer.adapters.originals.words import Row, Words, WordTable


@dataclass(frozen=True)
class Layout:
    """One architecture. `marks`: parameters that a network of diffusers has only if it is this one;
    `original_marks`: the same for a file in the original words. `words` makes the words from the
    parameter names, in either words."""

    name: str
    component: str
    marks: tuple[str, ...]
    original_marks: tuple[str, ...]
    words: Callable[[Collection[str]], Words | None]


def _table(rows: tuple[Row, ...]) -> Callable[[Collection[str]], Words]:
    table = WordTable(rows)
    return lambda names: table


def _unet_words(names: Collection[str]) -> Words | None:
    layout = UnetLayout.of(names) or UnetLayout.of_original(names)
    return UnetWords(layout) if layout else None


LDM = "ldm"

LAYOUTS = (
    Layout(
        LDM,
        "unet",
        ("down_blocks.0.resnets.0.conv1.weight",),
        ("input_blocks.1.0.in_layers.2.weight",),
        _unet_words,
    ),
    Layout(
        "chroma",
        "transformer",
        ("distilled_guidance_layer.layers.0.linear_1.weight",),
        ("distilled_guidance_layer.layers.0.in_layer.weight",),
        _table(CHROMA),
    ),
    Layout(
        "flux2",
        "transformer",
        ("single_transformer_blocks.0.attn.to_qkv_mlp_proj.weight",),
        ("double_stream_modulation_img.lin.weight",),
        _table(FLUX2),
    ),
    Layout(
        "flux1",
        "transformer",
        (
            "single_transformer_blocks.0.proj_mlp.weight",
            "transformer_blocks.0.attn.norm_added_q.weight",
        ),
        ("double_blocks.0.img_attn.qkv.weight", "single_blocks.0.linear1.weight"),
        _table(FLUX1),
    ),
    Layout(
        "sd3",
        "transformer",
        ("pos_embed.proj.weight", "transformer_blocks.0.attn.add_q_proj.weight"),
        ("joint_blocks.0.context_block.attn.qkv.weight",),
        lambda names: WordTable(sd3_rows(names)),
    ),
    Layout(
        "z-image",
        "transformer",
        ("layers.0.attention.to_q.weight", "cap_embedder.1.weight"),
        ("layers.0.attention.qkv.weight", "cap_embedder.1.weight", "x_pad_token"),
        _table(Z_IMAGE),
    ),
    Layout(
        "lumina2",
        "transformer",
        ("time_caption_embed.caption_embedder.1.weight",),
        ("layers.0.attention.qkv.weight", "cap_embedder.1.weight"),
        _table(LUMINA2),
    ),
    Layout(
        "krea2",
        "transformer",
        ("text_fusion.projector.weight",),
        ("txtfusion.projector.weight",),
        _table(KREA2),
    ),
    Layout(
        "cosmos",
        "transformer",
        ("time_embed.t_embedder.linear_1.weight", "transformer_blocks.0.norm3.linear_1.weight"),
        ("t_embedder.1.linear_1.weight", "blocks.0.adaln_modulation_mlp.1.weight"),
        _table(COSMOS),
    ),
)


def layout_of_network(names: Collection[str]) -> Layout | None:
    """The architecture behind the parameter names of a network of diffusers."""
    return next((lay for lay in LAYOUTS if all(mark in names for mark in lay.marks)), None)


def layout_of_file(names: Collection[str]) -> Layout | None:
    """The architecture behind tensor names in the original words, without their prefix."""
    return next((lay for lay in LAYOUTS if all(m in names for m in lay.original_marks)), None)
