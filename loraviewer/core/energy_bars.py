"""How much each block of a base is changed, as bars: their order, and the scale that they share."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from loraviewer.core.block_order import in_order
from loraviewer.core.blocks import is_text_block
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_numbers import BlockName, LiveWeights, RowEnergies

_STEPS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_ROOM = 1.5
"""By so much may the strongest block at strength 1 still grow before its bar is full."""

Relatives = Sequence[float | None]


@dataclass(frozen=True)
class BarScale:
    """One for all strips of a stack; it depends on its adapters alone, so that only bars of what is
    moved move. `places`: of each bar among the blocks of `LiveWeights`, the denoiser's in the order
    of the network, then the text encoders'; `picture_bars`: how many are the denoiser's. `full`:
    ‖sΔW‖ / ‖W₀‖ that fills a strip's bar; `stack_full`: ‖S‖ / ‖W₀‖ that fills the stack's."""

    blocks: tuple[BlockName, ...] = ()
    places: tuple[int, ...] = ()
    picture_bars: int = 0
    full: float = 1.0
    stack_full: float = 1.0


NO_BARS = BarScale()


def bar_scale(live: LiveWeights, adapters: Collection[str]) -> BarScale:
    """adapters: sha256 of those in the stack, on or off."""
    rows = [AppliedAdapter(sha256, 1.0, 1.0) for sha256 in sorted(set(adapters) & live.adapters)]
    at_one = live.energies(rows).rows
    known = live.blocks
    order = {name: i for i, name in enumerate(in_order(name for _, name in known))}
    places = sorted(range(len(known)), key=lambda i: (order[known[i][1]], i))
    blocks = tuple(known[i] for i in places)
    return BarScale(
        blocks,
        tuple(places),
        sum(not is_text_block(name) for _, name in blocks),
        round_up(_ROOM * max(map(_largest, at_one), default=0.0)),
        round_up(_ROOM * _largest_together(at_one)),
    )


def round_up(value: float) -> float:
    """To a number that is easily said, by a quarter or a third at most; 1 for what is not
    positive."""
    if not 0.0 < value < math.inf:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(value))
    step = next(step for step in _STEPS if step * unit >= value * (1 - 1e-12))
    return float(f"{step * unit:.2g}")


def bar_height(relative: float | None, full: float) -> float:
    """0 … 1, and more for what is beyond the scale: as the root, so that small ones are seen."""
    return math.sqrt(relative / full) if relative else 0.0


def share_words(share: float) -> str:
    """As “31 %” or “−4 %”; of what is many times its stack as “−14 ×”. Never “−0 %”."""
    if abs(share) >= 9.995:
        return f"{_signed(share, 1)} ×"
    return f"{_signed(share, 100)} %"


def percent_words(relative: float) -> str:
    """As “3.2 %” or “140 %”; a part never reads as nothing."""
    percent = 100 * relative
    if 0.0 < percent < 0.05:
        return "< 0.1 %"
    return f"{percent:.{1 if 0.0 < percent < 9.95 else 0}f} %"


def _signed(value: float, factor: int) -> str:
    whole = min(round(abs(value) * factor), 999)
    return f"−{whole}" if value < 0 and whole else f"{whole}"


def _largest(row: RowEnergies) -> float:
    return max(_known(row.block_relatives), default=0.0)


def _largest_together(rows: Iterable[RowEnergies]) -> float:
    """Of a block, as if the changes had nothing in common."""
    blocks = zip(*(row.block_relatives for row in rows), strict=True)
    return max((math.hypot(*_known(block)) for block in blocks), default=0.0)


def _known(relatives: Relatives) -> list[float]:
    return [one for one in relatives if one is not None]
