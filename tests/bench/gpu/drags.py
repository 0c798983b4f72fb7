"""From a moved fader to its draft and from release to the settled picture, in the engine, and what
all of it takes of the card against its plan."""

import statistics
import tempfile
from pathlib import Path

import torch

from loraviewer.adapters.inspection.stored_base import stored_base
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Rendered
from loraviewer.core.placement.activations import Size
from loraviewer.core.placement.choosing import plan_for
from loraviewer.core.placement.plan import LoadPlan, Machine
from loraviewer.core.request import CheckpointRef, GenerationRequest, Sampling
from loraviewer.core.stack import AppliedAdapter
from loraviewer.engine.device import Compute, free_memory
from loraviewer.engine.studio_engine import StudioEngine
from tests.bench.figures import Figure
from tests.bench.gpu.networks import Place, random_base
from tests.bench.latency import random_loras
from tests.listeners import silent

_ADAPTERS, _DRAFT_STEPS, _STEPS = 5, 4, 25
_NEAR = 0.1
"""Of the plan: what the peak may differ by."""


class Drag:
    """One fader of a stack, in pictures of one edge."""

    def __init__(self, engine: StudioEngine, stack: list[AppliedAdapter], edge: int) -> None:
        self._engine = engine
        self._stack = stack
        self._edge = edge
        self._grasped: tuple[AppliedAdapter, ...] = ()

    def once(self, scale: float) -> tuple[Rendered, Rendered]:
        """Moved, and let go a little further."""
        draft = self.picture(scale, is_draft=True)
        return draft, self.picture(scale + 0.05, is_draft=False)

    def picture(self, scale: float, *, is_draft: bool) -> Rendered:
        first, *others = self._stack
        moved = AppliedAdapter(first.sha256, scale, scale, first.name, first.path)
        adapters = tuple(sorted([moved, *others]))
        sampling = Sampling(
            prompt="a girl in a meadow",
            steps=_DRAFT_STEPS if is_draft else _STEPS,
            width=self._edge,
            height=self._edge,
        )
        request = GenerationRequest(
            checkpoint=CheckpointRef(self._engine.checkpoint.name),
            adapters=adapters,
            sampling=sampling,
            is_draft=is_draft,
            held=first.sha256 if is_draft else "",
            grasped=self._grasped if is_draft else (),
        )
        if not is_draft:
            self._grasped = adapters
        return self._engine.render(request, CancelToken(), silent)


def measured(name: str, place: Place, drags: int) -> list[Figure]:
    """name: "sd1" or "sdxl"."""
    edge = 64 if place.is_tiny else (512 if name == "sd1" else 1024)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        base = random_base(folder / name, name, place)
        plan = _plan(base, place, edge)
        dtype = Compute(place.device, place.dtype).dtype_name
        engine = StudioEngine(str(place.device), dtype, image_cache_bytes=0)
        engine.load_checkpoint(str(base), CancelToken(), silent)
        unet = engine.checkpoint.networks["unet"]
        drag = Drag(engine, list(random_loras(folder, unet, _ADAPTERS)), edge)
        drag.picture(0.7, is_draft=False)
        _start_counting(place.device)
        pictures = [
            (
                drag.picture(0.6 + i / 100, is_draft=True),
                drag.picture(0.65 + i / 100, is_draft=False),
            )
            for i in range(drags)
        ]
        figures = _peak(name, place.device, engine, plan)
        engine.close()
    drafts, settled = zip(*pictures, strict=True)
    told = {"draft": (drafts, _DRAFT_STEPS), "settled": (settled, _STEPS)}
    return [
        Figure(f"{what} {name}", _median_ms(made) / 1e3, "s", what=f"{edge}², {steps} steps")
        for what, (made, steps) in told.items()
    ] + figures


def _median_ms(made: tuple[Rendered, ...]) -> float:
    return statistics.median(one.timings.total_ms for one in made)


def _plan(base: Path, place: Place, edge: int) -> LoadPlan:
    free = free_memory(place.device)
    dtype = Compute(place.device, place.dtype).dtype_name
    machine = Machine(card=free.device, main=free.host)
    return plan_for(stored_base(base), machine, Size(edge, edge), dtype)


def _start_counting(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def _peak(name: str, device: torch.device, engine: StudioEngine, plan: LoadPlan) -> list[Figure]:
    """Against the plan of the weights and the picture, with what this stack really keeps."""
    assert engine._loaded is not None
    planned = plan.parts["weights"] + plan.parts["picture"] + engine._loaded.merger.kept_bytes
    told = Figure(f"planned_peak {name}", planned / 1e9, "GB", what=plan.sentence)
    if device.type != "cuda":
        print(f"{name}: the peak is not compared with its plan, since there is no card.")
        return [told]
    peak = torch.cuda.max_memory_allocated(device)
    off = abs(peak - planned) / planned
    return [
        told,
        Figure(f"peak {name}", peak / 1e9, "GB"),
        Figure(f"peak_off {name}", off, "", _NEAR),
    ]
