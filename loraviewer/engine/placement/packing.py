"""Whether the denoiser of a base stays packed on this machine."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from loraviewer.adapters.inspection.stored_base import stored_base
from loraviewer.core.outcome import LoraviewerError
from loraviewer.core.placement.choosing import plan_for
from loraviewer.core.placement.packing import Packing, plan_packed
from loraviewer.core.placement.plan import Machine
from loraviewer.engine.device import Compute, FreeMemory, free_memory
from loraviewer.engine.placement.waiting import PlacementWish


def packing_of_base(
    path: Path,
    components: Path | None,
    compute: Compute,
    wish: PlacementWish,
    measure: Callable[[torch.device], FreeMemory] = free_memory,
) -> Packing:
    """As `core.placement.packing` decides, by what is free. What cannot be opened is told by who
    opens it. components: a folder with what a single file may lack."""
    free = measure(compute.device)
    machine = Machine(card=free.device, main=free.host)
    try:
        plan = plan_packed(
            wish.packing,
            partial(stored_base, path, components),
            lambda base: plan_for(
                base,
                machine,
                precision=compute.dtype_name,
                manner=wish.manner,
                adapters=wish.adapters,
            ),
        )
    except LoraviewerError:
        return ""
    if not plan.packing_saves:
        return ""
    return "packed" if plan.is_packed else "widened"
