"""What names and shapes of changed modules say about the family of base they belong to.

Rules read flat names ("." as "_") so that one pattern serves all conventions. Facts: the published
architectures; a rule that a file does not speak about says nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from loraviewer.core.families import UNKNOWN, family_title


@dataclass(frozen=True, slots=True)
class Module:
    """One module: flat name, rows of its weight, and values each row reads (in · kh · kw)."""

    name: str
    out: int | None
    inputs: int | None


@dataclass(frozen=True)
class Clue:
    """One fact and the families it leaves, the likeliest first; “unknown” if it fits none."""

    families: tuple[str, ...]
    sentence: str


def clues_of(modules: Iterable[Module]) -> tuple[Clue, ...]:
    """All that speaks for a family, the strongest first."""
    modules = tuple(modules)
    return tuple(clue for rule in _RULES for clue in rule(modules))


Rule = Callable[[Sequence[Module]], Iterator[Clue]]

# UNets

_UNET = re.compile(r"(?:down|up|input|output)_blocks_\d|mid_block_|middle_block_")
_CROSS = re.compile(r"attn2_(?:processor_)?to_[kv]$")
_SELF = re.compile(r"attn1_(?:processor_)?to_[qkv]$")
_DEPTH = re.compile(r"(?:attentions_\d|put_blocks_\d+_1|middle_block_1)_transformer_blocks_(\d+)_")
_FAMILY_OF_CONTEXT = {768: "sd1", 1024: "sd2", 2048: "sdxl", 1280: "sdxl-refiner"}
_FAMILIES_OF_SELF = {
    320: ("sd1", "sd2"),
    640: ("sd1", "sd2", "sdxl"),
    1280: ("sd1", "sd2", "sdxl"),
    768: ("sdxl-refiner",),
    1536: ("sdxl-refiner",),
}
_UNET_BLOCKS: tuple[tuple[re.Pattern[str], tuple[str, ...], str], ...] = (
    (
        re.compile(
            r"down_blocks_0_att|up_blocks_3_att|input_blocks_[12]_1_|output_blocks_(?:9|1[01])_1_"
        ),
        ("sd1", "sd2"),
        "it changes attention on the outermost level, which SDXL does not have",
    ),
    (
        re.compile(r"down_blocks_3_|up_blocks_3_|(?:in|out)put_blocks_(?:9|1[01])_"),
        ("sd1", "sd2", "sdxl-refiner"),
        "it changes a fourth level of blocks, which SDXL does not have",
    ),
    (
        re.compile(r"add_embedding_linear|label_emb_0"),
        ("sdxl", "sdxl-refiner"),
        "it changes how picture sizes are read, which only SDXL does",
    ),
)


def _cross_attention(modules: Sequence[Module]) -> Iterator[Clue]:
    for module in modules:
        if module.inputs and _CROSS.search(module.name) and _UNET.search(module.name):
            family = _FAMILY_OF_CONTEXT.get(module.inputs, UNKNOWN)
            yield Clue((family,), _reads("cross-attention", module.inputs, family))
            return


def _reads(what: str, values: int, family: str) -> str:
    if family == UNKNOWN:
        return f"its {what} reads {values} values, as that of no known family does"
    return f"its {what} reads {values} values, as {family_title(family)}’s does"


def _unet_depth(modules: Sequence[Module]) -> Iterator[Clue]:
    depths = [int(match[1]) for m in modules if (match := _DEPTH.search(m.name))]
    deepest = max(depths, default=0)
    if deepest:
        families = ("sdxl",) if deepest > 3 else ("sdxl", "sdxl-refiner")
        yield Clue(families, f"its attention goes {deepest + 1} blocks deep, as only SDXL’s does")


def _unet_blocks(modules: Sequence[Module]) -> Iterator[Clue]:
    for pattern, families, sentence in _UNET_BLOCKS:
        if any(pattern.search(module.name) for module in modules):
            yield Clue(families, sentence)


def _self_attention(modules: Sequence[Module]) -> Iterator[Clue]:
    widths = {m.inputs for m in modules if _SELF.search(m.name) and _UNET.search(m.name)}
    for width in sorted(width for width in widths if width):
        families = _FAMILIES_OF_SELF.get(width)
        if families is None:
            yield Clue((UNKNOWN,), _reads("self-attention", width, UNKNOWN))
        else:
            yield Clue(
                families, f"its self-attention reads {width} values, as in {_titles(families)}"
            )


# Flux and its relatives

_FLUX = ("flux1", "chroma", "flux2")
_FLUX_BLOCKS = re.compile(
    r"(?:double|single)_blocks_\d|single_transformer_blocks_\d|_stream_mod|distilled_guidance"
)
_FLUX_NAMES: tuple[tuple[re.Pattern[str], tuple[str, ...], str], ...] = (
    (
        re.compile(r"blocks_\d+_(?:img|txt)_(?:mlp_fc[12]|mod_linear)$|txt_in_individual"),
        ("hunyuan-video",),
        "its blocks are called as HunyuanVideo’s are",
    ),
    (
        re.compile(r"distilled_guidance_layer"),
        ("chroma",),
        "it changes the guidance layer, which only Chroma has",
    ),
    (
        re.compile(
            r"to_qkv_mlp_proj|double_stream_modulation|single_stream_modulation"
            r"|blocks_\d+_ff(?:_context)?_linear_(?:in|out)$"
        ),
        ("flux2",),
        "it changes modules that only Flux.2 has",
    ),
    (
        re.compile(
            r"double_blocks_\d+_(?:img|txt)_mod_lin$|single_blocks_\d+_modulation_lin$"
            r"|single_transformer_blocks_\d+_norm_linear$"
        ),
        ("flux1",),
        "it changes modulation inside the blocks, which only Flux.1 has",
    ),
    (
        re.compile(r"single_transformer_blocks_\d+_proj_(?:mlp|out)$"),
        ("flux1", "chroma"),
        "it changes single blocks as Flux.1 has them",
    ),
)
_BY_RATIO: tuple[tuple[re.Pattern[str], Mapping[float, tuple[str, ...]], str], ...] = (
    (
        re.compile(r"single_blocks_\d+_linear1$"),
        {7: ("flux1", "chroma"), 9: ("flux2",)},
        "its single blocks have {ratio:g} rows for each value they read",
    ),
    (
        re.compile(r"single_blocks_\d+_linear2$"),
        {1 / 5: ("flux1", "chroma"), 1 / 4: ("flux2",)},
        "its single blocks have {ratio:g} rows for each value they read",
    ),
    (
        re.compile(r"double_blocks_\d+_(?:img|txt)_mlp_0$"),
        {4: ("flux1", "chroma"), 6: ("flux2",)},
        "its double blocks have {ratio:g} rows for each value they read",
    ),
)
_FLUX_ATTENTION = re.compile(
    r"(?:img|txt)_attn_qkv$|processor_qkv_lora\d?$|attn_to_[qkv]$|linear1$"
)
_FLUX_WIDTHS = {3072: _FLUX, 3584: ("hunyuan-image",), 4096: ("flux2",), 6144: ("flux2",)}
_FLUX_DOUBLE = re.compile(r"(?:double_|(?<!single_)transformer_)blocks_(\d+)_")
_DOUBLE_BLOCKS_OF_FLUX2 = 8
_FLUX_TEXT_WIDTHS = {
    4096: ("flux1", "chroma"),
    **dict.fromkeys((7680, 12288, 15360), ("flux2",)),
}


def _flux(modules: Sequence[Module]) -> Iterator[Clue]:
    if not any(_FLUX_BLOCKS.search(module.name) for module in modules):
        return
    for pattern, families, sentence in _FLUX_NAMES:
        if any(pattern.search(module.name) for module in modules):
            yield Clue(families, sentence)
    yield from _flux_ratios(modules)
    yield from _of_width(modules, _TEXT_IN, _FLUX_TEXT_WIDTHS, "its text input reads {} values")
    yield from _of_width(modules, _FLUX_ATTENTION, _FLUX_WIDTHS, "its blocks read {} values")
    doubles = [int(match[1]) for m in modules if (match := _FLUX_DOUBLE.search(m.name))]
    if max(doubles, default=0) >= _DOUBLE_BLOCKS_OF_FLUX2:
        sentence = f"it changes double block {max(doubles)}; Flux.2 has only 8"
        yield Clue(("flux1", "chroma"), sentence)
    yield Clue(_FLUX, "it changes double or single blocks, as Flux has them")


_TEXT_IN = re.compile(r"(?:^|_)(?:txt_in|context_embedder)$")


def _flux_ratios(modules: Sequence[Module]) -> Iterator[Clue]:
    for pattern, families_of_ratio, sentence in _BY_RATIO:
        found = next((m for m in modules if m.out and m.inputs and pattern.search(m.name)), None)
        if found and found.out and found.inputs:
            ratio = found.out / found.inputs
            if families := families_of_ratio.get(ratio):
                yield Clue(families, f"{sentence.format(ratio=ratio)}, as in {_titles(families)}")


def _of_width(
    modules: Sequence[Module],
    pattern: re.Pattern[str],
    families_of_width: Mapping[int, tuple[str, ...]],
    sentence: str,
) -> Iterator[Clue]:
    """The first module of this name whose width says something."""
    for module in modules:
        families = families_of_width.get(module.inputs or 0)
        if families and pattern.search(module.name):
            yield Clue(families, f"{sentence.format(module.inputs)}, as in {_titles(families)}")
            return


def _titles(families: Sequence[str]) -> str:
    return " or ".join(family_title(family) for family in families)


# Other transformers

_JOINT = re.compile(
    r"(?<!single_)(?<!joint_)transformer_blocks_(\d+)_attn_(?:to_[qkv]|add_[qkv]_proj)$"
)
_JOINT_WIDTHS = {1536: ("sd3",), 2432: ("sd3",)}
_QWEN_WIDTH, _BLOCKS_OF_FLUX = 3072, 19
_S3_DIT_WIDTHS = {3840: ("z-image",), 2304: ("lumina2",)}
_S3_DIT = re.compile(
    r"(?:^|_)(?:layers|noise_refiner|context_refiner)_\d+_"
    r"(?:attention|attn|feed_forward)_(?:qkv|to_[qkv]|w[13]|linear_[13])$"
)
_NAMES: tuple[tuple[re.Pattern[str], tuple[str, ...], str], ...] = (
    (re.compile(r"joint_blocks_\d"), ("sd3",), "it changes joint blocks, which only SD 3 has"),
    (
        re.compile(r"transformer_blocks_\d+_(?:img|txt)_(?:mlp|mod)_"),
        ("qwen-image",),
        "its blocks have a picture’s and a text’s side as Qwen-Image calls them",
    ),
    (
        re.compile(r"blocks_\d+_attn_(?:w[qkvo]|gate|to_gate)$|txtfusion_|text_fusion_"),
        ("krea2",),
        "its attention has a gate, as only Krea 2’s has",
    ),
    (
        re.compile(
            r"(?:^|_)blocks_\d+_(?:self_attn|cross_attn)_(?:[qkv]|output)_proj$"
            r"|adaln_modulation_(?:self_attn|cross_attn|mlp)_|llm_adapter_"
            r"|transformer_blocks_\d+_norm3_linear_[12]$"
        ),
        ("anima",),
        "its blocks are called as Anima’s are",
    ),
    (
        re.compile(r"(?:^|_)blocks_\d+_(?:self_attn|cross_attn)_[qkvo]$"),
        ("wan",),
        "its blocks are called as those of the video model Wan are",
    ),
    (
        re.compile(
            r"(?:layers|noise_refiner|context_refiner)_\d+_attention_(?:to_[qkv]|to_out|out)"
        ),
        ("z-image", "lumina2"),
        "its layers are called as Z-Image’s are",
    ),
    (
        re.compile(
            r"(?:layers|noise_refiner|context_refiner)_\d+_(?:attention_qkv|feed_forward_w)"
        ),
        ("z-image", "lumina2"),
        "its layers are called as Z-Image’s or Lumina 2’s are",
    ),
)


def _other_names(modules: Sequence[Module]) -> Iterator[Clue]:
    yield from _of_width(modules, _S3_DIT, _S3_DIT_WIDTHS, "its layers read {} values")
    for pattern, families, sentence in _NAMES:
        if any(pattern.search(module.name) for module in modules):
            yield Clue(families, sentence)


def _joint_attention(modules: Sequence[Module]) -> Iterator[Clue]:
    """Blocks that SD 3, Flux and Qwen-Image call alike."""
    yield from _of_width(modules, _JOINT, _JOINT_WIDTHS, "its blocks read {} values")
    found = [(m, int(match[1])) for m in modules if (match := _JOINT.search(m.name))]
    wide = [number for module, number in found if module.inputs == _QWEN_WIDTH]
    if wide and max(wide) >= _BLOCKS_OF_FLUX:
        yield Clue(("qwen-image",), f"it changes block {max(wide)}; Flux.1 has only 19")
    elif wide:
        families = ("flux1", "chroma", "flux2", "qwen-image")
        yield Clue(families, f"its blocks read {_QWEN_WIDTH} values, as in {_titles(families)}")


# Text encoders

_CLIP = re.compile(r"layers_\d+_(?:self_attn_(?:to_)?[qkv](?:_proj)?|mlp_fc1)$")
_CLIP_WIDTHS = {
    768: ("sd1", "sdxl", "flux1", "sd3"),
    1024: ("sd2",),
    1280: ("sdxl", "sd3", "sdxl-refiner"),
}
_T5 = re.compile(r"encoder_block_\d+_layer_\d_(?:SelfAttention|DenseReluDense)")
_LLM = re.compile(
    r"(?:te\d?|text_encoder|model|transformer)_layers_\d+_(?:self_attn_[kv]|mlp_up)_proj$"
)
_LLM_WIDTHS = {1024: ("anima",), 2560: ("z-image", "krea2"), 3584: ("qwen-image",)}


def _text_encoders(modules: Sequence[Module]) -> Iterator[Clue]:
    if any(_LLM.search(module.name) for module in modules):
        yield from _of_width(modules, _LLM, _LLM_WIDTHS, "its text encoder reads {} values")
        return
    widths = {m.inputs for m in modules if _CLIP.search(m.name)}
    for width in sorted((w for w in widths if w in _CLIP_WIDTHS), reverse=True):
        families = _CLIP_WIDTHS[width]
        yield Clue(families, f"a text encoder reads {width} values, as in {_titles(families)}")
    if any(_T5.search(module.name) for module in modules):
        yield Clue(("flux1", "sd3", "chroma"), "it changes T5, the text encoder of Flux.1 and SD 3")


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
