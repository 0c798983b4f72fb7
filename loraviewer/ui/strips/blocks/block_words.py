"""What blocks, networks and their strengths are called."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QCoreApplication

from loraviewer.bridge.languages import figures
from loraviewer.core.block_order import (
    DECODER,
    DENOISER,
    DOUBLE,
    ENCODER,
    SINGLE,
    in_order,
    is_last,
    is_unet,
    level_of,
    levels_of,
    place_of,
)
from loraviewer.core.block_presets import Preset
from loraviewer.core.blocks import END, MIDDLE, TIME, BlockScales, is_text_block
from loraviewer.core.told_blocks import factor_text, first_blocks

translate = QCoreApplication.translate
_SHOWN = 6
"""Blocks that a line names; of more it says how many."""


def network_title(network: str, base: Iterable[str]) -> str:
    """As a heading. base: all blocks there are."""
    blocks = tuple(base)
    if network != DENOISER:
        encoders = {place_of(block).network for block in blocks} - {DENOISER}
        if len(encoders) == 1:
            return translate("BlockWords", "Text encoder")
        return translate("BlockWords", "Text encoder {}").format(network.removeprefix("TE"))
    return (
        translate("BlockWords", "UNet")
        if is_unet(blocks)
        else translate("BlockWords", "Transformer")
    )


def list_title(name: str) -> str:
    """Over the columns of a transformer's list."""
    titles: Mapping[str, str] = {
        DOUBLE: translate("BlockWords", "Double blocks"),
        SINGLE: translate("BlockWords", "Single blocks"),
        "L": translate("BlockWords", "Layers"),
        "B": translate("BlockWords", "Blocks"),
    }
    return titles.get(name) or name.replace("_", " ").capitalize()


def _list_words(name: str) -> str:
    """The same within a line."""
    words: Mapping[str, str] = {
        DOUBLE: translate("BlockWords", "double blocks"),
        SINGLE: translate("BlockWords", "single blocks"),
        "L": translate("BlockWords", "layers"),
        "B": translate("BlockWords", "blocks"),
    }
    return words.get(name) or list_title(name).lower()


def short_name(block: str) -> str:
    """Within a drawing, where heading and caption say the rest."""
    return block.rpartition(".")[2]


def block_title(block: str, base: Iterable[str]) -> str:
    """Its name, and where it lies: “IN04: encoder, level 2 of 4”."""
    return f"{block}: {_where(block, tuple(base))}"


def _where(block: str, base: tuple[str, ...]) -> str:
    if is_text_block(block):
        return _where_in_text(block)
    name = place_of(block).list_name
    if not name or name == MIDDLE:
        return _where_around(block)
    if name in (ENCODER, DECODER):
        levels = levels_of(base)
        encoder = translate("BlockWords", "encoder, level {} of {}, from fine to coarse")
        decoder = translate("BlockWords", "decoder, level {} of {}, from fine to coarse")
        words = encoder if name == ENCODER else decoder
        return words.format(level_of(block, levels) + 1, levels)
    own = [one for one in in_order(base) if place_of(one).list_name == name]
    words = translate("BlockWords", "{}, {} of {}")
    place = own.index(block) + 1 if block in own else place_of(block).number + 1
    return words.format(_list_words(name), place, max(len(own), place))


def _where_around(block: str) -> str:
    words: Mapping[str, str] = {
        MIDDLE: translate("BlockWords", "the middle, the coarsest level"),
        TIME: translate("BlockWords", "what reads the step, for all blocks"),
        END: translate("BlockWords", "the last layers, back to the picture"),
    }
    before = translate("BlockWords", "the first layers, before all blocks")
    after = translate("BlockWords", "the last layers, after all blocks")
    return words.get(block) or (after if is_last(block) else before)


def _where_in_text(block: str) -> str:
    place = place_of(block)
    encoder = place.network.removeprefix("TE")
    if place.list_name:
        return translate("BlockWords", "text encoder {}, layer {}").format(
            encoder, place.number + 1
        )
    words = translate("BlockWords", "text encoder {}, its last layers")
    first = translate("BlockWords", "text encoder {}, its words as vectors")
    return (words if is_last(block) else first).format(encoder)


def scales_told(scales: BlockScales) -> str:
    """“IN04 0.5, M00 0, and 3 more”, in the order in which blocks are computed."""
    factors = dict(scales)
    named, more = first_blocks(factors, _SHOWN)
    return _listed((f"{block} {figures(factor_text(factors[block]))}" for block in named), more)


def blocks_told(blocks: Iterable[str]) -> str:
    """“IN04, M00, and 3 more”."""
    return _listed(*first_blocks(blocks, _SHOWN))


def _listed(parts: Iterable[str], more: int) -> str:
    others = [translate("BlockWords", "and {} more").format(more)] if more else []
    return ", ".join([*parts, *others])


def preset_title(preset: Preset) -> str:
    """In a menu."""
    titles: Mapping[Preset, str] = {
        Preset.ALL: translate("BlockWords", "All blocks at 1"),
        Preset.ENCODER: translate("BlockWords", "Encoder only"),
        Preset.MIDDLE: translate("BlockWords", "Middle only"),
        Preset.DECODER: translate("BlockWords", "Decoder only"),
        Preset.DOUBLE: translate("BlockWords", "Double blocks only"),
        Preset.SINGLE: translate("BlockWords", "Single blocks only"),
        Preset.FIRST_THIRD: translate("BlockWords", "First third only"),
        Preset.MIDDLE_THIRD: translate("BlockWords", "Middle third only"),
        Preset.LAST_THIRD: translate("BlockWords", "Last third only"),
        Preset.TEXT_OFF: translate("BlockWords", "Text encoders off"),
    }
    return titles[preset]
