"""The studio's engine and a window's thread on a machine that has other work.

python -m tests.bench.loaded [seconds]

Live pictures of the demo with six adapters whose strengths move, back to back, beside busy
processes; on the GUI thread a timer of 16 ms. Each arm is a process of its own: our spinning of
torch's threads, and libgomp's own, in turns. Lowering the engine thread's priority was tried as
well and is wrong: it holds Python's lock when it is put aside, and the window waits for it.
"""

import hashlib
import itertools
import json
import os
import subprocess
import sys
import time

from tests.bench.figures import Figure, keep, print_table

SECONDS = 12.0
OTHERS = (2, 7)
GAP_MS = 16
ARMS = {"ours": None, "libgomp": "300000"}


def measured(arm: str, others: int, seconds: float) -> dict[str, float]:
    """Pictures, and gaps of the window's timer, from a process of its own."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("GOMP_SPINCOUNT", None)
    if (turns := ARMS[arm]) is not None:
        environment["GOMP_SPINCOUNT"] = turns
    command = [sys.executable, "-m", "tests.bench.loaded", "--arm", str(others), str(seconds)]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(answer.stdout.splitlines()[-1])


def arm(others: int, seconds: float) -> dict[str, float]:
    from loraviewer.__main__ import prepare_process

    prepare_process()
    from PySide6.QtCore import QElapsedTimer, QEventLoop, Qt, QTimer
    from PySide6.QtWidgets import QApplication

    from loraviewer.bridge.rendering.engine_thread import EngineThread
    from loraviewer.bridge.rendering.jobs import LoadJob, RenderJob

    application = QApplication([])
    engine_thread = EngineThread(_engine)
    engine_thread.start()
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(others)]
    clock, ticks, pictures = QElapsedTimer(), [], itertools.count()
    seeds = itertools.count(1)
    engine_thread.ended.connect(lambda ended: next(pictures))
    engine_thread.ended.connect(
        lambda ended: engine_thread.submit(RenderJob("base", _request(next(seeds))))
    )
    timer = QTimer(interval=GAP_MS, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: ticks.append(clock.nsecsElapsed() / 1e6))
    clock.start()
    timer.start()
    engine_thread.submit(LoadJob("demo"))
    loop = QEventLoop()
    engine_thread.ended.connect(loop.quit)
    loop.exec()  # torch is imported and the demo loaded
    started, loaded = len(ticks), next(pictures)
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    engine_thread.ended.disconnect(loop.quit)
    loop.exec()
    made = next(pictures) - loaded - 1
    for process in busy:
        process.kill()
    gaps = [after - before for before, after in itertools.pairwise(ticks)]
    del application
    return {
        "pictures": made,
        "start_largest_ms": max(gaps[:started]),
        "largest_ms": max(gaps[started:]),
        "p99_ms": sorted(gaps[started:])[int(len(gaps[started:]) * 0.99)],
    }


def _engine():
    from loraviewer.engine.studio_engine import StudioEngine

    return StudioEngine("cpu")


def _request(seed: int):
    from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
    from loraviewer.core.resources import demo_adapters
    from loraviewer.core.stack import AppliedAdapter

    applied = []
    for i, path in enumerate(demo_adapters()[:6]):
        sha256, scale = hashlib.sha256(path.read_bytes()).hexdigest(), (seed % 7) / 7 + i / 10
        applied.append(AppliedAdapter(sha256, scale, scale, name=path.stem, path=str(path)))
    sampling = Sampling(prompt="a girl", seed=seed, steps=2, width=64, height=64)
    return GenerationRequest(
        checkpoint=CheckpointRef("demo"), adapters=tuple(sorted(applied)), sampling=sampling
    )


def measure(seconds: float = SECONDS) -> list[Figure]:
    found = {(a, n): measured(a, n, seconds) for n in OTHERS for a in ARMS}
    figures = []
    for others in OTHERS:
        ours, theirs = found["ours", others], found["libgomp", others]
        pictures = f"{ours['pictures']} pictures, {theirs['pictures']} with libgomp’s own spinning"
        figures += [
            Figure(f"loaded_gap_{others}", ours["p99_ms"], "ms", 50,
                   what=f"99th percentile of window gaps beside {others} busy processes"),
            Figure(f"loaded_largest_{others}", ours["largest_ms"], "ms", what=pictures),
            Figure(f"loaded_start_{others}", ours["start_largest_ms"], "ms",
                   what="largest gap while torch is imported and the demo loaded"),
        ]  # fmt: skip
    return figures


def main() -> None:
    if "--arm" in sys.argv:
        others, seconds = sys.argv[-2:]
        print(json.dumps(arm(int(others), float(seconds))), flush=True)
        os._exit(0)  # the engine's thread is in the middle of a picture
    started = time.perf_counter()
    figures = measure(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
    keep("loaded", figures)
    print_table(f"loaded: {time.perf_counter() - started:.0f} s", figures)


if __name__ == "__main__":
    main()
