"""What a fader costs: from a move to its draft on the demo, and in the weights of a full-size UNet.

python -m tests.bench.faders [repeats]

On the demo the whole studio runs offscreen: model, scheduler, engine thread, merge, denoising,
decoding. On a random UNet of Stable Diffusion 1.5 (192 weights of 267 M, adapters of rank 16) only
the weights are written: the first tick of a grasp, and ticks where memory does for half.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.app.studio import Studio, make_engine
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Rendered
from loraviewer.core.pane import PaneState
from loraviewer.core.stack import AppliedAdapter
from tests.bench.figures import Figure, alternating_s, keep, print_table
from tests.full_size import attention_keys, full_size_unet, random_adapter, renamed

REPEATS = 8
PATIENCE_S = 60.0
ROUNDS = 5
DEPTHS = (1, 5, 20, 100)


def wait(studio: Studio, condition: Callable[[PaneState], bool]) -> float:
    """Seconds until the current pane satisfies the condition, woken by its own signal."""
    started = time.perf_counter()
    loop = QEventLoop()

    def look(_: object = None) -> None:
        if condition(studio.controller.panes.pane("current")):
            loop.quit()

    studio.controller.panes.pane_changed.connect(look)
    QTimer.singleShot(0, look)
    QTimer.singleShot(round(PATIENCE_S * 1000), loop.quit)
    loop.exec()
    studio.controller.panes.pane_changed.disconnect(look)
    assert condition(studio.controller.panes.pane("current")), "no picture came"
    return time.perf_counter() - started


def shows(state: PaneState, adapters: object, is_draft: bool) -> bool:
    shown = state.shown
    return (
        shown is not None
        and shown.request.adapters == adapters
        and shown.request.is_draft == is_draft
    )


def tick(studio: Studio, value: float) -> tuple[float, float]:
    """(draft seconds, settled seconds) of one drag to `value`."""
    stack = studio.controller.stack
    entry_id = stack.stack.entries[0].entry_id
    stack.begin_drag()
    stack.set_scale(entry_id, value)
    wanted = stack.stack.applied()
    draft_s = wait(studio, lambda state: shows(state, wanted, is_draft=True))
    stack.end_drag()
    return draft_s, wait(studio, lambda state: shows(state, wanted, is_draft=False))


def measured(repeats: int) -> tuple[list[float], list[float], int]:
    """Seconds of drafts, seconds of settled pictures, and how many pictures of the base were made
    after the first, which comes after that of the stack."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    bases: list[Rendered] = []
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(Path(folder), Path(folder), make_engine)
        studio.window.show()
        wait(studio, lambda s: s.shown is not None and len(s.shown.request.adapters) == 2)
        wait(studio, lambda _: studio.controller.panes.pane("base").shown is not None)
        first = studio.controller.panes.pane("base").shown
        assert first is not None
        bases.append(first)

        def look(state: PaneState) -> None:
            shown = state.shown
            if state.pane_id == "base" and shown is not None and shown is not bases[-1]:
                bases.append(shown)

        studio.controller.panes.pane_changed.connect(look)
        times = [tick(studio, 0.3 + 0.05 * i) for i in range(repeats)]
        studio.window.close()
        studio.dispose()
    del application
    return [draft for draft, _ in times], [settled for _, settled in times], len(bases) - 1


class Drag:
    """Drags of the first fader of a stack on a UNet; `settle` is where each begins."""

    def __init__(self, unet: UNet2DConditionModel, adapters: list[Adapter]) -> None:
        self.merger = WeightMerger({"unet": unet})
        self._pool = {adapter.sha256: adapter for adapter in adapters}
        self._first = adapters[0].sha256
        self._settled = self._stack(0.7)

    def settle(self, i: int) -> None:
        self._settled = self._stack(0.7 + 0.01 * i)
        self.merger.apply(self._settled, self._pool, CancelToken())

    def tick(self, i: int) -> None:
        moved = self._stack(0.3 + 0.01 * i)
        self.merger.apply(moved, self._pool, CancelToken(), self._first, self._settled)

    def tick_with_half(self, i: int) -> None:
        """The first of them grasps the fader anew."""
        self.merger.limit_held_sums(self.merger.touched_bytes)
        self.tick(i)

    def _stack(self, scale: float) -> list[AppliedAdapter]:
        return [AppliedAdapter(s, scale if s == self._first else 0.7, 0.0) for s in self._pool]


def merges(dtype: torch.dtype, rounds: int = ROUNDS) -> list[Figure]:
    """Of the weights alone, by the depth of the stack."""
    unet, name = full_size_unet(dtype), str(dtype).removeprefix("torch.")
    keys, figures = attention_keys(unet), []
    saved = 0.0
    few = [random_adapter(unet, keys, i) for i in range(min(5, max(DEPTHS)))]
    for depth in DEPTHS:
        drag = Drag(unet, [renamed(few[i % len(few)], i) for i in range(depth)])
        drag.settle(-1)
        settle_s, grasp_s = alternating_s([drag.settle, drag.tick], rounds)
        tick_s = alternating_s([drag.tick], rounds + 1)[0]
        drag.settle(-1)
        drag.tick_with_half(-1)
        half_s = alternating_s([drag.tick_with_half], rounds)[0]
        drag.merger.restore()
        saved = settle_s / grasp_s
        places = (("settle", settle_s), ("grasp", grasp_s), ("tick", tick_s), ("half tick", half_s))
        what = f"{depth} adapters"
        figures += [Figure(f"{w} {depth} {name}", s * 1e3, "ms", what=what) for w, s in places]
    words = f"settling {DEPTHS[-1]} adapters, against the first tick of a grasp"
    return [*figures, Figure(f"deep_grasp {name}", saved, "×", 5, True, words)]


def main() -> None:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else REPEATS
    drafts, settled, bases = measured(repeats)
    print(f"faders: load average {os.getloadavg()[0]:.1f}, {repeats} drags, {bases} bases again")
    for what, seconds in (("tick → draft", drafts), ("release → settled", settled)):
        least, middle = min(seconds), statistics.median(seconds)
        print(f"  {what:<20} least {least:5.2f} s   median {middle:5.2f} s")
    torch.set_num_threads(2)
    figures = [row for dtype in (torch.float32, torch.bfloat16) for row in merges(dtype)]
    keep("faders", figures)
    print_table("faders: SD 1.5 UNet", figures)


if __name__ == "__main__":
    main()
