"""From where to where a row's fader goes. No picture depends on it: any number is a strength."""

import math

from loraviewer.core.numbers import short_number
from loraviewer.core.sentences import say

FaderRange = tuple[float, float]
"""Its lowest and its highest strength."""

USUAL_RANGE: FaderRange = (-1.0, 2.0)
PRESET_RANGES: tuple[FaderRange, ...] = (
    (0.0, 1.0),
    USUAL_RANGE,
    (-2.0, 2.0),
    (-5.0, 5.0),
    (-15.0, 15.0),
)
FARTHEST = 1e6
NARROWEST = 0.01


def range_problem(lowest: float, highest: float) -> str:
    """One sentence why a fader cannot go from one to the other; "" where it can."""
    if not (math.isfinite(lowest) and math.isfinite(highest)):
        return say("The ends of a fader must be finite numbers.")
    if max(abs(lowest), abs(highest)) > FARTHEST:
        return say(
            "A fader can end at {farthest} at most; type larger strengths.",
            farthest=short_number(FARTHEST),
        )
    if highest - lowest < NARROWEST:
        return say("A fader must end at least {least} above where it begins.", least=NARROWEST)
    return ""


def range_text(wanted: FaderRange) -> str:
    """As “−1 … 2”."""
    return " … ".join(map(number_text, wanted))


def number_text(end: float) -> str:
    """With a typographic minus."""
    return short_number(end).replace("-", "−")
