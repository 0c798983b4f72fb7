"""Along what a sweep goes."""

import math
from collections.abc import Sequence
from typing import Literal, get_args

import msgspec

from loraviewer.core.numbers import read_whole
from loraviewer.core.sentences import say
from loraviewer.core.stack import AppliedAdapter

What = Literal["master", "fader", "text", "block", "guidance"]
"""All strengths multiplied; one adapter's strength; that of its text encoder part; a block's."""


class Axis(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`adapter`: its number among the experiment's, from 1; 0 for all of them. `block`: its name,
    as `core.blocks` gives them, "" where `what` is none."""

    what: What = "master"
    points: tuple[float, ...]
    adapter: int = 0
    block: str = ""

    def problem(self, adapters: int) -> str | None:
        """One sentence about what makes no axis of a stack of so many adapters, or None."""
        if not self.points:
            return say("A sweep needs at least one point.")
        if not all(map(math.isfinite, self.points)):
            return say("The points of a sweep are finite numbers.")
        if not 0 <= self.adapter <= adapters:
            return say(
                "There is no adapter number {adapter} to sweep; {adapters} are given.",
                adapter=self.adapter,
                adapters=adapters,
            )
        if self.what == "fader" and not self.adapter:
            return say("Say the fader of which adapter is to be swept.")
        if (self.what == "block") != bool(self.block):
            return say("A sweep of a block, and of nothing else, names the block.")
        if self.what in ("master", "guidance") and self.adapter:
            return say("A sweep of {what} is of no single adapter.", what=self.what)
        return None


def axis_words(axis: Axis, adapters: Sequence[AppliedAdapter]) -> str:
    """What moves: “manga”, “text encoders of manga”, “M00 of manga”, “all adapters”, “guidance”."""
    if axis.what == "guidance":
        return say("guidance")
    if not axis.adapter:
        return _of_all(axis)
    adapter = adapters[axis.adapter - 1].name
    if axis.what == "text":
        return say("text encoders of {adapter}", adapter=adapter)
    if axis.what == "block":
        return say("{block} of {adapter}", block=axis.block, adapter=adapter)
    return adapter


def _of_all(axis: Axis) -> str:
    if axis.what == "text":
        return say("text encoders of all adapters")
    if axis.what == "block":
        return say("{block} of all adapters", block=axis.block)
    return say("all adapters")


def strength_words(axis: Axis, adapters: Sequence[AppliedAdapter]) -> str:
    """What its numbers are: “strength of manga”, “guidance”."""
    if axis.what == "guidance":
        return say("guidance")
    if axis.what == "master":
        return say("all strengths, multiplied by")
    if axis.what == "text" and axis.adapter:
        adapter = adapters[axis.adapter - 1].name
        return say("strength of text encoders of {adapter}", adapter=adapter)
    if axis.what == "text":
        return say("strength of text encoders of all adapters")
    return say("strength of {what}", what=axis_words(axis, adapters))


USUAL_ENDS: dict[What, tuple[float, float]] = {"guidance": (1.0, 9.0)}
"""Of those that do not go from 0 to 2."""


def read_axis(text: str, points: tuple[float, ...] = ()) -> Axis:
    """`master`, `fader:N`, `text[:N]`, `block:NAME[:N]` or `guidance`; N: an adapter's number, from
    1. Raises `ValueError` with one sentence."""
    what, *rest = text.strip().split(":")
    known = next((name for name in get_args(What) if name == what), None)
    block = rest.pop(0) if known == "block" and rest else ""
    number = read_whole(rest[0]) if rest else 0
    if known is None or len(rest) > 1 or number is None:
        raise ValueError(
            say(
                "“{text}” is no axis; write master, fader:N, text:N, block:NAME, block:NAME:N or "
                "guidance.",
                text=text,
            )
        )
    return Axis(what=known, points=points, adapter=number, block=block)
