"""The card's section on the zones: the measured curves as tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from . import curves

SECTION = Path(__file__).parents[1] / "zones.md"
SIZES = {
    "in_adapters": "in adapters",
    "relative": "relative",
    "one_step": "one-step change",
}


def section() -> str:
    """Filled from what was measured; nothing where nothing was."""
    if not curves.FILE.exists():
        return ""
    known = json.loads(curves.FILE.read_text())
    return SECTION.read_text().format(
        **known["counted"],
        curve="\n".join(_curve(known["axes"]["in_adapters"]["curve"])),
        axes="\n".join(_axis(SIZES[name], axis) for name, axis in known["axes"].items()),
        zones="\n".join(_zones(known["zones"])),
        better=_between(known["better by"]["subject"]["relative"], 2),
        departing=_between(known["better by"]["ssim"]["one_step"], 2),
        **{f"{name}_within": _within(axis) for name, axis in known["axes"].items()},
    )


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _between(found: list[float], digits: int) -> str:
    """ "1.6 (1.3 to 1.9)" """
    value, low, high = (f"{number:.{digits}f}" for number in found)
    return f"{value} ({low} to {high})"


def _curve(parts: list[dict[str, float]]) -> Iterator[str]:
    for part in parts:
        yield _line(
            f"{part['from']:.2f} to {part['to']:.2f}",
            str(part["stacks"]),
            _percent(part["subject"]),
            f"{_percent(part['worst stack'])}, {_percent(part['best stack'])}",
            _percent(part["judged_face"]),
            _percent(part["face"]),
            f"{part['ssim']:.2f}",
        )


def _axis(name: str, axis: dict) -> str:
    ranks = axis["ranks"]["subject"], axis["ranks of one adapter"], axis["ranks of several"]
    return _line(
        name,
        *(_between(limit, 2) for limit in axis["limits"].values()),
        *(_between(found, 2) for found in (*ranks, axis["ranks"]["ssim"])),
    )


def _within(axis: dict) -> str:
    """The weakest and the strongest rank correlation with SSIM in one family: "-0.61 to -0.85" """
    ranks = [found["ssim"] for found in axis["ranks within"].values()]
    return f"{max(ranks):.2f} to {min(ranks):.2f}"


def _zones(zones: dict) -> Iterator[str]:
    amber, red = f"{zones['amber_from']} adapters", f"{zones['red_from']} adapters"
    starts = {"calm": "", "amber": amber, "red": f"{red}, or {zones['relative_red_from']} relative"}
    for zone, found in zones["found"].items():
        yield _line(
            zone,
            starts[zone] or "-",
            str(found["stacks"]),
            _percent(found["subject"]),
            _percent(found["judged_face"]),
            _percent(found["stacks with 90 % or more"]),
            _percent(found["stacks with less than 50 %"]),
        )
