"""Rules of presenting: how far a fader goes, which rows are shown, where pictures and faders lie,
and which screen is for the room."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from loraviewer.core.fader_ranges import FaderRange

PAGE_ROWS = 9
"""Rows that are shown at once: as many as there are number keys."""

_STRIP_SHARE = 0.24
"""Of the room, what faders take at a side; where they lie below, of its height."""

Rect = tuple[int, int, int, int]
"""Of a screen: left, top, width, height."""


def held_within(wanted: float, now: float, ends: FaderRange) -> float:
    """As near to `wanted` as the fader's range allows. A strength that was typed beyond it stays,
    and may come back, but goes no further out."""
    lowest, highest = min(ends[0], now), max(ends[1], now)
    return max(lowest, min(highest, wanted))


def page_of(row: int, rows: int) -> range:
    """The rows that are shown together with this one, all counted from 0."""
    first = row // PAGE_ROWS * PAGE_ROWS
    return range(first, min(first + PAGE_ROWS, rows))


@dataclass(frozen=True)
class StagePlan:
    """`faders`: at which edge they lie. `strip`: what they take of it, in pixels."""

    faders: Literal["right", "bottom"]
    strip: int


def stage_plan(
    width: int, height: int, pictures: int, aspect: float, needs: tuple[int, int]
) -> StagePlan:
    """The one that leaves the larger pictures. `aspect`: of a picture, width over height. `needs`:
    the least that faders take at the right, and at the bottom, in pixels."""
    right = max(needs[0], round(width * _STRIP_SHARE))
    bottom = max(needs[1], round(height * _STRIP_SHARE))
    beside = _picture_height(width - right, height, pictures, aspect)
    above = _picture_height(width, height - bottom, pictures, aspect)
    return StagePlan("right", right) if beside >= above else StagePlan("bottom", bottom)


def _picture_height(width: int, height: int, pictures: int, aspect: float) -> float:
    return min(height, width / pictures / aspect)


def screen_for_room(own: Rect, screens: Sequence[Rect]) -> int | None:
    """Which of several screens shows only the pictures, the largest that is not the presenter's
    own; None where there is none. One that shows the same place as another is that one."""
    others = [place for place, rect in enumerate(screens) if not _overlap(rect, own)]
    return max(others, key=lambda place: screens[place][2] * screens[place][3], default=None)


def _overlap(one: Rect, other: Rect) -> bool:
    return (
        one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    )
