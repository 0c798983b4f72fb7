"""Faders that are moved by hand: what a MIDI controller says, and what that means for a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from loraviewer.core.fader_ranges import FaderRange

HIGHEST = 127
_DETENTS = (0.0, 1.0)
_DIGITS = 2


@dataclass(frozen=True)
class ControlMoved:
    """A control change of MIDI 1.0. channel: 0 … 15, control and value: 0 … 127."""

    channel: int
    control: int
    value: int

    @property
    def key(self) -> str:
        """By what a binding names it, as “1/7”; channels as people count them."""
        return f"{self.channel + 1}/{self.control}"


OpenMidi = Callable[[Callable[[ControlMoved], None]], Callable[[], None]]
"""Opens every input that there is and tells of each control that moves, on a thread of its own;
returns what closes them. Raises `RequestError` with one sentence where there is none."""


def strength_at(value: int, ends: FaderRange) -> float:
    """The strength at a control's place on the row's fader. 128 places would miss 0 and 1, which
    the nearest place means."""
    lowest, highest = ends
    step = (highest - lowest) / HIGHEST
    strength = lowest + max(0, min(HIGHEST, value)) * step
    near = (d for d in _DETENTS if lowest <= d <= highest and abs(strength - d) <= step / 2)
    return next(near, round(strength, _DIGITS))


def with_bound(bindings: Mapping[str, int], key: str, row: int) -> dict[str, int]:
    """A control moves one row, and a row is moved by one control, from now on by this."""
    others = {known: at for known, at in bindings.items() if known != key and at != row}
    return {**others, key: row}
