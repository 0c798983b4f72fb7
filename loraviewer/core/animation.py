"""A fader on its way from one value to another, picture by picture."""

from typing import Literal

import msgspec

from loraviewer.core.encodable import encode_json
from loraviewer.core.infotext import ImageRecord
from loraviewer.core.numbers import short_number
from loraviewer.core.picture import Picture
from loraviewer.core.sentences import figure, together
from loraviewer.core.stack import AdapterStack

MOST_FRAMES = 240
ANIMATION_CHUNK = "loraviewer-animation"
"""Keyword of the text that says how an animation was made."""

MASTER = ""
"""In place of a row: the factor of the whole stack."""

Turn = Literal["loop", "bounce"]


class FaderWay(msgspec.Struct, frozen=True, kw_only=True):
    """`entry_id`: of the row, or `MASTER`. `frames`: pictures from `start` to `end`, both among
    them. `frame_ms`: how long each is seen. `turn`: what follows the last one: the first again, or
    the way back."""

    entry_id: str
    start: float
    end: float
    frames: int
    frame_ms: int = 120
    turn: Turn = "bounce"
    has_captions: bool = True

    def values(self) -> tuple[float, ...]:
        """Of the fader, first to last."""
        step = (self.end - self.start) / max(1, self.frames - 1)
        inner = tuple(round(self.start + i * step, 9) for i in range(1, self.frames - 1))
        return (self.start, *inner, self.end) if self.frames > 1 else (self.start,)

    def stacks(self, stack: AdapterStack) -> tuple[AdapterStack, ...]:
        """KeyError where the row is not in the stack."""
        if self.entry_id == MASTER:
            return tuple(stack.with_master(value) for value in self.values())
        return tuple(_moved(stack, self.entry_id, value) for value in self.values())


class Animation(msgspec.Struct, frozen=True, kw_only=True):
    """Finished frames of one size on their way into a file. `captions`: one for each frame, or
    none. `record`: of the first frame."""

    way: FaderWay
    name: str
    frames: tuple[Picture, ...]
    captions: tuple[Picture, ...]
    record: ImageRecord


def shown_order(frames: int, turn: Turn) -> tuple[int, ...]:
    """Indices of frames as they are seen; on the way back neither end is seen twice."""
    there = tuple(range(frames))
    return there + there[-2:0:-1] if turn == "bounce" else there


def frame_words(name: str, value: float) -> str:
    return together((name, figure(short_number(value, digits=2))))


def animation_record(animation: Animation) -> str:
    told = {"fader": animation.name, "way": animation.way, "first": animation.record}
    return encode_json(told, order="deterministic").decode()


def _moved(stack: AdapterStack, entry_id: str, value: float) -> AdapterStack:
    """A row that is off would move without a change."""
    return stack.with_entry(entry_id, scale=value, is_enabled=True)
