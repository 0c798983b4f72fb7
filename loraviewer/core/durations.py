"""How long something takes, as sentences say it."""

from loraviewer.core.sentences import say

_MINUTE_S, _HOUR_S = 60, 3600


def duration_text(seconds: float) -> str:
    """Rounded to what matters: "under 1 s", "3 s", "2 min", "1.5 h". A no-break space belongs
    between number and unit."""
    if seconds < 1.0:
        return say("under 1\u00a0s")
    if round(seconds) < _MINUTE_S:
        return f"{round(seconds)}\u00a0s"
    if round(seconds / _MINUTE_S) < _MINUTE_S:
        return f"{round(seconds / _MINUTE_S)}\u00a0min"
    return f"{seconds / _HOUR_S:.1f}\u00a0h".replace(".0", "")
