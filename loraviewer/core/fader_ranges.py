"""From where to where a row's fader goes. No picture depends on it: any number is a strength."""

import math

from loraviewer.core.numbers import short_number

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
        return "The ends of a fader must be finite numbers."
    if max(abs(lowest), abs(highest)) > FARTHEST:
        return f"A fader can end at {short_number(FARTHEST)} at most; type larger strengths."
    if highest - lowest < NARROWEST:
        return f"A fader must end at least {NARROWEST} above where it begins."
    return ""


def range_text(wanted: FaderRange) -> str:
    """As “−1 … 2”."""
    return " … ".join(map(number_text, wanted))


def number_text(end: float) -> str:
    """With a typographic minus."""
    return short_number(end).replace("-", "−")
