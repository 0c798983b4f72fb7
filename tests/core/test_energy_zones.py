"""Zones of the energy bar: their edges, and that what is said of them is what was measured."""

import inspect
import json
import math
from pathlib import Path

import pytest

from loraviewer.core import energy_zones
from loraviewer.core.energy_zones import (
    AMBER_FROM,
    RED_FROM,
    RELATIVE_RED_FROM,
    Zone,
    zone,
)
from loraviewer.core.resources import resource_root

SMALL = 0.01


@pytest.fixture(scope="module")
def measured() -> dict:
    return json.loads((resource_root() / "demo" / "energy_zones.json").read_text())


@pytest.mark.parametrize(
    ("in_adapters", "found"),
    [
        (0.0, Zone.CALM),
        (1.0, Zone.CALM),
        (math.nextafter(AMBER_FROM, 0), Zone.CALM),
        (AMBER_FROM, Zone.AMBER),
        (math.nextafter(RED_FROM, 0), Zone.AMBER),
        (RED_FROM, Zone.RED),
        (100.0, Zone.RED),
        (math.inf, Zone.RED),
    ],
)
def test_by_the_strength_in_adapters(in_adapters: float, found: Zone) -> None:
    assert zone(SMALL, in_adapters) is found


def test_one_adapter_as_large_as_the_base_is_no_calm_one() -> None:
    assert zone(RELATIVE_RED_FROM, 1.0) is Zone.RED
    assert zone(math.nextafter(RELATIVE_RED_FROM, 0), 1.0) is Zone.CALM


def test_what_is_not_known_counts_as_small() -> None:
    assert zone(math.nan, math.nan) is Zone.CALM
    assert zone(math.nan, RED_FROM) is Zone.RED
    assert zone(RELATIVE_RED_FROM, math.nan) is Zone.RED


def test_the_limits_are_the_measured_ones(measured: dict) -> None:
    zones, axes = measured["zones"], measured["axes"]
    limits = axes["in_adapters"]["limits"], axes["relative"]["limits"]
    assert zones["amber_from"] == AMBER_FROM == round(limits[0]["90 %"][0], 1)
    assert zones["red_from"] == RED_FROM == round(limits[0]["50 %"][0], 1)
    assert zones["relative_red_from"] == RELATIVE_RED_FROM == round(limits[1]["25 %"][0], 1)


def test_what_the_module_says_was_counted(measured: dict) -> None:
    source, counted = inspect.getsource(energy_zones), measured["counted"]
    assert f"{counted['stacks']} stacks of {counted['adapters']} of its adapters" in source
    assert f"{counted['pictures']:,} pictures of {counted['prompts']}\nprompts" in source
    for found in measured["zones"]["found"].values():
        assert f'"""{100 * found["subject"]:.0f} % ' in source
    axes = measured["axes"]
    for limit, digits in (
        (axes["in_adapters"]["limits"]["90 %"], 1),
        (axes["in_adapters"]["limits"]["50 %"], 1),
        (axes["relative"]["limits"]["25 %"], 2),
    ):
        assert f"({limit[1]:.{digits}f} … {limit[2]:.{digits}f})" in source


def test_what_the_guide_says_was_counted(measured: dict) -> None:
    manual = Path(__file__).parents[2] / "resources" / "manual" / "studio.md"
    guide = manual.read_text(encoding="utf-8").split("## What the energy bar says")[1]
    guide = " ".join(guide.split("\n## ")[0].split())
    found, limits = measured["zones"]["found"], measured["axes"]["in_adapters"]["limits"]
    subjects = [f"{100 * one['subject']:.0f} %" for one in found.values()]
    faces = [f"{100 * one['judged_face']:.0f} %" for one in found.values()]
    amber, red = limits["90 %"], limits["50 %"]
    within = [one["ssim"] for one in measured["axes"]["one_step"]["ranks within"].values()]
    for said in (
        f"amber from {AMBER_FROM} adapters on, red from {RED_FROM} (or from {RELATIVE_RED_FROM} of",
        f"{measured['counted']['pictures']:,} pictures of {measured['counted']['stacks']} stacks",
        f"Below amber {subjects[0]} still showed it, in amber {subjects[1]}, in red {subjects[2]}",
        f"({', '.join(faces)})",
        f"between {amber[1]:.1f} and {amber[2]:.1f}, red between {red[1]:.1f} and {red[2]:.1f}",
        f"rank correlation −{-measured['axes']['in_adapters']['ranks']['subject'][0]:.2f})",
        f"by −{-max(within):.2f} to −{-min(within):.2f};",
    ):
        assert said in guide
