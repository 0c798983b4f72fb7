"""Pictures of the demo on a machine that has other work, by how many threads make them.

python -m tests.bench.busy [seconds]

Settled pictures back to back, beside no, one and two busy processes. Each arm is a process of its
own, all arms in turns: `ours` leaves cores to others between pictures, `all` always takes every
core, `one` a single one, and `brief` every core, but its threads hardly spin. The figure is the
median picture against that of the best arm.
"""

import json
import os
import statistics
import subprocess
import sys
import time

from tests.bench.figures import Figure, keep, print_table
from tests.listeners import silent

SECONDS = 8.0
ROUNDS = 3
OTHERS = (0, 1, 2)
BOUNDS = {0: 1.05, 1: 1.3, 2: 1.3}
ARMS = {"ours": None, "all": None, "one": None, "brief": "1000"}


def measured(arm: str, seconds: float) -> list[float]:
    """Milliseconds of each picture, from a process of its own."""
    environment = {k: v for k, v in os.environ.items() if k != "GOMP_SPINCOUNT"}
    if (turns := ARMS[arm]) is not None:
        environment["GOMP_SPINCOUNT"] = turns
    command = [sys.executable, "-m", "tests.bench.busy", "--arm", arm, str(seconds)]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(answer.stdout.splitlines()[-1])


def run_arm(arm: str, seconds: float) -> list[float]:
    from loraviewer.__main__ import prepare_process

    prepare_process()
    import torch

    from loraviewer.core.cancel import CancelToken
    from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
    from loraviewer.engine.studio_engine import StudioEngine

    if arm == "one":
        torch.set_num_threads(1)
    engine = StudioEngine("cpu", shares_cores=arm == "ours")
    engine.load_checkpoint("demo", CancelToken(), silent)
    made: list[float] = []
    end, seed = time.perf_counter() + seconds, 0
    while time.perf_counter() < end or len(made) < 4:
        started, seed = time.perf_counter(), seed + 1
        sampling = Sampling(prompt="a girl in a meadow", seed=seed)
        request = GenerationRequest(checkpoint=CheckpointRef("demo"), sampling=sampling)
        engine.render(request, CancelToken(), lambda _: None)
        made.append((time.perf_counter() - started) * 1e3)
    return made[1:]  # the first one of a process makes what all others use


def beside(others: int, seconds: float) -> dict[str, float]:
    """The median picture of each arm beside so many busy processes."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(others)]
    made: dict[str, list[float]] = {arm: [] for arm in ARMS}
    try:
        for _ in range(ROUNDS):
            for arm in ARMS:
                made[arm] += measured(arm, seconds)
    finally:
        for process in busy:
            process.kill()
    return {arm: statistics.median(pictures) for arm, pictures in made.items()}


def measure(seconds: float = SECONDS) -> list[Figure]:
    figures = []
    for others in OTHERS:
        found = beside(others, seconds)
        best = min(found.values())
        arms = ", ".join(f"{arm} {ms:.0f} ms" for arm, ms in found.items())
        figures.append(
            Figure(f"busy_{others}", found["ours"] / best, "×", BOUNDS[others],
                   what=f"of the best arm beside {others} busy processes: {arms}")
        )  # fmt: skip
    return figures


def main() -> None:
    if "--arm" in sys.argv:
        arm, seconds = sys.argv[-2:]
        print(json.dumps(run_arm(arm, float(seconds))), flush=True)
        return
    started = time.perf_counter()
    figures = measure(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
    keep("busy", figures)
    print_table(f"busy: {time.perf_counter() - started:.0f} s", figures)


if __name__ == "__main__":
    main()
