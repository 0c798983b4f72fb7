"""Experiments on a Ray cluster: two workers against one, what a cell costs beside its picture, and
whether a run of ten thousand cells grows.

python -m tests.bench.cluster [small]

Needs the extra `cluster`. Two workers of one core each make the same pictures of the demo as one,
timed from when all of them have their base. Cells of the other two figures are of stacks of a
hundred adapters, made by a stub in no time. `small`: fewer of each.
"""

import sys
import time
from collections.abc import Iterator

import psutil

from loraviewer.adapters.files.hashing import file_sha256
from loraviewer.cluster_pictures import cluster_wish
from loraviewer.core.experiments.cells import groups
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.resources import demo_adapters
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.runners.cluster.messages import Needs, Tree, Wishes, Working
from loraviewer.lab.runners.cluster.runner import ClusterRunner, ClusterWish
from loraviewer.lab.runners.runner import Batch
from tests.bench.figures import Figure, keep, print_table
from tests.core.experiments.asked import adapter, ladder

SPEED_BOUND, OVERHEAD_BOUND_MS, GROWTH_BOUND_MB = 1.8, 20.0, 16.0
ROUNDS = 3


def demo(pictures: int) -> Experiment:
    adapters = tuple(
        AppliedAdapter(file_sha256(path), 0.8, 0.8, path.stem, str(path))
        for path in demo_adapters()[:2]
    )
    from loraviewer.core.cancel import CancelToken
    from loraviewer.engine.answerable import answerable
    from loraviewer.engine.studio_engine import StudioEngine

    info = StudioEngine("cpu").load_checkpoint("demo", CancelToken(), _silently)
    asked = GenerationRequest(checkpoint=CheckpointRef(""), sampling=Sampling(steps=10))
    return Experiment(
        kind="sweep",
        base=answerable(asked, info, holds_faders=False),
        adapters=adapters,
        prompts=("a girl in a forest",),
        seeds=tuple(range(1, pictures + 1)),
    )


def _silently(what: str, fraction: float, done_bytes: int = 0, total_bytes: int = 0) -> None:
    pass


def pace(experiment: Experiment, workers: int) -> float:
    """Pictures a second, from when all workers are there."""
    wish = cluster_wish(experiment, "local", file_sha256, workers)
    states: list[Working] = []

    def batches() -> Iterator[Batch]:
        """What warms up until all are there, then what counts."""
        (first, *_) = (tuple(c.shot for c in g.cells) for g in groups(experiment))
        while not any(one.workers == workers for one in states):
            yield first[:1]
        yield first

    began, count = 0.0, 0
    for made in ClusterRunner(wish, states.append).made(batches()):
        if made.asked.request.sampling.seed > 1:  # of what counts, but its first picture
            count += 1
            began = began or time.perf_counter()
    return (count - 1) / (time.perf_counter() - began)


def speed(is_small: bool) -> list[Figure]:
    experiment = demo(9 if is_small else 41)
    paces = [(pace(experiment, 1), pace(experiment, 2)) for _ in range(1 if is_small else ROUNDS)]
    one, two = (max(found) for found in zip(*paces, strict=True))
    return [
        Figure("cluster_one_worker", one, "pictures/s", what="a worker of one core, the demo"),
        Figure(
            "cluster_two_workers", two / one, "×", SPEED_BOUND, is_least=True,
            what="two workers against one, the same cells",
        ),
    ]  # fmt: skip


def deep(cells: int) -> Experiment:
    """Stacks of a hundred adapters, eight prompts, 32 seeds."""
    orders = max(1, cells // (8 * 32))
    return ladder(
        adapters=tuple(adapter(f"{number:064d}") for number in range(100)),
        prompts=tuple(f"prompt {number}" for number in range(8)),
        seeds=tuple(range(32)),
        depths=(100,),
        orders=orders,
    )


def stubs(is_small: bool) -> list[Figure]:
    cells = 2_000 if is_small else 10_000
    wishes = Wishes("tests.cluster.makers:same", device="cpu", workers=2)
    wish = ClusterWish("local", Needs(Tree("", ())), {}, wishes)
    batches = (tuple(cell.shot for cell in group.cells) for group in groups(deep(cells)))
    count, began, after = 0, 0.0, cells // 5
    least: list[int] = []
    most = [0, 0]
    for _ in ClusterRunner(wish).made(batches):
        count += 1
        began = began or time.perf_counter()
        if count % 200 == 0 and count >= after:
            used = _resident()
            least = least or used
            most = [max(pair) for pair in zip(most, used, strict=True)]
    each_ms = (time.perf_counter() - began) / count * 1e3
    run, driver = ((last - first) / 2**20 for first, last in zip(least, most, strict=True))
    what = f"from {after:,} cells to {count:,}"
    return [
        Figure(
            "cluster_cell_ms", each_ms, "ms", OVERHEAD_BOUND_MS,
            what="a cell beside its picture, stack of 100 adapters, two workers, one run",
        ),
        Figure("cluster_growth_mb", run, "MB", GROWTH_BOUND_MB, what=f"the run, {what}"),
        Figure("cluster_driver_mb", driver, "MB", GROWTH_BOUND_MB, what=f"its driver, {what}"),
    ]  # fmt: skip


def _resident() -> list[int]:
    """Of this process, and of the one between it and the cluster."""
    here = psutil.Process()
    driver = next(one for one in here.children() if "spawn_main" in " ".join(one.cmdline()))
    return [here.memory_info().rss, driver.memory_info().rss]


def main() -> None:
    is_small = "small" in sys.argv[1:]
    began = time.perf_counter()
    figures = [*stubs(is_small), *speed(is_small)]
    if not is_small:
        keep("cluster", figures)
    print_table(f"cluster: {time.perf_counter() - began:.0f} s", figures)


if __name__ == "__main__":
    main()
