"""What each measure of pictures costs, on one thread, for a picture and for its band.

python -m tests.bench.measures [rounds]
"""

import sys

import numpy as np

from loraviewer.lab.images.intervals import interval
from loraviewer.lab.images.measures import Measure, SeedPictures
from loraviewer.lab.images.registry import measures
from tests.bench.figures import Figure, alternating_s, keep, print_table

ROUNDS = 7
SEEDS = 8
BOUND_MS = 5.0
"""For 128 × 128: two hundred pictures with ten measures in seconds."""
LARGE_BOUND_MS = 1000.0


def pictures(count: int, side: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 200, (count, side // 8, side // 8, 3))
    fine = rng.integers(0, 56, (count, side, side, 3))
    return (coarse.repeat(8, axis=1).repeat(8, axis=2) + fine).astype(np.uint8)


def picture_ms(known: dict[str, Measure], side: int, count: int, rounds: int) -> list[float]:
    """Of one picture, for each of the measures."""
    shown = SeedPictures(pictures(count, side, 0), pictures(count, side, 1))
    works = [lambda _, one=one: one.values(shown) for one in known.values()]
    return [spent * 1e3 / count for spent in alternating_s(works, rounds)]


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    known = measures()
    small, large = picture_ms(known, 128, 4, rounds), picture_ms(known, 1024, 1, 2)
    base = pictures(SEEDS, 128, 2)
    bands = alternating_s([lambda _, one=one: one.band(base) for one in known.values()], 2)
    table = np.random.default_rng(0).standard_normal((16, 8)).tolist()
    (drawn,) = alternating_s([lambda _: interval(table)], rounds)
    figures = [
        *(Figure(f"measure_{n}", ms, "ms", BOUND_MS) for n, ms in zip(known, small, strict=True)),
        Figure("measures_large", max(large), "ms", LARGE_BOUND_MS, what="the slowest, 1024 × 1024"),
        Figure("measures_bands", sum(bands) * 1e3, "ms", what=f"of all measures, {SEEDS} seeds"),
        Figure("measures_interval", drawn * 1e3, "ms", what="over 16 prompts of 8 seeds"),
    ]
    keep("measures", figures)
    print_table("measures of a picture, 128 × 128", figures)


if __name__ == "__main__":
    main()
