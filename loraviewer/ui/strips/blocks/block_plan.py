"""Where each block of a base is drawn: a UNet as the U that it is, all else in columns."""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QRectF, QSizeF

from loraviewer.core.block_order import (
    DECODER,
    DENOISER,
    ENCODER,
    is_last,
    is_unet,
    level_of,
    levels_of,
    networks,
    place_of,
)
from loraviewer.core.blocks import MIDDLE

CELL_PX, ROW_PX = 92.0, 22.0
"""Width and height of a block."""
_TEXT_PX, _SMALL_PX = 72.0, 56.0
"""Widths of a text encoder's, and of what lies before and after all lists of a UNet."""
_ACROSS, _BELOW = 6.0, 3.0
_LINE_PX = 22.0
"""Height of a line of words."""
_INSET = 13.0
"""By how much each level of a UNet lies further inside than the one above it."""
_ARMS_APART = 44.0
_BETWEEN = 34.0
"""From one network to the next."""
_MOST_ROWS, _MOST_TEXT_ROWS = 20, 16


@dataclass
class NetworkPlan:
    """Places in logical pixels. `whole`: of what stands for all of its blocks; `captions`: list →
    of its words; `lines`: between which blocks what is computed goes."""

    network: str
    title: QRectF
    whole: QRectF
    blocks: dict[str, QRectF] = field(default_factory=dict)
    captions: dict[str, QRectF] = field(default_factory=dict)
    lines: list[tuple[str, str]] = field(default_factory=list)
    skips: list[tuple[str, str]] = field(default_factory=list)
    """What a UNet hands across at the same level."""

    @property
    def size(self) -> QSizeF:
        rects = [self.title, self.whole, *self.blocks.values()]
        return QSizeF(max(r.right() for r in rects), max(r.bottom() for r in rects))


@dataclass(frozen=True)
class BlockPlan:
    """All networks beside each other."""

    networks: tuple[NetworkPlan, ...] = ()

    @property
    def size(self) -> QSizeF:
        sizes = [plan.size for plan in self.networks]
        return QSizeF(max((s.width() for s in sizes), default=0.0), self.height)

    @property
    def height(self) -> float:
        return max((plan.size.height() for plan in self.networks), default=0.0)

    def places(self) -> dict[str, QRectF]:
        """Of every block, and under its network's name of what stands for all of it."""
        found: dict[str, QRectF] = {}
        for plan in self.networks:
            found |= {plan.network: plan.whole, **plan.blocks}
        return found


def block_plan(base: Iterable[str], own: Iterable[str]) -> BlockPlan:
    """base: all blocks of the base; own: those that the adapter changes. A text encoder that it
    leaves alone is not drawn."""
    touched, plans, left = networks(own), [], 0.0
    for network, blocks in networks((*base, *own)).items():
        if network != DENOISER and network not in touched:
            continue
        plan = _unet(network, blocks) if is_unet(blocks) else _columns(network, blocks)
        plans.append(_moved(plan, left))
        left += plan.size.width() + _BETWEEN
    return BlockPlan(tuple(plans))


def _headed(network: str, width: float) -> NetworkPlan:
    whole = QRectF(0.0, _LINE_PX, width, ROW_PX)
    return NetworkPlan(network, QRectF(0.0, 0.0, width, _LINE_PX), whole)


def _top(plan: NetworkPlan) -> float:
    """Where its blocks begin."""
    return plan.whole.bottom() + 3 * _BELOW


# A UNet.


def _unet(network: str, blocks: Sequence[str]) -> NetworkPlan:
    """Both sides of a level end on the same line: what one hands across, the other takes there."""
    levels = levels_of(blocks)
    width = 2 * (CELL_PX + max(0, levels - 1) * _INSET) + _ARMS_APART
    plan = _headed(network, width)
    y = _put_around(plan, blocks, _top(plan))
    for level in range(levels):
        left, right = _sides(blocks, levels, level)
        rows = max(len(left), len(right))
        bottom = y + rows * (ROW_PX + _BELOW)
        _put_side(plan, left, level * _INSET, bottom)
        _put_side(plan, right, width - CELL_PX - level * _INSET, bottom)
        plan.skips += zip(reversed(left), reversed(right), strict=False)
        y = bottom + 2 * _BELOW
    if MIDDLE in blocks:
        plan.blocks[MIDDLE] = QRectF((width - CELL_PX) / 2, y, CELL_PX, ROW_PX)
    way = [b for b in blocks if place_of(b).list_name in (ENCODER, MIDDLE, DECODER)]
    plan.lines += itertools.pairwise(way)
    _put_others(plan, [block for block in blocks if block not in plan.blocks])
    return plan


def _put_others(plan: NetworkPlan, blocks: Sequence[str]) -> None:
    """Blocks of lists that no UNet known has, in lines below it."""
    top, across = plan.size.height() + 2 * _BELOW, CELL_PX + _ACROSS
    in_a_line = max(1, int((plan.whole.width() + _ACROSS) / across))
    for index, block in enumerate(blocks):
        row, column = divmod(index, in_a_line)
        place = QRectF(column * across, top + row * (ROW_PX + _BELOW), CELL_PX, ROW_PX)
        plan.blocks[block] = place


def _put_around(plan: NetworkPlan, blocks: Sequence[str], top: float) -> float:
    """What lies before and after all levels, in a line of its own; below it."""
    around = [block for block in blocks if not place_of(block).list_name]
    for block in around:
        x = plan.whole.right() - _SMALL_PX if is_last(block) else 0.0
        plan.blocks[block] = QRectF(x, top, _SMALL_PX, ROW_PX)
    return top + (ROW_PX + 2 * _BELOW if around else 0.0)


def _sides(blocks: Sequence[str], levels: int, level: int) -> tuple[list[str], list[str]]:
    """Downwards."""
    left, right = (
        [b for b in blocks if place_of(b).list_name == side and level_of(b, levels) == level]
        for side in (ENCODER, DECODER)
    )
    return left, right[::-1]


def _put_side(
    plan: NetworkPlan, blocks: Sequence[str], x: float, bottom: float, width: float = CELL_PX
) -> None:
    for row, block in enumerate(reversed(blocks), start=1):
        plan.blocks[block] = QRectF(x, bottom - row * (ROW_PX + _BELOW), width, ROW_PX)


# All else.


def _columns(network: str, blocks: Sequence[str]) -> NetworkPlan:
    """Each list in columns of about equal length; what lies before all lists above the first, what
    comes after them below the last."""
    is_text = network != DENOISER
    cell, most = (_TEXT_PX, _MOST_TEXT_ROWS) if is_text else (CELL_PX, _MOST_ROWS)
    lists = _lists(blocks)
    columns = [(name, part) for name, own in lists.items() for part in _parts(own, most)]
    width = max(CELL_PX, len(columns) * (cell + _ACROSS) - _ACROSS)
    plan = _headed(network, width)
    y = top = _top(plan)
    if not is_text and lists:
        plan.captions = dict(_captions(columns, cell, top))
        y = top = top + _LINE_PX
    first = [b for b in blocks if not place_of(b).list_name and not is_last(b)]
    for row, block in enumerate(first):
        plan.blocks[block] = QRectF(0.0, top + row * (ROW_PX + _BELOW), cell, ROW_PX)
    y = top + len(first) * (ROW_PX + _BELOW)
    for column, (_, part) in enumerate(columns):
        x = column * (cell + _ACROSS)
        _put_side(plan, part, x, y + len(part) * (ROW_PX + _BELOW), cell)
        plan.lines += itertools.pairwise(part)
    _put_last(plan, [b for b in blocks if is_last(b)], columns, cell, y)
    return plan


def _lists(blocks: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for block in blocks:
        if name := place_of(block).list_name:
            found.setdefault(name, []).append(block)
    return found


def _parts(blocks: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    """As few as `most` lets there be, of about equal length."""
    rows = math.ceil(len(blocks) / math.ceil(len(blocks) / most))
    for start in range(0, len(blocks), rows):
        yield blocks[start : start + rows]


def _captions(
    columns: Sequence[tuple[str, Sequence[str]]], cell: float, top: float
) -> Iterator[tuple[str, QRectF]]:
    for name in dict.fromkeys(name for name, _ in columns):
        own = [column for column, (of, _) in enumerate(columns) if of == name]
        width = len(own) * (cell + _ACROSS) - _ACROSS
        yield name, QRectF(own[0] * (cell + _ACROSS), top, width, _LINE_PX)


def _put_last(
    plan: NetworkPlan,
    blocks: Sequence[str],
    columns: Sequence[tuple[str, Sequence[str]]],
    cell: float,
    top: float,
) -> None:
    x = max(0, len(columns) - 1) * (cell + _ACROSS)
    rows = len(columns[-1][1]) if columns else 0
    for row, block in enumerate(blocks, start=rows):
        plan.blocks[block] = QRectF(x, top + row * (ROW_PX + _BELOW), cell, ROW_PX)


def _moved(plan: NetworkPlan, left: float) -> NetworkPlan:
    """To the right by so much."""
    move = {name: rect.translated(left, 0.0) for name, rect in plan.blocks.items()}
    captions = {name: rect.translated(left, 0.0) for name, rect in plan.captions.items()}
    title, whole = plan.title.translated(left, 0.0), plan.whole.translated(left, 0.0)
    return NetworkPlan(plan.network, title, whole, move, captions, plan.lines, plan.skips)
