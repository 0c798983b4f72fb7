"""What an adapter for drafts only costs: in a drag on the demo, and in weights of full size.

python -m tests.bench.drafts [rounds]

On the demo the whole studio runs offscreen; the adapter is random and small, in name an LCM, so
that its drafts take 4 steps without classifier-free guidance. On a random UNet of Stable Diffusion
1.5 five adapters of rank 16 lie on its attention, and the one for drafts has rank 64. With and
without it in turns.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

import torch
from PySide6.QtWidgets import QApplication
from safetensors import safe_open
from safetensors.torch import save_file

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.app.studio import Studio, make_engine
from loraviewer.bridge.document.row_edits import RowEdits
from loraviewer.core.cancel import CancelToken
from loraviewer.core.draft_ways import DraftWay
from loraviewer.core.outcome import Rendered
from loraviewer.core.pane import PaneState
from loraviewer.core.resources import demo_checkpoint
from loraviewer.core.stack import AppliedAdapter
from tests.bench.faders import wait
from tests.bench.figures import Figure, alternating_s, keep, print_table
from tests.full_size import attention_keys, full_size_unet, random_adapter, renamed

ROUNDS = 5
DRAGS = 6
RANK = 64
_DEMO_RANK = 16


class Drag:
    """Drags of the first of five faders, with the sixth adapter for drafts only or without it."""

    def __init__(self, merger: WeightMerger, adapters: list[Adapter], *, is_hastened: bool) -> None:
        self._merger = merger
        self._pool = {adapter.sha256: adapter for adapter in adapters}
        *self._rows, quick = self._pool
        self._quick = [AppliedAdapter(quick, 1.0, 0.0)] if is_hastened else []
        self._settled = self._stack(0.7)

    def settle(self, i: int) -> None:
        self._settled = self._stack(0.7 + 0.01 * i)
        self._merger.apply(self._settled, self._pool, CancelToken())

    def tick(self, i: int) -> None:
        drafted = [*self._stack(0.3 + 0.01 * i), *self._quick]
        self._merger.apply(drafted, self._pool, CancelToken(), self._rows[0], self._settled)

    def tick_on(self, i: int) -> None:
        self.tick(i + 50)

    def grasp_another(self, i: int) -> None:
        """A tick of the second fader, while the picture of the first drag is not settled yet."""
        drafted = [*self._stack(0.3, 0.5 + 0.01 * i), *self._quick]
        self._merger.apply(drafted, self._pool, CancelToken(), self._rows[1], self._settled)

    def _stack(self, first: float, second: float = 0.7) -> list[AppliedAdapter]:
        scales = {self._rows[0]: first, self._rows[1]: second}
        return [AppliedAdapter(sha, scales.get(sha, 0.7), 0.0) for sha in self._rows]


def merges(dtype: torch.dtype, rounds: int) -> list[Figure]:
    """Of the weights alone; each round is a grasp, a tick, another grasp and letting go, without
    and with it."""
    unet, name = full_size_unet(dtype), str(dtype).removeprefix("torch.")
    keys, merger = attention_keys(unet), WeightMerger({"unet": unet})
    rows = [random_adapter(unet, keys, i) for i in range(5)]
    quick = renamed(random_adapter(unet, keys, 9, RANK), 9)
    drags = [Drag(merger, [*rows, quick], is_hastened=h) for h in (False, True)]
    drags[0].settle(-1)
    places = ("grasp", "tick", "another grasp", "release")
    works = [w for d in drags for w in (d.tick, d.tick_on, d.grasp_another, d.settle)]
    spent_ms = [seconds * 1e3 for seconds in alternating_s(works, rounds + 1)]
    merger.restore()
    without, hastened = spent_ms[: len(places)], spent_ms[len(places) :]
    what = "with an adapter for drafts only, against without"
    return [
        figure
        for place, one, other in zip(places, without, hastened, strict=True)
        for figure in (
            Figure(f"draft {place} {name}", one, "ms"),
            Figure(f"hastened {place} {name}", other, "ms"),
            Figure(f"hastened {place} ratio {name}", other / one, "×", what=what),
        )
    ]


def write_quick(folder: Path) -> Path:
    """Random factors for all matrices of the demo's UNet, too small to be seen."""
    unet = demo_checkpoint() / "unet" / "diffusion_pytorch_model.safetensors"
    tensors: dict[str, torch.Tensor] = {}
    with safe_open(unet, "pt") as file:
        for name in file.keys():  # noqa: SIM118 - it is no mapping
            shape = file.get_slice(name).get_shape()
            if name.endswith(".weight") and len(shape) == 2:
                module = f"unet.{name.removesuffix('.weight')}"
                tensors[f"{module}.lora_A.weight"] = torch.randn(_DEMO_RANK, shape[1])
                tensors[f"{module}.lora_B.weight"] = torch.randn(shape[0], _DEMO_RANK) * 1e-5
    path = folder / "lcm-lora-sdv1-5.safetensors"
    save_file(tensors, path)
    return path


def drag(studio: Studio, value: float) -> tuple[Rendered, float, Rendered, float]:
    """Its draft and the settled picture, each with the seconds that a person waits for it."""
    stack = studio.controller.stack
    stack.begin_drag()
    stack.set_scale(stack.stack.entries[0].entry_id, value)
    draft_s = wait(studio, lambda state: _shows(state, value, is_draft=True))
    draft = studio.controller.panes.pane("current").shown
    stack.end_drag()
    settled_s = wait(studio, lambda state: _shows(state, value, is_draft=False))
    settled = studio.controller.panes.pane("current").shown
    assert draft is not None
    assert settled is not None
    return draft, draft_s, settled, settled_s


def _shows(state: PaneState, value: float, *, is_draft: bool) -> bool:
    """As the only picture of the pane, with nothing under way."""
    request = state.shown.request if state.shown else None
    if request is None or request.is_draft != is_draft or state.is_busy:
        return False
    return any(adapter.scale == value for adapter in request.adapters)


def demo(drags: int) -> list[Figure]:
    """In turns; the settled picture of the same place is made anew each time, at another seed."""
    application = QApplication.instance() or QApplication([])
    spent: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(Path(folder), Path(folder), make_engine)
        studio.window.show()
        controller = studio.controller
        wait(studio, lambda s: s.shown is not None and len(s.shown.request.adapters) == 2)
        controller.intake.add([str(write_quick(Path(folder)))])
        wait(studio, lambda s: s.shown is not None and len(s.shown.request.adapters) == 3)
        row = controller.stack.stack.entries[-1]
        edits = RowEdits(controller.stack)
        for i in range(2 * drags):
            way = DraftWay("lcm") if i % 2 else None
            edits.set_for_drafts({row.entry_id: way})
            controller.stack.set_enabled(row.entry_id, way is not None)
            wait(studio, lambda s: not s.is_busy and not s.is_outdated)
            draft, draft_s, settled, settled_s = drag(studio, 0.2 + 0.07 * i)
            name = "with" if way else "without"
            assert bool(draft.request.draft_adapter) == (way is not None)
            for what, pictures in (("draft", (draft, draft_s)), ("settled", (settled, settled_s))):
                rendered, seconds = pictures
                spent.setdefault(f"demo {what} {name}", []).append(seconds * 1e3)
                times = rendered.timings
                parts = (("merging", times.merge_ms), ("denoising", times.denoise_ms))
                for part, part_ms in parts:
                    spent.setdefault(f"demo {what} {name}, {part}", []).append(part_ms)
        studio.window.close()
        studio.dispose()
    del application
    return [Figure(name, statistics.median(ms), "ms") for name, ms in spent.items()]


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    figures = demo(DRAGS)
    torch.set_num_threads(2)
    for dtype in (torch.float32, torch.bfloat16):
        figures += merges(dtype, rounds)
    keep("drafts", figures)
    print_table("drafts with an adapter for them alone", figures)


if __name__ == "__main__":
    main()
