"""Which components of a base are to wait in main memory: what its plan asks for on a card."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

from loraviewer.adapters.inspection.stored_base import stored_base
from loraviewer.core.outcome import LoraviewerError
from loraviewer.core.placement.choosing import plan_for
from loraviewer.core.placement.plan import Machine
from loraviewer.engine.device import Compute, FreeMemory, free_memory


class Waiting(NamedTuple):
    """Names of components that wait in main memory, and of the denoiser that gives way to text
    encoders; "" for none."""

    components: frozenset[str] = frozenset()
    turning: str = ""


NOBODY = Waiting()


def waiting_of(
    path: Path,
    components: Path | None,
    compute: Compute,
    measure: Callable[[torch.device], FreeMemory] = free_memory,
    packs: bool = False,
) -> Waiting:
    """`NOBODY` without a card of its own memory, and where the plan needs none or cannot be carried
    out; what cannot be opened is told by who opens it. components: a folder with what a single file
    may lack. measure: what is free on a device. packs: whether the denoiser stays packed."""
    free = measure(compute.device)
    if free.device is None:
        return NOBODY
    try:
        base = stored_base(path, components, packs=packs)
    except LoraviewerError:
        return NOBODY
    machine = Machine(card=free.device, main=free.host)
    plan = plan_for(base, machine, precision=compute.dtype_name)
    if not (plan.fits and plan.is_carried_out):
        return NOBODY
    moved = [one for one in plan.components if one.place == "moved"]
    turning = next((one.name for one in moved if one.kind == "denoiser"), "")
    return Waiting(frozenset(one.name for one in moved if one.kind != "denoiser"), turning)
