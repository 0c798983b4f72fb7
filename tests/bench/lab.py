"""Experiments of pictures: what a cell costs beside its picture, and a second run from the store.

python -m tests.bench.lab [small]

A ladder of ten of the demo's adapters over eight seeds, as a person starts it: the command in a
process of its own, with a profile of its own. `small`: three adapters over two seeds.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from loraviewer.core.experiments.cells import cost
from loraviewer.core.experiments.description import read_description
from loraviewer.core.resources import demo_adapters
from tests.bench.figures import Figure, keep, print_table

OVERHEAD_BOUND, AGAIN_BOUND = 0.05, 50.0
FIXED = ("--prompt", "a girl in a forest", "--orders", "2", "--arms", "real,random")


@dataclass(frozen=True)
class Spent:
    """Of one command: by the clock, and on all cores together."""

    wall_s: float
    cpu_s: float
    made: int


def spent(profile: Path, output: Path, asked: list[str]) -> Spent:
    folders = {f"XDG_{name}_HOME": str(profile / name) for name in ("DATA", "CONFIG", "CACHE")}
    called = [sys.executable, "-m", "loraviewer", "lab", *asked, "-o", str(output), "--json"]
    before, began = _cpu_s(), time.perf_counter()
    told = subprocess.run(called, env=os.environ | folders, check=True, capture_output=True)
    wall_s, cpu_s = time.perf_counter() - began, _cpu_s() - before
    return Spent(wall_s, cpu_s, json.loads(told.stdout)["made"])


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(is_small: bool) -> list[Figure]:
    count, seeds = (3, 2) if is_small else (10, 8)
    names = [path.stem for path in demo_adapters()][:count]
    loras = [part for name in names for part in ("--lora", name)]
    size = ["--size", "128x128", *(["--steps", "2"] if is_small else [])]
    ladder = ["ladder", "--base", "demo", *loras, *FIXED, "--seeds", str(seeds), *size]
    with tempfile.TemporaryDirectory() as name:
        folder, profile = Path(name), Path(name) / "profile"
        first = spent(profile, folder / "one", ladder)
        again = spent(profile, folder / "two", ladder)
        assert again.made == 0
        pictures = cost(read_description(folder / "one" / "description.json")).pictures
        same = (folder / "one" / "results.csv").read_bytes() == (
            folder / "two" / "results.csv"
        ).read_bytes()
    assert same
    told_s = again.cpu_s / pictures
    what = f"ladder of {count} adapters × {seeds} seeds, {pictures} pictures"
    return [
        Figure("lab_ladder_s", first.wall_s, "s", what=what),
        Figure("lab_again_s", again.wall_s, "s", what="the same into another folder"),
        Figure(
            "lab_again_ratio", first.wall_s / again.wall_s, "×", AGAIN_BOUND, is_least=True,
            what="by the clock",
        ),
        Figure("lab_again_cpu_ratio", first.cpu_s / again.cpu_s, "×", what="by all cores' time"),
        Figure(
            "lab_overhead", told_s / (first.cpu_s / pictures), "of a picture", OVERHEAD_BOUND,
            what="all that a cell costs beside its picture, the command's start with it",
        ),
    ]  # fmt: skip


def main() -> None:
    began = time.perf_counter()
    figures = measure("small" in sys.argv[1:])
    if "small" not in sys.argv[1:]:
        keep("lab", figures)
    print_table(f"lab: {time.perf_counter() - began:.0f} s", figures)


if __name__ == "__main__":
    main()
