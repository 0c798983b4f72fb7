"""What names, widths and ratios of the Flux families say."""

import re
from collections.abc import Iterator, Mapping

from loraviewer.adapters.recognition.clue_parts import (
    Clue,
    Fact,
    Names,
    facts,
    of_width,
)
from loraviewer.adapters.recognition.clue_words import (
    FactOf,
    as_in,
    blocks_read,
    rows_of_double_blocks,
    rows_of_single_blocks,
    text_input_reads,
)
from loraviewer.core.sentences import say

FLUX, FLUX1 = ("flux1", "chroma", "flux2"), ("flux1", "chroma")
_FLUX_ONLY = re.compile(r"(?:double|single)_blocks_\d|_stream_mod|distilled_guidance|_proj_mlp")
"""Names that AuraFlow does not have, whose single blocks are called as those of Flux."""
_FLUX_BLOCKS = Fact(
    ("double_blocks_", "single_blocks_", "single_transformer_blocks_", "_stream_mod", "distilled"),
    r"(?:double|single|single_transformer)_blocks_\d|_stream_mod|distilled_guidance",
    FLUX,
    say("it changes double or single blocks, as Flux has them"),
)
_FLUX_NAMES = (
    Fact(
        ("single_transformer_blocks_",),
        r"single_transformer_blocks_\d+_(?:ff|norm1)_",
        ("auraflow",),
        say("its single blocks have parts that only AuraFlow’s have"),
    ),
    Fact(
        ("_mlp_fc", "_mod_linear", "txt_in_individual"),
        r"blocks_\d+_(?:img|txt)_(?:mlp_fc[12]|mod_linear)$|txt_in_individual",
        ("hunyuan-video",),
        say("its blocks are called as HunyuanVideo’s are"),
    ),
    Fact(
        ("distilled_guidance_layer",),
        r"distilled_guidance_layer",
        ("chroma",),
        say("it changes the guidance layer, which only Chroma has"),
    ),
    Fact(
        ("to_qkv_mlp_proj", "stream_modulation", "linear_in", "linear_out"),
        r"to_qkv_mlp_proj|double_stream_modulation|single_stream_modulation"
        r"|blocks_\d+_ff(?:_context)?_linear_(?:in|out)$",
        ("flux2",),
        say("it changes modules that only Flux.2 has"),
    ),
    Fact(
        ("_mod_lin", "_modulation_lin", "_norm_linear"),
        r"double_blocks_\d+_(?:img|txt)_mod_lin$|single_blocks_\d+_modulation_lin$"
        r"|single_transformer_blocks_\d+_norm_linear$",
        ("flux1",),
        say("it changes modulation inside the blocks, which only Flux.1 has"),
    ),
    Fact(
        ("single_transformer_blocks_",),
        r"single_transformer_blocks_\d+_proj_(?:mlp|out)$",
        FLUX1,
        say("it changes single blocks as Flux.1 has them"),
    ),
)
_FLUX_RATIOS: tuple[tuple[str, re.Pattern[str], Mapping[float, tuple[str, ...]], FactOf], ...] = (
    (
        "linear1",
        re.compile(r"single_blocks_\d+_linear1$"),
        {7: FLUX1, 9: ("flux2",)},
        rows_of_single_blocks,
    ),
    (
        "linear2",
        re.compile(r"single_blocks_\d+_linear2$"),
        {1 / 5: FLUX1, 1 / 4: ("flux2",)},
        rows_of_single_blocks,
    ),
    (
        "_mlp_0",
        re.compile(r"double_blocks_\d+_(?:img|txt)_mlp_0$"),
        {4: FLUX1, 6: ("flux2",)},
        rows_of_double_blocks,
    ),
)
_FLUX_ATTENTION = re.compile(
    r"(?:img|txt)_attn_qkv$|processor_qkv_lora\d?$|attn_to_[qkv]$|linear1$"
)
_FLUX_WIDTHS = {
    3072: (*FLUX, "auraflow"),
    3584: ("hunyuan-image",),
    4096: ("flux2",),
    6144: ("flux2",),
}
_TEXT_IN = re.compile(r"(?:^|_)(?:txt_in|context_embedder)$")
_FLUX_TEXT_WIDTHS = {4096: FLUX1, **dict.fromkeys((7680, 12288, 15360), ("flux2",))}
_FLUX_DOUBLE = re.compile(r"(?:double_|(?<!single_)transformer_)blocks_(\d+)_")
_DOUBLE_BLOCKS_OF_FLUX2 = 8


def flux(names: Names) -> Iterator[Clue]:
    if not _FLUX_BLOCKS.holds(names):
        return
    yield from facts(names, _FLUX_NAMES)
    yield from _flux_ratios(names)
    text = names.having("_", _TEXT_IN)
    yield from of_width(text, _FLUX_TEXT_WIDTHS, text_input_reads)
    attention = names.having("_", _FLUX_ATTENTION)
    yield from of_width(attention, _FLUX_WIDTHS, blocks_read)
    last = max(map(int, _FLUX_DOUBLE.findall(names.text)), default=0)
    if last >= _DOUBLE_BLOCKS_OF_FLUX2:
        yield Clue(FLUX1, say("it changes double block {last}; Flux.2 has only 8", last=last))
    is_flux = bool(_FLUX_ONLY.search(names.text))
    yield Clue(FLUX if is_flux else (*FLUX, "auraflow"), _FLUX_BLOCKS.sentence)


def _flux_ratios(names: Names) -> Iterator[Clue]:
    for word, pattern, families_of_ratio, fact in _FLUX_RATIOS:
        ratio = next((m.ratio for m in names.having(word, pattern) if m.ratio), 0.0)
        if families := families_of_ratio.get(ratio):
            yield Clue(families, as_in(fact(ratio), families))
