"""How a base fits into this machine's memory, without torch: from headers and what is free."""

import os
from functools import partial
from pathlib import Path

from loraviewer.core.placement.asking import PlanWish
from loraviewer.core.placement.choosing import plan_for, with_options
from loraviewer.core.placement.packing import plan_packed
from loraviewer.core.placement.plan import Base, LoadPlan, Machine
from loraviewer.core.placement.weights import Precision
from loraviewer.core.resources import DEMO, checkpoint_path, typed_path, usual_components_folder

_CARDS = "cuda"
_SHARED = "mps"
_MARKS_OF_CARDS = ("/proc/driver/nvidia", "/dev/kfd", "C:/Windows/System32/nvcuda.dll")
"""What lies on a disk where a driver of graphics cards is installed."""


def plan_base(wish: PlanWish) -> LoadPlan | None:
    """Implements `core.placement.asking.PlanBase`. Says nothing of the demo: it fits everywhere,
    and at a start its first picture is waited for."""
    machine = None if wish.source == DEMO else _machine(wish)
    if machine is None:
        return None
    from loraviewer.adapters.inspection.stored_base import stored_base

    chosen = typed_path(wish.components) if wish.components else usual_components_folder()
    precision, manner, adapters = _precision(wish), wish.manner, wish.adapters

    def plan_of(base: Base) -> LoadPlan:
        plan = plan_for(base, machine, precision=precision, manner=manner, adapters=adapters)
        return with_options(plan, base, machine, adapters=adapters)

    base_of = partial(stored_base, checkpoint_path(wish.source), chosen)
    return plan_packed(wish.packing, base_of, plan_of)


def _machine(wish: PlanWish) -> Machine | None:
    """None where a card computes whose memory nobody has asked for yet."""
    import psutil

    main = psutil.virtual_memory().available
    if wish.device.startswith(_CARDS) or (not wish.device and _may_have_card()):
        return Machine(card=wish.card_bytes, main=main) if wish.card_bytes else None
    return Machine(main=main)


def _precision(wish: PlanWish) -> Precision | None:
    """Apple's devices share main memory, and compute in float16."""
    if wish.dtype is None and wish.device.startswith(_SHARED):
        return "float16"
    return wish.dtype


def _may_have_card() -> bool:
    return any(os.path.exists(Path(mark)) for mark in _MARKS_OF_CARDS)
