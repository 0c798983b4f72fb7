"""Which components of a base are to wait in main memory, or to come block by block: what its plan
asks for on a card."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

from loraviewer.adapters.inspection.stored_base import stored_base
from loraviewer.core.outcome import LoraviewerError
from loraviewer.core.placement.choosing import plan_for
from loraviewer.core.placement.packing import AskedPacking
from loraviewer.core.placement.plan import AskedManner, LoadPlan, Machine
from loraviewer.core.request import AskedMergeMode
from loraviewer.engine.device import Compute, FreeMemory, free_memory


class Waiting(NamedTuple):
    """Names of components that wait in main memory, of the denoiser that gives way to text
    encoders, "" for none, and of those that are streamed, each with how many of its bytes may stay
    on the device. `beside`: whether adapters are to be computed beside the weights of all."""

    components: frozenset[str] = frozenset()
    turning: str = ""
    streamed: tuple[tuple[str, int], ...] = ()
    beside: bool = False


NOBODY = Waiting()


class PlacementWish(NamedTuple):
    """How a person wants a base to lie, "" for the fastest that fits, where adapters go, and
    whether its denoiser stays as small as its file keeps it."""

    manner: AskedManner = ""
    adapters: AskedMergeMode = "auto"
    packing: AskedPacking = "auto"


FASTEST = PlacementWish()


def waiting_of(
    path: Path,
    components: Path | None,
    compute: Compute,
    wish: PlacementWish = FASTEST,
    measure: Callable[[torch.device], FreeMemory] = free_memory,
) -> Waiting:
    """`NOBODY` without a card of its own memory, and where the plan needs none or does not fit;
    what cannot be opened is told by who opens it. components: a folder with what a single file
    may lack. measure: what is free on a device. A denoiser is packed where `wish` says so."""
    free = measure(compute.device)
    if free.device is None:
        return NOBODY
    try:
        base = stored_base(path, components, packs=wish.packing == "packed")
    except LoraviewerError:
        return NOBODY
    machine = Machine(card=free.device, main=free.host)
    plan = plan_for(
        base,
        machine,
        precision=compute.dtype_name,
        manner=wish.manner,
        adapters=wish.adapters,
    )
    return _asked_by(plan) if plan.fits else NOBODY


def _asked_by(plan: LoadPlan) -> Waiting:
    moved = [one for one in plan.components if one.place == "moved"]
    streamed = [one for one in plan.components if one.place == "streamed"]
    return Waiting(
        frozenset(one.name for one in moved if one.kind != "denoiser"),
        next((one.name for one in moved if one.kind == "denoiser"), ""),
        tuple((one.name, one.stays_bytes) for one in streamed),
        beside=plan.base_weights is None and bool(moved or streamed),
    )
