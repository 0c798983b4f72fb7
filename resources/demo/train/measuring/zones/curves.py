"""From measured rows to the curves that the energy bar's zones stand on: `energy_zones.json`."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np

from resources.demo.train.workspace import DEMO

from .fits import Falling, interval, rank_correlation
from .rows import measured
from .stacks import NAMES
from .table import AXES, SEEN, Table

FILE = DEMO / "energy_zones.json"
REPEAT = "python -m resources.demo.train zones"
ZONES_AXIS = "in_adapters"
LIMITS = {"amber": 0.9, "red": 0.5}  # what share of pictures still shows its subject there
BINS = 8  # of a curve, as many stacks in each

Measure = Callable[[np.ndarray, np.ndarray], float]


def write() -> None:
    """Measure the rows' curves and keep them."""
    FILE.write_text(json.dumps(curves(Table.of(measured())), indent=1) + "\n")


def curves(table: Table) -> dict:
    """All that the card, the guide and the core's constants say of the zones."""
    axes = {name: _axis(table, name) for name in AXES}
    limits = axes[ZONES_AXIS]["limits"]
    amber, red = (round(limits[zone][0], 1) for zone in LIMITS)
    return {
        "about": "Stacks of the demo's adapters on the demo's base, and what of their pictures "
        "still shows its subject by the demo's judge. Intervals hold 95 % of 1000 draws of stacks "
        "and prompts. Another base has other curves.",
        "repeat": REPEAT,
        "counted": _counts(table),
        "axes": axes,
        "zones": {
            "axis": ZONES_AXIS,
            "amber_from": amber,
            "red_from": red,
            "found": _found(table, amber, red),
        },
    }


def _counts(table: Table) -> dict[str, int]:
    families = {name: int((table.families == name).sum()) for name in np.unique(table.families)}
    return {
        "stacks": len(table),
        **families,
        "adapters": len(NAMES),
        "prompts": len(np.unique(table.prompts)),
        "pictures": table.subject.size,
    }


def _axis(table: Table, name: str) -> dict:
    single = table.families == "single"
    return {
        "ranks": {seen: _ranks(table, name, seen) for seen in SEEN},
        "ranks of one adapter": _ranks(table.where(single), name, "subject"),
        "ranks of several": _ranks(table.where(~single), name, "subject"),
        "limits": _limits(table, name),
        "limits of one adapter": _limits(table.where(single), name),
        "limits of several": _limits(table.where(~single), name),
        "curve": _curve(table, name),
    }


def _ranks(table: Table, axis: str, seen: str) -> list[float]:
    """Rank correlation of a size with what is seen, and its interval over stacks."""
    size, share = table.axis(axis), table.seen(seen)

    def measure(of_stacks: np.ndarray, _: np.ndarray) -> float:
        return rank_correlation(np.repeat(size, of_stacks), np.repeat(share, of_stacks))

    return _with_interval(table, measure)


def _limits(table: Table, axis: str) -> dict[str, list[float]]:
    """By zone, the size at which its share is left, and the interval of that."""
    size = table.axis(axis)

    def measure(share: float) -> Measure:
        def found(of_stacks: np.ndarray | None, of_prompts: np.ndarray | None) -> float:
            return Falling.fitted(size, *table.counted(of_stacks, of_prompts)).at(share)

        return found

    return {zone: _with_interval(table, measure(share)) for zone, share in LIMITS.items()}


def _with_interval(table: Table, measure: Measure) -> list[float]:
    once = np.ones(len(table), int), np.ones(table.prompts.max() + 1, int)
    ends = interval(measure, table.groups, np.arange(table.prompts.max() + 1))
    return [_rounded(value) for value in (measure(*once), *ends)]


def _curve(table: Table, axis: str) -> list[dict[str, float]]:
    """The rows in the order of their size, `BINS` groups of them."""
    size = table.axis(axis)
    parts = np.array_split(np.argsort(size, kind="stable"), BINS)
    seen = {name: table.seen(name) for name in SEEN}
    return [
        {
            "from": _rounded(size[part].min()),
            "to": _rounded(size[part].max()),
            "stacks": len(part),
            **{name: _rounded(values[part].mean()) for name, values in seen.items()},
            "worst stack": _rounded(seen["subject"][part].min()),
            "best stack": _rounded(seen["subject"][part].max()),
        }
        for part in parts
    ]


def _found(table: Table, amber: float, red: float) -> dict[str, dict[str, float]]:
    """What the pictures of each zone's stacks show."""
    size, share = table.axis(ZONES_AXIS), table.seen("subject")
    masks = {"calm": size < amber, "amber": (size >= amber) & (size < red), "red": size >= red}
    return {
        zone: {
            "stacks": int(mask.sum()),
            "subject": _rounded(share[mask].mean()),
            "judged_face": _rounded(table.seen("judged_face")[mask].mean()),
            "stacks with 90 % or more": _rounded((share[mask] >= LIMITS["amber"]).mean()),
            "stacks with less than 50 %": _rounded((share[mask] < LIMITS["red"]).mean()),
        }
        for zone, mask in masks.items()
    }


def _rounded(value: float) -> float:
    return round(float(value), 3)
