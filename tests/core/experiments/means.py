"""Means that nobody measured."""

from typing import Any

from loraviewer.core.experiments.numbers import Mean


def mean(
    arm: str, spreads: float | None, half: float | None = 0.2, measure: str = "noise", **fields: Any
) -> Mean:
    """spreads: in seed spreads, ± half; the number itself is a tenth of that, in levels."""
    low, high = (
        (None, None) if spreads is None or half is None else (spreads - half, spreads + half)
    )
    usual: dict[str, Any] = {
        "arm": arm,
        "policy": "",
        "depth": 0,
        "adapters": "",
        "scales": "",
        "measure": measure,
        "unit": "levels",
        "mean": 0.0 if spreads is None else spreads / 10,
        "low": None if low is None else low / 10,
        "high": None if high is None else high / 10,
        "in_seed_spreads": spreads,
        "spreads_low": low,
        "spreads_high": high,
        "level": 0.95,
        "over": "prompts",
        "prompts": 8,
        "n": 64,
        "at": "",
    }
    return Mean(**(usual | fields))


def base(**fields: Any) -> Mean:
    return mean("base", 0.0, half=0.0, **fields)
