"""Along what a sweep goes."""

import math
from typing import Literal

import msgspec

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
            return "A sweep needs at least one point."
        if not all(map(math.isfinite, self.points)):
            return "The points of a sweep are finite numbers."
        if not 0 <= self.adapter <= adapters:
            return f"There is no adapter number {self.adapter} to sweep; {adapters} are given."
        if self.what == "fader" and not self.adapter:
            return "Say the fader of which adapter is to be swept."
        if (self.what == "block") != bool(self.block):
            return "A sweep of a block, and of nothing else, names the block."
        if self.what in ("master", "guidance") and self.adapter:
            return f"A sweep of {self.what} is of no single adapter."
        return None
