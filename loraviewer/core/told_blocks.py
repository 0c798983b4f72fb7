"""Some blocks and their strengths in a line: in the order in which they are computed, the first of
them by name, the others by their number."""

from collections.abc import Iterable, Mapping

from loraviewer.core.block_order import in_order
from loraviewer.core.blocks import BlockScales, factor_of
from loraviewer.core.numbers import short_number
from loraviewer.core.sentences import figure, together


def factor_text(factor: float) -> str:
    """By what strengths are multiplied in a block: 0.5, 1, 0.125."""
    return short_number(factor, 3)


def first_blocks(blocks: Iterable[str], most: int) -> tuple[tuple[str, ...], int]:
    """The first `most` of them, and how many more there are."""
    order = in_order(blocks)
    return order[:most], max(0, len(order) - most)


def first_scales(scales: BlockScales, most: int) -> tuple[list[str], int]:
    """As `first_blocks`, each with its strength: “IN04 0.5”."""
    factors = dict(scales)
    shown, more = first_blocks(factors, most)
    return [together((block, figure(factor_text(factors[block])))) for block in shown], more


def moved_blocks(before: BlockScales, now: BlockScales) -> Mapping[str, tuple[float, float]]:
    """Blocks whose strengths differ, with both of them, in their order."""
    names = in_order(name for name, _ in (*before, *now))
    pairs = {name: (factor_of(before, name), factor_of(now, name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
