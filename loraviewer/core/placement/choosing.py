"""The fastest way in which a base fits, with all that follows from it."""

import msgspec

from loraviewer.core.placement.activations import Size
from loraviewer.core.placement.arrangements import WAYS, Arrangement, Asked, arranged
from loraviewer.core.placement.costs import costs_of
from loraviewer.core.placement.plan import (
    Base,
    LoadPlan,
    Machine,
    Manner,
    PictureNeeds,
    Placed,
    Speeds,
)
from loraviewer.core.placement.weights import Component, Precision
from loraviewer.core.placement.words import refusal, sentence_of


def usual_precision(base: Base, has_card: bool) -> Precision:
    """As the engine chooses on a card that has bfloat16, and on a CPU."""
    if not has_card:
        return "float32"
    return "float16" if base.is_classic else "bfloat16"


def plan_for(
    base: Base,
    machine: Machine,
    size: Size | None = None,
    precision: Precision | None = None,
    speeds: Speeds | None = None,
) -> LoadPlan:
    """size, precision: None for the usual ones. Never raises; a base that does not fit has a plan
    that is refused, with the reason and what to do as its sentence."""
    has_card = machine.card is not None
    asked = Asked(
        base=base,
        machine=machine,
        precision=precision or usual_precision(base, has_card),
        size=size or base.size,
    )
    ways = [way for way in WAYS if has_card or not way.needs_card]
    tried = [found for way in ways if (found := arranged(asked, way)) is not None]
    chosen = next((found for found in tried if found.is_possible), None)
    speeds = speeds or Speeds()
    if chosen is not None:
        plan = _plan(chosen, chosen.way.manner, speeds)
        return msgspec.structs.replace(plan, sentence=sentence_of(plan))
    least = min(tried, key=lambda found: found.peak.bytes)
    return _refused(asked, least, speeds)


def _refused(asked: Asked, least: Arrangement, speeds: Speeds) -> LoadPlan:
    """What the way that takes least would take."""
    plan = _plan(least, "refused", speeds)
    is_packed = asked.base.is_packed
    return msgspec.structs.replace(plan, sentence=refusal(plan, asked.machine, is_packed))


def _plan(found: Arrangement, manner: Manner, speeds: Speeds) -> LoadPlan:
    asked, peak = found.asked, found.peak
    return LoadPlan(
        manner=manner,
        has_card=asked.machine.card is not None,
        precision=asked.precision,
        memory_bytes=asked.machine.device,
        components=tuple(_placed(found, component) for component in asked.base.components),
        base_weights=found.base_weights,
        picture=_needs(found),
        parts=peak.parts,
        peak_stage=peak.name,
        main_bytes=found.main_bytes,
        loading_bytes=found.loading_bytes,
        costs=costs_of(found, speeds),
    )


def _placed(found: Arrangement, component: Component) -> Placed:
    return Placed(
        name=component.name,
        kind=component.kind,
        parameters=component.weights.parameters,
        stored_bytes=component.stored_bytes,
        stored_as=component.stored_as,
        computed_bytes=found.computed_bytes(component),
        stays_bytes=found.stays_bytes(component),
        place=found.place(component),
        is_assumed=component.is_assumed,
    )


def _needs(found: Arrangement) -> PictureNeeds:
    encoding, denoising, decoding = (stage.parts["picture"] for stage in found.stages)
    return PictureNeeds(
        size=found.asked.size,
        steps=found.asked.base.steps,
        encode_bytes=encoding,
        step_bytes=denoising,
        decode_bytes=decoding,
        tile_px=found.decoding.tile_px,
    )
