"""Seconds from start to window to pictures, on the bundled demo. Run by hand on an idle machine:

python -m tests.bench.pictures [repeats]

The studio is started offscreen with LORAVIEWER_TRACE, which makes it note its milestones.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from loraviewer.adapters.files.hashing import file_sha256
from loraviewer.core.cancel import CancelToken
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.resources import DEMO, demo_adapters, demo_checkpoint
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.studio_engine import StudioEngine
from tests.listeners import silent

REPEATS = 5
DRAFT_STEPS = 4
STUDIO_TIMEOUT_S = 60.0
_LAST_MILESTONES = {"checkpoint", "base settled 0", "current settled 2"}
PROMPT = "a girl in a meadow"


def load() -> tuple[StudioEngine, float]:
    """A fresh engine with the demo, and the seconds it took (torch already imported)."""
    started = time.perf_counter()
    engine = StudioEngine()
    engine.load_checkpoint(DEMO, CancelToken(), silent)
    return engine, time.perf_counter() - started


def stack() -> tuple[AppliedAdapter, ...]:
    """The first two bundled adapters."""
    applied = (
        AppliedAdapter(file_sha256(path), 0.8, 0.8, path.stem, str(path))
        for path in demo_adapters()[:2]
    )
    return tuple(sorted(applied))


def picture_s(engine: StudioEngine, adapters: tuple[AppliedAdapter, ...], **sampling) -> float:
    """Seconds of one picture that no cache can answer."""
    values = Sampling(prompt=PROMPT, **sampling)
    request = GenerationRequest(checkpoint=CheckpointRef(DEMO), adapters=adapters, sampling=values)
    started = time.perf_counter()
    engine.render(request, CancelToken(), lambda progress: None)
    return time.perf_counter() - started


def engine_timings(repeats: int) -> Iterator[tuple[str, float]]:
    """(what, least seconds) of the engine alone."""
    engine, load_s = load()
    yield "load the demo (torch imported)", load_s
    yield "first picture", picture_s(engine, ())
    adapters = stack()
    yield "first picture with two adapters", picture_s(engine, adapters)
    for what, chosen, steps in (
        ("settled picture, base", (), 10),
        ("settled picture, two adapters", adapters, 10),
        ("draft, two adapters", adapters, DRAFT_STEPS),
    ):
        seconds = [
            picture_s(engine, chosen, seed=100 * steps + i, steps=steps) for i in range(repeats)
        ]
        yield f"{what} ({steps} steps)", min(seconds)


def studio_milestones() -> Iterator[tuple[str, float]]:
    """(milestone, seconds after the process was started) of a real studio without a screen: of a
    first start, and of the next one, which shows what was seen at the end."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _start(Path(folder), "studio")
        yield from _start(Path(folder), "next start")


def _start(folder: Path, name: str) -> Iterator[tuple[str, float]]:
    trace = folder / f"{name}.jsonl"
    places = ("CONFIG", "CACHE", "DATA", "STATE")  # nothing of the person's own is touched
    environment = os.environ | {f"XDG_{place}_HOME": str(folder) for place in places}
    environment |= {"QT_QPA_PLATFORM": "offscreen", "LORAVIEWER_TRACE": str(trace)}
    started = time.time()
    with _running([sys.executable, "-m", "loraviewer"], environment) as process:
        while process.poll() is None and time.time() - started < STUDIO_TIMEOUT_S:
            if _milestones(trace).keys() >= _LAST_MILESTONES:
                break
            time.sleep(0.05)
    for milestone, at in _milestones(trace).items():
        yield f"{name}: {milestone}", at - started


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(command, env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=10)


def _milestones(trace: Path) -> dict[str, float]:
    if not trace.exists():
        return {}
    lines = map(json.loads, trace.read_text(encoding="utf-8").splitlines())
    return {line["milestone"]: line["at"] for line in lines}


def main() -> None:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else REPEATS
    if not demo_checkpoint().is_dir():
        print(f"pictures: the demo checkpoint is missing ({demo_checkpoint()})")
        return
    load_1m = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"pictures: {torch.get_num_threads()} threads, load average {load_1m:.1f}")
    for what, seconds in (*studio_milestones(), *engine_timings(repeats)):
        print(f"  {what:42} {seconds:7.2f} s")


if __name__ == "__main__":
    main()
