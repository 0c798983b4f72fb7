"""From measured rows to the curves that the energy bar's zones stand on: `energy_zones.json`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from resources.demo.train.workspace import DEMO

from .fits import Falling, interval, rank_correlation
from .rows import measured
from .stacks import NAMES
from .table import AXES, SEEN, Table

FILE = DEMO / "energy_zones.json"
REPEAT = "python -m resources.demo.train zones"
SHARES = (0.9, 0.5, 0.25)  # of pictures that still show their subject; limits lie there
BINS = 8  # of a curve, as many stacks in each

Measure = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Zones:
    """Amber and red begin where so many adapters leave 90 % and 50 %; red also where a size
    relative to the base leaves 25 %, however few adapters that takes. One decimal is all that the
    intervals allow."""

    amber_from: float
    red_from: float
    relative_red_from: float

    @classmethod
    def at(cls, axes: dict) -> Zones:
        adapters, relative = (axes[name]["limits"] for name in ("in_adapters", "relative"))
        found = adapters["90 %"], adapters["50 %"], relative["25 %"]
        return cls(*(round(limit[0], 1) for limit in found))

    def parts(self, table: Table) -> dict[str, np.ndarray]:
        """(n,) for each zone: whether the stack is in it."""
        adapters, relative = table.axis("in_adapters"), table.axis("relative")
        is_red = (adapters >= self.red_from) | (relative >= self.relative_red_from)
        is_amber = (adapters >= self.amber_from) & ~is_red
        return {"calm": ~is_red & ~is_amber, "amber": is_amber, "red": is_red}


def write() -> Zones:
    """Measure the rows' curves and keep them."""
    found = curves(Table.of(measured()))
    FILE.write_text(json.dumps(found, indent=1) + "\n")
    return Zones.at(found["axes"])


def curves(table: Table) -> dict:
    """All that the card, the guide and the core's constants say of the zones."""
    axes = {name: _axis(table, name) for name in AXES}
    zones = Zones.at(axes)
    return {
        "about": "Stacks of the demo's adapters on the demo's base, and what of their pictures "
        "still shows its subject by the demo's judge. Intervals hold 95 % of 1000 draws of stacks "
        "and prompts. Another base has other curves.",
        "repeat": REPEAT,
        "counted": _counts(table),
        "axes": axes,
        "better by": {seen: _better(table, seen) for seen in ("subject", "ssim")},
        "zones": {**asdict(zones), "found": _found(table, zones)},
    }


def _counts(table: Table) -> dict[str, int]:
    families = {name: int((table.families == name).sum()) for name in np.unique(table.families)}
    return {
        "stacks": len(table),
        **families,
        "adapters": len(NAMES),
        "prompts": len(np.unique(table.prompts)),
        "pictures": table.subject.size,
        "base_pictures": len(np.unique(table.prompts)),
    }


def _axis(table: Table, name: str) -> dict:
    single = table.families == "single"
    return {
        "ranks": {seen: _ranks(table, name, seen) for seen in SEEN},
        "ranks of one adapter": _ranks(table.where(single), name, "subject"),
        "ranks of several": _ranks(table.where(~single), name, "subject"),
        "ranks within": _within(table, name),
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


def _within(table: Table, axis: str) -> dict[str, dict[str, float]]:
    """The same among the stacks of each family."""
    found = dict[str, dict[str, float]]()
    for family in np.unique(table.families).tolist():
        own = table.where(table.families == family)
        ranks = {k: rank_correlation(own.axis(axis), own.seen(k)) for k in ("subject", "ssim")}
        found[family] = {seen: _rounded(rank) for seen, rank in ranks.items()}
    return found


def _better(table: Table, seen: str) -> dict[str, list[float]]:
    """By how much nearer to -1 than that of `in_adapters` another size's rank correlation is."""
    share, first = table.seen(seen), table.axis(AXES[0])

    def measure(other: np.ndarray) -> Measure:
        def found(of_stacks: np.ndarray, _: np.ndarray) -> float:
            a, b, c = (np.repeat(values, of_stacks) for values in (first, other, share))
            return rank_correlation(a, c) - rank_correlation(b, c)

        return found

    return {name: _with_interval(table, measure(table.axis(name))) for name in AXES[1:]}


def _limits(table: Table, axis: str) -> dict[str, list[float]]:
    """The size at which each share is left, and the interval of that."""
    size = table.axis(axis)

    def measure(share: float) -> Measure:
        def found(of_stacks: np.ndarray, of_prompts: np.ndarray) -> float:
            return Falling.fitted(size, *table.counted(of_stacks, of_prompts)).at(share)

        return found

    return {f"{100 * share:.0f} %": _with_interval(table, measure(share)) for share in SHARES}


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


def _found(table: Table, zones: Zones) -> dict[str, dict[str, float]]:
    """What the pictures of each zone's stacks show."""
    share, faces = table.seen("subject"), table.seen("judged_face")
    return {
        zone: {
            "stacks": int(part.sum()),
            "subject": _rounded(share[part].mean()),
            "judged_face": _rounded(faces[part].mean()),
            "stacks with 90 % or more": _rounded((share[part] >= 0.9).mean()),
            "stacks with less than 50 %": _rounded((share[part] < 0.5).mean()),
        }
        for zone, part in zones.parts(table).items()
    }


def _rounded(value: float) -> float:
    return round(float(value), 3)
