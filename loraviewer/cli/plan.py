"""`loraviewer inspect CHECKPOINT --plan`: where a base would lie, from its headers alone."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from loraviewer.cli.option_words import choice
from loraviewer.core.placement.choosing import plan_for, with_options
from loraviewer.core.placement.packing import AskedPacking, plan_packed
from loraviewer.core.placement.plan import Base, LoadPlan, Machine, Speeds
from loraviewer.core.sizes import bytes_text

if TYPE_CHECKING:
    from loraviewer.core.placement.weights import Precision

_GB = 10**9
_MOST_GB = 1e6

Plan = Annotated[
    bool,
    typer.Option("--plan", help="Say where a checkpoint would lie in memory, and how fast it is."),
]
MemoryGb = Annotated[
    float | None,
    typer.Option(
        "--memory-gb",
        min=0,
        max=_MOST_GB,
        help="With --plan: of a graphics card, in units of 10⁹ bytes (else what is free here).",
    ),
]
MainMemoryGb = Annotated[
    float | None,
    typer.Option(
        "--main-memory-gb",
        min=0,
        max=_MOST_GB,
        help="With --plan: what main memory has (with --memory-gb else: as much as it takes).",
    ),
]

_LEAST_S = 1e-3


Quantised = Annotated[
    AskedPacking,
    choice(
        AskedPacking,
        "--quantised",
        help="A denoiser in fp8, nf4 or int8: packed as in its file, with adapters beside it; "
        "widened to what is computed in; or packed where it would not fit otherwise (auto).",
    ),
]


def check_usage(is_planned: bool, size: Any, packing: AskedPacking, *numbers: float | None) -> None:
    """What only means something with `--plan`."""
    given = (size, *numbers)
    if not is_planned and (packing != "auto" or any(one is not None for one in given)):
        raise typer.BadParameter(
            "--memory-gb, --main-memory-gb, --size and --quantised belong to --plan."
        )


def planned(
    path: Path,
    components: Path | None,
    memory_gb: float | None,
    main_memory_gb: float | None,
    size: tuple[int, int] | None,
    packing: AskedPacking = "auto",
) -> dict[str, Any]:
    """The JSON fields. Torch is only imported to ask what is free here."""
    from loraviewer.adapters.inspection.stored_base import stored_base
    from loraviewer.core.placement.activations import Size

    base = stored_base(path, components)
    precision: Precision | None = None
    if memory_gb is None:
        machine, precision = _here(base.in_float16, main_memory_gb)
    else:
        machine = Machine(card=round(memory_gb * _GB), main=_bytes(main_memory_gb))
    speeds = Speeds()
    picture = Size(*size) if size else None

    def plan_of(base: Base) -> LoadPlan:
        plan = plan_for(base, machine, picture, precision, speeds)
        return with_options(plan, base, machine, picture, speeds)

    plan = plan_packed(packing, partial(stored_base, path, components), plan_of)
    return {
        "type": "plan",
        "name": base.name,
        "family": base.family,
        **plan_facts(plan),
        "missing": list(base.missing),
        "assumed_speeds": {k: v / _GB for k, v in msgspec.structs.asdict(speeds).items()},
    }


def _here(in_float16: bool, main_memory_gb: float | None) -> "tuple[Machine, Precision]":
    """What this machine has left, and what it computes in."""
    from loraviewer.engine.device import choose_compute, free_memory

    compute = choose_compute()
    compute = compute if in_float16 else compute.with_range()
    free = free_memory(compute.device)
    main = _bytes(main_memory_gb)
    machine = Machine(card=free.device, main=free.host if main is None else main)
    return machine, compute.dtype_name


def _bytes(gb: float | None) -> int | None:
    return None if gb is None else round(gb * _GB)


def plan_facts(plan: LoadPlan) -> dict[str, Any]:
    """A plan as JSON has it; all amounts in bytes."""
    kept = plan.base_weights
    picture = msgspec.structs.asdict(plan.picture)
    size = picture.pop("size")
    return {
        "manner": plan.manner,
        "fits": plan.fits,
        "is_carried_out": plan.fits,
        "sentence": str(plan.sentence),
        "denoiser_stays_packed": plan.is_packed,
        "packing_saves": plan.packing_saves,
        "device": "card" if plan.has_card else "main memory",
        "precision": plan.precision,
        "memory_bytes": plan.memory_bytes,
        "peak_bytes": plan.peak_bytes,
        "peak_stage": plan.peak_stage,
        "parts": dict(plan.parts),
        "left_bytes": plan.left_bytes,
        "main_memory_bytes": plan.main_bytes,
        "loading_bytes": plan.loading_bytes,
        "components": [msgspec.structs.asdict(one) for one in plan.components],
        "adapters": "merged" if kept is not None else "beside",
        "base_weights": None if kept is None else msgspec.structs.asdict(kept),
        "picture": {"width": size.width, "height": size.height, "is_estimate": True, **picture},
        "costs": msgspec.structs.asdict(plan.costs),
        "options": [msgspec.structs.asdict(one) for one in plan.options],
    }


def plan_lines(facts: dict[str, Any]) -> Iterator[str]:
    """For a person."""
    yield facts["sentence"]
    yield f"computed in: {facts['precision']}"
    for one in facts["components"]:
        yield _component_line(one)
    if facts["missing"]:
        yield f"not in the file, counted by the family: {', '.join(facts['missing'])}"
    yield _base_weights_line(facts)
    yield _picture_line(facts["picture"])
    yield _peak_line(facts)
    yield from _cost_lines(facts)
    for one in (option for option in facts["options"] if option["manner"] != facts["manner"]):
        yield (
            f"{one['manner']}: waits {_waiting(one['picture_s'])} a picture, "
            f"{_waiting(one['tick_s'])} a tick, {_waiting(one['prompt_s'])} a new prompt"
        )


def _component_line(one: dict[str, Any]) -> str:
    stored = f"{bytes_text(one['stored_bytes'])} as {one['stored_as']}"
    stored = "not stored" if one["is_assumed"] else stored
    place = one["place"]
    if place == "streamed":
        place += f", {bytes_text(one['stays_bytes'])} of it stays"
    return f"{one['name']}: {stored}, {bytes_text(one['computed_bytes'])} computed with; {place}"


def _base_weights_line(facts: dict[str, Any]) -> str:
    kept = facts["base_weights"]
    told = kept["sentence"] if kept else "Adapters are computed beside the weights."
    return f"a stack that changes everything: {told}"


def _picture_line(picture: dict[str, Any]) -> str:
    tiles = f" in tiles of {picture['tile_px']}" if picture["tile_px"] else ""
    return (
        f"a picture of {picture['width']}×{picture['height']} (estimated): "
        f"{bytes_text(picture['encode_bytes'])} to encode, {bytes_text(picture['step_bytes'])} a "
        f"step, {bytes_text(picture['decode_bytes'])} to decode{tiles}"
    )


def _peak_line(facts: dict[str, Any]) -> str:
    parts = (f"{name.replace('_', ' ')} {bytes_text(n)}" for name, n in facts["parts"].items() if n)
    peak = (
        f"peak while {facts['peak_stage']}: {bytes_text(facts['peak_bytes'])} ({', '.join(parts)})"
    )
    left = facts["left_bytes"]
    return f"{peak}; {bytes_text(abs(left))} {'left' if left >= 0 else 'lacking'}"


def _cost_lines(facts: dict[str, Any]) -> Iterator[str]:
    costs, speeds = facts["costs"], facts["assumed_speeds"]
    bus = f"assuming {speeds['bus']:g} GB/s between main memory and card"
    if facts["device"] == "card":
        yield (
            f"moved: {bytes_text(costs['prompt_moved'])} for a new prompt "
            f"({_waiting(costs['prompt_s'])}), {bytes_text(costs['picture_moved'])} for a picture "
            f"({_waiting(costs['picture_s'])}), {bus}"
        )
        yield f"main memory: {bytes_text(facts['main_memory_bytes'])}, while it is loaded " + (
            bytes_text(facts["loading_bytes"])
        )
    read, written = bytes_text(costs["tick_read"]), bytes_text(costs["tick_written"])
    again = costs["tick_moved"] or costs["tick_file"]
    source = "over the bus" if costs["tick_moved"] else "from the file"
    anew = f", {bytes_text(again)} of it {source}" if again else ""
    memory = speeds["card" if facts["device"] == "card" else "main"]
    yield (
        f"a tick of a fader: {read} read, {written} written{anew} ({_waiting(costs['tick_s'])}, "
        f"assuming {memory:g} GB/s in memory)"
    )


def _waiting(seconds: float) -> str:
    """Two digits of it, in words that nobody has to count zeros in."""
    if not seconds:
        return "0 s"
    if seconds < _LEAST_S:
        return "under 1 ms"
    if seconds < 1:
        return f"{float(f'{seconds * 1000:.2g}'):g} ms"
    return f"{float(f'{seconds:.2g}'):g} s"
