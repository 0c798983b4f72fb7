"""The stack's weights in the window: a tick of a fader, meeting an adapter, spectra while idle.

python -m tests.bench.weights_ui [rounds]

Ten random adapters of rank 16, on the 192 attention weights of Stable Diffusion 1.5 and the 700 of
SDXL, both of full size. Ticks run in the real window over an engine that stands still; what is
measured first is measured on the real engine thread, beside a window that repaints itself sixty
times a second. Base weights are read as they are from memory; for SDXL alone they are all ones.
"""

import gc
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import torch
from diffusers import UNet2DConditionModel
from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merger import Merger
from loraviewer.adapters.targets import WeightKey
from loraviewer.bridge.rendering.engine_thread import EngineThread
from loraviewer.bridge.rendering.jobs import Answer, JobEnded, MeasureJob, Stopped, measurement_key
from loraviewer.core.cancel import CancelToken
from loraviewer.core.engine_port import EnginePort
from loraviewer.core.outcome import Failure
from loraviewer.core.reports import AdapterReport
from loraviewer.core.stack import AppliedAdapter, StackEntry
from loraviewer.core.weight_measurements import (
    LiveAnswer,
    LiveWanted,
    Measured,
    Measurement,
    SpectraPart,
    SpectraWanted,
)
from loraviewer.engine.device import use_available_threads
from loraviewer.lab.weights.gram import measure_stack
from loraviewer.lab.weights.known_geometry import KnownGeometry
from loraviewer.lab.weights.weight_lab import WeightLab
from tests.bench.figures import Figure, keep, print_table
from tests.bench.gram import sdxl
from tests.bench.rows import shown_window
from tests.bench.stutter import Animation, percentile
from tests.full_size import attention_keys, full_size_unet, random_adapter
from tests.ui.fakes import DEMO, Desk

ROUNDS = 3
COUNT = 10
TICKS = 60
TICK_BOUND_MS = {"SD 1.5": 4, "SDXL": 10}
_CANCEL_AFTER_PARTS = 5


class Network:
    """A UNet, all of whose adapters are random; weights of a network of shapes alone are ones."""

    def __init__(self, name: str, unet: UNet2DConditionModel) -> None:
        self.name = name
        self._unet = unet
        keys = attention_keys(unet)
        self.adapters = [random_adapter(unet, keys, i) for i in range(COUNT)]
        self.pool = {adapter.sha256: adapter for adapter in self.adapters}

    def base_weight(self, key: WeightKey) -> torch.Tensor:
        weight = self._unet.get_parameter(key[1]).detach()
        if weight.is_meta:
            return torch.ones(weight.shape[0], weight.shape[1:].numel())
        return weight.reshape(len(weight), -1)

    # As much of a merger as the lab asks for.
    base_identity = DEMO.identity

    def untied(self, adapters: Mapping[str, Adapter]) -> Mapping[str, Adapter]:
        return adapters


# -- ticks --------------------------------------------------------------------------------


class Room:
    """The window with all adapters in its stack, measured or not."""

    def __init__(self, network: Network, folder: str, is_measured: bool) -> None:
        self.controller = Desk()
        self.controller.engine.takes_measurements = is_measured
        self.window = shown_window(self.controller, folder)
        self.controller.stack.add_all([row_of(adapter) for adapter in network.adapters])
        for sha256 in network.pool:
            self.controller.learn(sha256, AdapterReport(sha256=sha256, matched=("a",)))
        answer = None
        if is_measured:
            whole = measure_stack(network.adapters, network.base_weight, DEMO.identity)
            answer = LiveAnswer(KnownGeometry(DEMO.identity, whole))
        engine = self.controller.engine
        while (job := engine.take()) is not None:
            engine.finish(answer if isinstance(job.work, MeasureJob) else None)
        assert self.controller.weights.live.is_known == is_measured
        self.settle()

    def settle(self) -> None:
        """Until everything that is due is painted."""
        for _ in range(4):
            QApplication.processEvents()

    def ticks_ms(self) -> float:
        """Median of a drag of the first fader, painting included."""
        stack, spent = self.controller.stack, []
        first = stack.stack.entries[0].entry_id
        stack.begin_drag()
        for tick in range(TICKS):
            started = time.perf_counter()
            stack.set_scale(first, tick / 40 - 0.74)
            self.settle()
            spent.append((time.perf_counter() - started) * 1e3)
        stack.end_drag()
        self.settle()
        return statistics.median(spent)

    def numbers_ms(self) -> float:
        """Least of a tick of the live numbers alone."""
        weights, spent = self.controller.weights.live, []
        assert weights.live is not None
        rows = list(weights.rows.values())
        for _ in range(TICKS):
            started = time.perf_counter()
            weights.live.energies(rows)
            spent.append((time.perf_counter() - started) * 1e3)
        return min(spent)

    def close(self) -> None:
        self.window.close()
        self.window.deleteLater()
        self.settle()
        self.controller.dispose()


def row_of(adapter: Adapter) -> StackEntry:
    sha256 = adapter.sha256
    return StackEntry(entry_id=sha256, name=adapter.name, path=sha256, sha256=sha256, scale=0.7)


def tick_figures(network: Network, rounds: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        bare, full = (Room(network, folder, is_measured) for is_measured in (False, True))
        pairs = [(bare.ticks_ms(), full.ticks_ms()) for _ in range(rounds)]
        numbers_ms = full.numbers_ms()
        bare.close()
        full.close()
    bare_ms, full_ms = (min(times) for times in zip(*pairs, strict=True))
    bound, name = TICK_BOUND_MS[network.name], network.name
    what = f"a tick with all live numbers of {COUNT} adapters, painted"
    return [
        Figure(f"weights_tick {name}", full_ms - bare_ms, "ms", bound, what=what),
        Figure(f"weights_numbers {name}", numbers_ms, "ms", bound, what="the numbers alone"),
        Figure(f"weights_window {name}", full_ms, "ms", what="the whole window's tick"),
    ]


# -- on the engine thread -----------------------------------------------------------------


class MeasuringEngine:
    """As much of an engine as measures weights."""

    def __init__(self, network: Network) -> None:
        use_available_threads()
        self._network = network
        self._lab = WeightLab()

    def measure(
        self, wanted: Measurement, token: CancelToken, on_progress: Callable[[float], None]
    ) -> Measured:
        asked = wanted.adapters if isinstance(wanted, LiveWanted) else wanted.rows
        adapters = {row.sha256: self._network.pool[row.sha256] for row in asked}
        merger = cast(Merger, self._network)
        with torch.no_grad():
            return self._lab.measure(wanted, adapters, merger, token, on_progress)

    def memory_bytes(self) -> int:
        return 0

    def close(self) -> None:
        """Nothing to give back."""


class Measuring:
    """Measures on the engine thread while a window repaints itself, and notes its gaps."""

    def __init__(self, network: Network) -> None:
        gc.collect()
        gc.freeze()  # as the studio does once torch is imported: looking through it takes 0.3 s
        self.window = Animation()
        self.window.show()
        self.thread = EngineThread(lambda: cast(EnginePort, MeasuringEngine(network)))
        self.thread.start()
        self._loop = QEventLoop()
        self._answer: Answer | None = None
        self.thread.ended.connect(self._on_ended)
        self.gaps_ms: list[float] = []

    def measured(self, wanted: Measurement) -> tuple[Any, float]:
        """The answer, and seconds until it was there."""
        self._gaps_begin()
        started = time.perf_counter()
        self.thread.submit(MeasureJob(wanted))
        answer = self.answer()
        spent = time.perf_counter() - started
        self._gaps_end()
        assert not isinstance(answer, Failure), answer
        return answer, spent

    def answer(self) -> Answer | None:
        self._loop.exec()
        return self._answer

    def close(self) -> None:
        self.window.close()
        assert self.thread.close()

    def _on_ended(self, ended: JobEnded) -> None:
        self._answer = ended.answer
        self._loop.quit()

    def _gaps_begin(self) -> None:
        """From a frame on."""
        QApplication.processEvents()
        del self.window.painted_ms[:-1]

    def _gaps_end(self) -> None:
        times = self.window.painted_ms
        self.gaps_ms += [after - before for before, after in itertools.pairwise(times)]


def gap_figures(name: str, gaps: Sequence[float], what: str) -> list[Figure]:
    return [
        Figure(f"weights_{name}", percentile(list(gaps), 0.99), "ms", 33,
               what=f"99th percentile of frame gaps while {what}"),
        Figure(f"weights_largest_{name}", max(gaps), "ms", what=f"largest of {len(gaps)}"),
    ]  # fmt: skip


def wanted_rows(adapters: Sequence[Adapter]) -> tuple[AppliedAdapter, ...]:
    return tuple(AppliedAdapter(adapter.sha256, 0.7, 0.7) for adapter in adapters)


def meet_figures(network: Network, rounds: int) -> list[Figure]:
    """Adapters come one after the other, each meets those before it; the first reads ‖W₀‖."""
    rows, firsts, lasts, gaps = wanted_rows(network.adapters), [], [], []
    for _ in range(rounds):
        measuring = Measuring(network)
        spent = [measuring.measured(LiveWanted(rows[: i + 1]))[1] * 1e3 for i in range(COUNT)]
        measuring.close()
        firsts.append(spent[0])
        lasts.append(spent[-1])
        gaps += measuring.gaps_ms
    what = f"{COUNT} adapters are measured one by one"
    return [
        *gap_figures(f"meet_gap {network.name}", gaps, what),
        Figure(f"weights_meet {network.name}", min(lasts), "ms", what="the tenth meets nine"),
        Figure(f"weights_first {network.name}", min(firsts), "ms", what="the first, with ‖W₀‖"),
    ]


def spectra_figures(network: Network) -> list[Figure]:
    """Part by part, as the window asks for them; twice, since σ₁(W₀) is kept."""
    measuring, rows = Measuring(network), wanted_rows(network.adapters)
    first_s, _ = all_parts(measuring, rows)
    again_s, longest_s = all_parts(measuring, rows)
    cancel_ms = cancelled_ms(measuring, rows)
    measuring.close()
    name = network.name
    return [
        Figure(f"weights_spectra {name}", again_s, "s", 20, what=f"spectra of {COUNT}, in parts"),
        Figure(f"weights_spectra_first {name}", first_s, "s", what="with σ₁ of all base weights"),
        Figure(f"weights_part {name}", longest_s * 1e3, "ms", what="so long pictures wait for it"),
        Figure(f"weights_cancel {name}", cancel_ms, "ms", what="until a cancel is heard"),
        *gap_figures(f"spectra_gap {name}", measuring.gaps_ms, "spectra are measured"),
    ]


def all_parts(measuring: Measuring, rows: tuple[AppliedAdapter, ...]) -> tuple[float, float]:
    """Seconds of all, and of the longest part."""
    first, spent = 0, []
    while True:
        part, seconds = measuring.measured(SpectraWanted(rows, first))
        assert isinstance(part, SpectraPart)
        spent.append(seconds)
        first += len(part.weights)
        if part.is_last:
            return sum(spent), max(spent)


def cancelled_ms(measuring: Measuring, rows: tuple[AppliedAdapter, ...]) -> float:
    """The longest of a few."""
    spent: list[float] = []
    for i in range(_CANCEL_AFTER_PARTS):
        measuring.thread.submit(MeasureJob(SpectraWanted(rows, 30 * i)))
        while measuring.thread.running is None:
            QApplication.processEvents()
        started = time.perf_counter()
        measuring.thread.cancel(measurement_key(SpectraWanted))
        assert isinstance(measuring.answer(), Stopped)
        spent.append((time.perf_counter() - started) * 1e3)
    return max(spent)


def measure(rounds: int = ROUNDS) -> list[Figure]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    small, large = Network("SD 1.5", full_size_unet()), Network("SDXL", sdxl())
    figures = [
        *(figure for network in (small, large) for figure in tick_figures(network, rounds)),
        *(figure for network in (small, large) for figure in meet_figures(network, rounds)),
        *spectra_figures(small),
    ]
    del application
    return figures


def main() -> None:
    started = time.perf_counter()
    figures = measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
    keep("weights_ui", figures)
    print_table(f"weights_ui: {time.perf_counter() - started:.0f} s", figures)


if __name__ == "__main__":
    main()
