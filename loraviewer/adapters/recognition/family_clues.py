"""What names and shapes of changed modules say about the family of base they belong to.

Rules read flat names ("." as "_"), so that one pattern serves all conventions. Facts: the published
architectures; a rule that a file does not speak about says nothing.
"""

import re
from collections.abc import Iterable, Iterator

from loraviewer.adapters.recognition.clue_parts import (
    Clue,
    Fact,
    Module,
    Names,
    Rule,
    facts,
    of_width,
)
from loraviewer.adapters.recognition.clue_words import (
    as_in,
    blocks_read,
    layers_read,
    text_encoder_reads,
)
from loraviewer.adapters.recognition.flux_clues import FLUX, flux
from loraviewer.adapters.recognition.unet_clues import (
    cross_attention,
    self_attention,
    unet_blocks,
    unet_depth,
)
from loraviewer.core.sentences import say


def clues_of(modules: Iterable[Module]) -> tuple[Clue, ...]:
    """All that speaks for a family, the strongest first."""
    names = Names(tuple(modules))
    return tuple(clue for rule in _RULES for clue in rule(names))


# Other transformers

_OTHER_NAMES = (
    Fact(
        ("joint_transformer_blocks_",),
        r"joint_transformer_blocks_\d",
        ("auraflow",),
        say("it changes joint blocks as AuraFlow calls them"),
    ),
    Fact(
        ("joint_blocks_",),
        r"joint_blocks_\d",
        ("sd3",),
        say("it changes joint blocks, which only SD 3 has"),
    ),
    Fact(
        ("_img_m", "_txt_m"),
        r"transformer_blocks_\d+_(?:img|txt)_(?:mlp|mod)_",
        ("qwen-image",),
        say("its blocks have a picture’s and a text’s side as Qwen-Image calls them"),
    ),
    Fact(
        ("attn_w", "gate", "txtfusion_", "text_fusion_"),
        r"blocks_\d+_attn_(?:w[qkvo]|gate|to_gate)$|txtfusion_|text_fusion_",
        ("krea2",),
        say("its attention has a gate, as only Krea 2’s has"),
    ),
    Fact(
        ("_proj", "adaln_modulation_", "llm_adapter_", "norm3_linear"),
        r"(?:^|_)blocks_\d+_(?:self_attn|cross_attn)_(?:[qkv]|output)_proj$"
        r"|adaln_modulation_(?:self_attn|cross_attn|mlp)_|llm_adapter_"
        r"|transformer_blocks_\d+_norm3_linear_[12]$",
        ("anima",),
        say("its blocks are called as Anima’s are"),
    ),
    Fact(
        ("self_attn_", "cross_attn_"),
        r"(?:^|_)blocks_\d+_(?:self_attn|cross_attn)_[qkvo]$",
        ("wan",),
        say("its blocks are called as those of the video model Wan are"),
    ),
    Fact(
        ("_attention_to_", "_attention_out"),
        r"(?:layers|noise_refiner|context_refiner)_\d+_attention_(?:to_[qkv]|to_out|out)",
        ("z-image", "lumina2"),
        say("its layers are called as Z-Image’s are"),
    ),
    Fact(
        ("_attention_qkv", "_feed_forward_w"),
        r"(?:layers|noise_refiner|context_refiner)_\d+_(?:attention_qkv|feed_forward_w)",
        ("z-image", "lumina2"),
        say("its layers are called as Z-Image’s or Lumina 2’s are"),
    ),
)
_LAYER = re.compile(
    r"(?:^|_)(?:layers|noise_refiner|context_refiner)_\d+_"
    r"(?:attention|attn|feed_forward)_(?:qkv|to_[qkv]|w[13]|linear_[13])$"
)
_LAYER_WIDTHS = {3840: ("z-image",), 2304: ("lumina2",)}


def _other_names(names: Names) -> Iterator[Clue]:
    for word in ("_attention_", "_attn_to_", "_feed_forward_"):
        yield from of_width(names.having(word, _LAYER), _LAYER_WIDTHS, layers_read)
    yield from facts(names, _OTHER_NAMES)


_JOINT = re.compile(
    r"(?<!single_)(?<!joint_)transformer_blocks_(\d+)_attn_(?:to_[qkv]|add_[qkv]_proj)$"
)
_JOINT_WIDTHS = {
    1536: ("sd3",),
    2432: ("sd3",),
    4096: ("flux2",),
    6144: ("flux2", "krea2"),
}
_WIDTH_OF_FLUX, _BLOCKS_OF_FLUX = 3072, 19


def _joint_attention(names: Names) -> Iterator[Clue]:
    """Blocks that SD 3, Flux and Qwen-Image call alike."""
    modules = tuple(names.having("_attn_", _JOINT))
    yield from of_width(modules, _JOINT_WIDTHS, blocks_read)
    numbers = {int(_JOINT.findall(module.name)[0]): module for module in modules}
    last = max(numbers, default=0)
    if not modules or numbers[last].inputs != _WIDTH_OF_FLUX:
        return
    if last >= _BLOCKS_OF_FLUX:
        yield Clue(
            ("qwen-image",),
            say(
                "it changes block {last}; Flux.1 has only {count}",
                last=last,
                count=_BLOCKS_OF_FLUX,
            ),
        )
    else:
        families = (*FLUX, "qwen-image")
        yield Clue(families, as_in(blocks_read(_WIDTH_OF_FLUX), families))


# Text encoders

_CLIP = re.compile(r"(?<!text_)encoder_layers_\d+_(?:self_attn_(?:to_)?[qkv](?:_proj)?|mlp_fc1)$")
_CLIP_WIDTHS = {
    768: ("sd1", "sdxl", "flux1", "sd3", "hidream"),
    1024: ("sd2",),
    1280: ("sdxl", "sd3", "sdxl-refiner", "hidream", "cascade"),
}
_T5 = Fact(
    ("encoder_block_",),
    r"encoder_block_\d+_layer_\d_(?:SelfAttention|DenseReluDense)",
    ("flux1", "sd3", "chroma", "hidream", "pixart", "auraflow", "hunyuan-dit", "kandinsky3"),
    say("it changes T5, the text encoder of Flux.1 and SD 3"),
)
_LLM = re.compile(
    r"(?:te\d?|text_encoder|model|transformer)_layers_\d+_(?:self_attn_[qkv]|mlp_(?:up|gate))_proj$"
)
_LLM_WIDTHS = {
    1024: ("anima",),
    2304: ("lumina2", "sana"),
    2560: ("z-image", "flux2", "krea2"),
    3584: ("qwen-image", "hunyuan-image"),
    4096: ("flux2", "hidream", "cogview4"),
    5120: ("flux2",),
}


def _text_encoders(names: Names) -> Iterator[Clue]:
    if language := tuple(names.having("layers_", _LLM)):
        yield from of_width(language, _LLM_WIDTHS, text_encoder_reads)
        return
    widths = {module.inputs for module in names.having("layers_", _CLIP)}
    for width in sorted(widths & _CLIP_WIDTHS.keys(), reverse=True):
        families = _CLIP_WIDTHS[width]
        yield Clue(
            families, as_in(say("a text encoder reads {values} values", values=width), families)
        )
    yield from facts(names, (_T5,))


_RULES: tuple[Rule, ...] = (
    cross_attention,
    flux,
    _other_names,
    _joint_attention,
    unet_depth,
    unet_blocks,
    self_attention,
    _text_encoders,
)
