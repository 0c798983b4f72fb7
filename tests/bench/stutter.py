"""How smooth the window stays while the engine thread merges, back to back.

python -m tests.bench.stutter [seconds]

A window that repaints itself sixty times a second, as an animation does, on the GUI thread; on the
engine's QThread a full-size UNet whose stack settles and ticks without a pause.
"""

import itertools
import os
import statistics
import sys
import time

import torch
from PySide6.QtCore import QElapsedTimer, QEventLoop, QObject, Qt, QThread, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from loraviewer.engine.device import use_available_threads
from tests.bench.figures import Figure, keep, print_table
from tests.bench.merge import Ours
from tests.full_size import attention_keys, full_size_unet, random_adapter

SECONDS = 12.0
FRAME_MS = 16
TICKS_PER_SETTLE = 5


class Animation(QWidget):
    """Paints something else in every frame and notes when."""

    def __init__(self) -> None:
        super().__init__()
        self.resize(900, 600)
        self.painted_ms: list[float] = []
        self._clock = QElapsedTimer()
        self._clock.start()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.update)
        self._timer.start(FRAME_MS)

    def paintEvent(self, event) -> None:
        self.painted_ms.append(self._clock.nsecsElapsed() / 1e6)
        painter = QPainter(self)
        for i in range(60):
            painter.fillRect(i * 15, len(self.painted_ms) % 500, 12, 60, QColor(4 * i, 80, 120))

    def gaps_ms(self) -> list[float]:
        """From one frame to the next, without those of the first half second."""
        times = self.painted_ms[30:]
        return [after - before for before, after in itertools.pairwise(times)]


class Merging(QObject):
    """Lives in the engine thread."""

    ready = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.is_stopped = False
        self.merges = 0

    @Slot()
    def run(self) -> None:
        use_available_threads()
        unet = full_size_unet(torch.float32)
        keys = attention_keys(unet)
        ours = Ours(unet, keys, [random_adapter(unet, keys, i) for i in range(5)])
        ours.settle(0)
        self.ready.emit()
        while not self.is_stopped:
            self.merges += 1
            work = ours.tick if self.merges % (TICKS_PER_SETTLE + 1) else ours.settle
            work(self.merges % 100)


def gaps(seconds: float) -> tuple[list[float], list[float], int]:
    """Frame gaps of an idle window, those while merging, and how many merges there were."""
    application = QApplication.instance() or QApplication([])
    thread, merging = QThread(), Merging()
    merging.moveToThread(thread)
    thread.started.connect(merging.run)
    idle = watch(2.0)
    thread.start()
    wait_for(merging.ready)
    before = merging.merges
    busy = watch(seconds)
    count = merging.merges - before
    merging.is_stopped = True
    thread.quit()
    thread.wait()
    del application
    return idle, busy, count


def watch(seconds: float) -> list[float]:
    window = Animation()
    window.show()
    done = QTimer()
    done.setSingleShot(True)
    done.start(round(seconds * 1000))
    wait_for(done.timeout)
    window.hide()
    return window.gaps_ms()


def wait_for(signal) -> None:
    loop = QEventLoop()
    signal.connect(loop.quit)
    loop.exec()


def measure(seconds: float = SECONDS) -> list[Figure]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    idle, busy, merges = gaps(seconds)
    return [
        Figure(
            "gui_stutter",
            percentile(busy, 0.99),
            "ms",
            33,
            what=f"99th percentile of frame gaps while merging ({merges} merges)",
        ),
        Figure("gui_gap_median", statistics.median(busy), "ms", what="median while merging"),
        Figure("gui_gap_largest", max(busy), "ms", what="largest while merging"),
        Figure("gui_gap_idle", percentile(idle, 0.99), "ms", what="99th percentile when idle"),
    ]


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main() -> None:
    started = time.perf_counter()
    figures = measure(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
    keep("stutter", figures)
    print_table(f"stutter: {time.perf_counter() - started:.0f} s", figures)


if __name__ == "__main__":
    main()
