"""What names and shapes of changed modules say about the family of base they belong to.

Rules read flat names ("." as "_"), so that one pattern serves all conventions. Facts: the published
architectures; a rule that a file does not speak about says nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from loraviewer.adapters.recognition.clue_words import (
    FactOf,
    as_in,
    blocks_read,
    layers_read,
    rows_of_double_blocks,
    rows_of_single_blocks,
    text_encoder_reads,
    text_input_reads,
)
from loraviewer.core.families import DEMO, UNKNOWN, family_title
from loraviewer.core.sentences import say

Size = tuple[int | None, int | None]
"""Rows of a weight, and values that each row reads (in · kh · kw); None where not known."""


@dataclass(frozen=True)
class Module:
    """One module by its flat name; it is only measured where a rule asks."""

    name: str
    measure: Callable[[], Size]

    @cached_property
    def size(self) -> Size:
        return self.measure()

    @property
    def inputs(self) -> int:
        """0 where not known."""
        return self.size[1] or 0

    @property
    def ratio(self) -> float:
        """Rows for each value read; 0 where not known."""
        out, inputs = self.size
        return out / inputs if out and inputs else 0.0


@dataclass(frozen=True)
class Clue:
    """One fact and the families it leaves, the likeliest first; “unknown” if it fits none."""

    families: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class Names:
    """All modules, and their names one a line: most rules need a single look at the text."""

    modules: tuple[Module, ...]

    @cached_property
    def text(self) -> str:
        return "\n".join(module.name for module in self.modules)

    def having(self, word: str, pattern: re.Pattern[str]) -> Iterator[Module]:
        """Modules whose name fits; `word` is a part of all such names."""
        if word in self.text:
            yield from (module for module in self.modules if pattern.search(module.name))


def clues_of(modules: Iterable[Module]) -> tuple[Clue, ...]:
    """All that speaks for a family, the strongest first."""
    names = Names(tuple(modules))
    return tuple(clue for rule in _RULES for clue in rule(names))


Rule = Callable[[Names], Iterator[Clue]]


@dataclass(frozen=True)
class _Fact:
    """A name that tells families; `words`: one of them is a part of every such name."""

    words: tuple[str, ...]
    pattern: str
    families: tuple[str, ...]
    sentence: str

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.MULTILINE)

    def holds(self, names: Names) -> bool:
        return any(w in names.text for w in self.words) and bool(self.compiled.search(names.text))


def _facts(names: Names, facts: Sequence[_Fact]) -> Iterator[Clue]:
    yield from (Clue(fact.families, fact.sentence) for fact in facts if fact.holds(names))


def _of_width(
    modules: Iterable[Module], families_of_width: Mapping[int, tuple[str, ...]], fact: FactOf
) -> Iterator[Clue]:
    """What the first module says whose width says something."""
    for module in modules:
        if families := families_of_width.get(module.inputs):
            yield Clue(families, as_in(fact(module.inputs), families))
            return


# UNets

_UNET = r"(?:put_blocks|down_blocks|up_blocks|middle_block|mid_block)_.*"
_CROSS = re.compile(_UNET + r"attn2_(?:processor_)?to_[kv]$")
_SELF = re.compile(_UNET + r"attn1_(?:processor_)?to_[qkv]$")
_DEPTH = re.compile(r"(?:attentions_\d|put_blocks_\d+_1|middle_block_1)_transformer_blocks_(\d+)_")
_FAMILIES_OF_CONTEXT = {
    128: (DEMO,),
    768: ("sd1",),
    1024: ("sd2",),
    2048: ("sdxl", "kolors"),
    1280: ("sdxl-refiner",),
}
"""Kolors has the UNet of SDXL, and reads as many values of its own text encoder."""
_FAMILIES_OF_SELF = {
    128: (DEMO,),
    192: (DEMO,),
    320: ("sd1", "sd2"),
    640: ("sd1", "sd2", "sdxl", "kolors"),
    1280: ("sd1", "sd2", "sdxl", "kolors"),
    768: ("sdxl-refiner",),
    1536: ("sdxl-refiner",),
}
_UNET_BLOCKS = (
    _Fact(
        ("down_blocks_0_att", "up_blocks_3_att", "put_blocks_"),
        r"down_blocks_0_att|up_blocks_3_att|input_blocks_[12]_1_|output_blocks_(?:9|1[01])_1_",
        ("sd1", "sd2"),
        say("it changes attention on the outermost level, which SDXL does not have"),
    ),
    _Fact(
        ("_blocks_3_", "put_blocks_"),
        r"(?:down|up)_blocks_3_|(?:in|out)put_blocks_(?:9|1[01])_",
        ("sd1", "sd2", "sdxl-refiner"),
        say("it changes a fourth level of blocks, which SDXL does not have"),
    ),
    _Fact(
        ("add_embedding_linear", "label_emb_0"),
        r"add_embedding_linear|label_emb_0",
        ("sdxl", "sdxl-refiner", "kolors"),
        say("it changes how picture sizes are read, which only SDXL does"),
    ),
)


_DEEP = ("sdxl", "kolors")


def _cross_attention(names: Names) -> Iterator[Clue]:
    for module in names.having("attn2", _CROSS):
        if module.inputs:
            families = _FAMILIES_OF_CONTEXT.get(module.inputs, (UNKNOWN,))
            yield Clue(families, _reads(say("cross-attention"), module.inputs, families[0]))
            return


def _reads(what: str, values: int, family: str) -> str:
    if family == UNKNOWN:
        return say(
            "its {what} reads {values} values, as that of no known family does",
            what=what,
            values=values,
        )
    return say(
        "its {what} reads {values} values, as {family}’s does",
        what=what,
        values=values,
        family=family_title(family),
    )


def _unet_depth(names: Names) -> Iterator[Clue]:
    deepest = max(map(int, _DEPTH.findall(names.text)), default=0)
    if deepest:
        families = _DEEP if deepest > 3 else (*_DEEP, "sdxl-refiner")
        yield Clue(
            families,
            say("its attention goes {count} blocks deep, as only SDXL’s does", count=deepest + 1),
        )


def _unet_blocks(names: Names) -> Iterator[Clue]:
    yield from _facts(names, _UNET_BLOCKS)


def _self_attention(names: Names) -> Iterator[Clue]:
    widths = {module.inputs for module in names.having("attn1", _SELF)}
    for width in sorted(widths - {0}):
        if families := _FAMILIES_OF_SELF.get(width):
            sentence = as_in(
                say("its self-attention reads {values} values", values=width), families
            )
            yield Clue(families, sentence)
        else:
            yield Clue((UNKNOWN,), _reads(say("self-attention"), width, UNKNOWN))


# Flux and its relatives

_FLUX, _FLUX1 = ("flux1", "chroma", "flux2"), ("flux1", "chroma")
_FLUX_ONLY = re.compile(r"(?:double|single)_blocks_\d|_stream_mod|distilled_guidance|_proj_mlp")
"""Names that AuraFlow does not have, whose single blocks are called as those of Flux."""
_FLUX_BLOCKS = _Fact(
    ("double_blocks_", "single_blocks_", "single_transformer_blocks_", "_stream_mod", "distilled"),
    r"(?:double|single|single_transformer)_blocks_\d|_stream_mod|distilled_guidance",
    _FLUX,
    say("it changes double or single blocks, as Flux has them"),
)
_FLUX_NAMES = (
    _Fact(
        ("single_transformer_blocks_",),
        r"single_transformer_blocks_\d+_(?:ff|norm1)_",
        ("auraflow",),
        say("its single blocks have parts that only AuraFlow’s have"),
    ),
    _Fact(
        ("_mlp_fc", "_mod_linear", "txt_in_individual"),
        r"blocks_\d+_(?:img|txt)_(?:mlp_fc[12]|mod_linear)$|txt_in_individual",
        ("hunyuan-video",),
        say("its blocks are called as HunyuanVideo’s are"),
    ),
    _Fact(
        ("distilled_guidance_layer",),
        r"distilled_guidance_layer",
        ("chroma",),
        say("it changes the guidance layer, which only Chroma has"),
    ),
    _Fact(
        ("to_qkv_mlp_proj", "stream_modulation", "linear_in", "linear_out"),
        r"to_qkv_mlp_proj|double_stream_modulation|single_stream_modulation"
        r"|blocks_\d+_ff(?:_context)?_linear_(?:in|out)$",
        ("flux2",),
        say("it changes modules that only Flux.2 has"),
    ),
    _Fact(
        ("_mod_lin", "_modulation_lin", "_norm_linear"),
        r"double_blocks_\d+_(?:img|txt)_mod_lin$|single_blocks_\d+_modulation_lin$"
        r"|single_transformer_blocks_\d+_norm_linear$",
        ("flux1",),
        say("it changes modulation inside the blocks, which only Flux.1 has"),
    ),
    _Fact(
        ("single_transformer_blocks_",),
        r"single_transformer_blocks_\d+_proj_(?:mlp|out)$",
        _FLUX1,
        say("it changes single blocks as Flux.1 has them"),
    ),
)
_FLUX_RATIOS: tuple[tuple[str, re.Pattern[str], Mapping[float, tuple[str, ...]], FactOf], ...] = (
    (
        "linear1",
        re.compile(r"single_blocks_\d+_linear1$"),
        {7: _FLUX1, 9: ("flux2",)},
        rows_of_single_blocks,
    ),
    (
        "linear2",
        re.compile(r"single_blocks_\d+_linear2$"),
        {1 / 5: _FLUX1, 1 / 4: ("flux2",)},
        rows_of_single_blocks,
    ),
    (
        "_mlp_0",
        re.compile(r"double_blocks_\d+_(?:img|txt)_mlp_0$"),
        {4: _FLUX1, 6: ("flux2",)},
        rows_of_double_blocks,
    ),
)
_FLUX_ATTENTION = re.compile(
    r"(?:img|txt)_attn_qkv$|processor_qkv_lora\d?$|attn_to_[qkv]$|linear1$"
)
_FLUX_WIDTHS = {
    3072: (*_FLUX, "auraflow"),
    3584: ("hunyuan-image",),
    4096: ("flux2",),
    6144: ("flux2",),
}
_TEXT_IN = re.compile(r"(?:^|_)(?:txt_in|context_embedder)$")
_FLUX_TEXT_WIDTHS = {4096: _FLUX1, **dict.fromkeys((7680, 12288, 15360), ("flux2",))}
_FLUX_DOUBLE = re.compile(r"(?:double_|(?<!single_)transformer_)blocks_(\d+)_")
_DOUBLE_BLOCKS_OF_FLUX2 = 8


def _flux(names: Names) -> Iterator[Clue]:
    if not _FLUX_BLOCKS.holds(names):
        return
    yield from _facts(names, _FLUX_NAMES)
    yield from _flux_ratios(names)
    text = names.having("_", _TEXT_IN)
    yield from _of_width(text, _FLUX_TEXT_WIDTHS, text_input_reads)
    attention = names.having("_", _FLUX_ATTENTION)
    yield from _of_width(attention, _FLUX_WIDTHS, blocks_read)
    last = max(map(int, _FLUX_DOUBLE.findall(names.text)), default=0)
    if last >= _DOUBLE_BLOCKS_OF_FLUX2:
        yield Clue(_FLUX1, say("it changes double block {last}; Flux.2 has only 8", last=last))
    is_flux = bool(_FLUX_ONLY.search(names.text))
    yield Clue(_FLUX if is_flux else (*_FLUX, "auraflow"), _FLUX_BLOCKS.sentence)


def _flux_ratios(names: Names) -> Iterator[Clue]:
    for word, pattern, families_of_ratio, fact in _FLUX_RATIOS:
        ratio = next((m.ratio for m in names.having(word, pattern) if m.ratio), 0.0)
        if families := families_of_ratio.get(ratio):
            yield Clue(families, as_in(fact(ratio), families))


# Other transformers

_OTHER_NAMES = (
    _Fact(
        ("joint_transformer_blocks_",),
        r"joint_transformer_blocks_\d",
        ("auraflow",),
        say("it changes joint blocks as AuraFlow calls them"),
    ),
    _Fact(
        ("joint_blocks_",),
        r"joint_blocks_\d",
        ("sd3",),
        say("it changes joint blocks, which only SD 3 has"),
    ),
    _Fact(
        ("_img_m", "_txt_m"),
        r"transformer_blocks_\d+_(?:img|txt)_(?:mlp|mod)_",
        ("qwen-image",),
        say("its blocks have a picture’s and a text’s side as Qwen-Image calls them"),
    ),
    _Fact(
        ("attn_w", "gate", "txtfusion_", "text_fusion_"),
        r"blocks_\d+_attn_(?:w[qkvo]|gate|to_gate)$|txtfusion_|text_fusion_",
        ("krea2",),
        say("its attention has a gate, as only Krea 2’s has"),
    ),
    _Fact(
        ("_proj", "adaln_modulation_", "llm_adapter_", "norm3_linear"),
        r"(?:^|_)blocks_\d+_(?:self_attn|cross_attn)_(?:[qkv]|output)_proj$"
        r"|adaln_modulation_(?:self_attn|cross_attn|mlp)_|llm_adapter_"
        r"|transformer_blocks_\d+_norm3_linear_[12]$",
        ("anima",),
        say("its blocks are called as Anima’s are"),
    ),
    _Fact(
        ("self_attn_", "cross_attn_"),
        r"(?:^|_)blocks_\d+_(?:self_attn|cross_attn)_[qkvo]$",
        ("wan",),
        say("its blocks are called as those of the video model Wan are"),
    ),
    _Fact(
        ("_attention_to_", "_attention_out"),
        r"(?:layers|noise_refiner|context_refiner)_\d+_attention_(?:to_[qkv]|to_out|out)",
        ("z-image", "lumina2"),
        say("its layers are called as Z-Image’s are"),
    ),
    _Fact(
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
        yield from _of_width(names.having(word, _LAYER), _LAYER_WIDTHS, layers_read)
    yield from _facts(names, _OTHER_NAMES)


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
    yield from _of_width(modules, _JOINT_WIDTHS, blocks_read)
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
        families = (*_FLUX, "qwen-image")
        yield Clue(families, as_in(blocks_read(_WIDTH_OF_FLUX), families))


# Text encoders

_CLIP = re.compile(r"(?<!text_)encoder_layers_\d+_(?:self_attn_(?:to_)?[qkv](?:_proj)?|mlp_fc1)$")
_CLIP_WIDTHS = {
    768: ("sd1", "sdxl", "flux1", "sd3", "hidream"),
    1024: ("sd2",),
    1280: ("sdxl", "sd3", "sdxl-refiner", "hidream", "cascade"),
}
_T5 = _Fact(
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
        yield from _of_width(language, _LLM_WIDTHS, text_encoder_reads)
        return
    widths = {module.inputs for module in names.having("layers_", _CLIP)}
    for width in sorted(widths & _CLIP_WIDTHS.keys(), reverse=True):
        families = _CLIP_WIDTHS[width]
        yield Clue(
            families, as_in(say("a text encoder reads {values} values", values=width), families)
        )
    yield from _facts(names, (_T5,))


_RULES: tuple[Rule, ...] = (
    _cross_attention,
    _flux,
    _other_names,
    _joint_attention,
    _unet_depth,
    _unet_blocks,
    _self_attention,
    _text_encoders,
)
