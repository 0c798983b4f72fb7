"""The fastest way in which a base fits, with all that follows from it."""

from collections.abc import Sequence

import msgspec

from loraviewer.core.placement.activations import Size
from loraviewer.core.placement.arrangements import WAYS, Arrangement, Asked, arranged
from loraviewer.core.placement.costs import costs_of
from loraviewer.core.placement.plan import (
    AskedManner,
    Base,
    LoadPlan,
    Machine,
    Manner,
    PictureNeeds,
    Placed,
    PlanOption,
    Speeds,
)
from loraviewer.core.placement.weights import Component, Precision
from loraviewer.core.placement.words import refusal, sentence_of
from loraviewer.core.request import AskedMergeMode


def usual_precision(base: Base, has_card: bool) -> Precision:
    """As the engine chooses on a card that has bfloat16, and on a CPU."""
    if not has_card:
        return "float32"
    return "float16" if base.in_float16 else "bfloat16"


def plan_for(
    base: Base,
    machine: Machine,
    size: Size | None = None,
    precision: Precision | None = None,
    speeds: Speeds | None = None,
    manner: AskedManner = "",
    adapters: AskedMergeMode = "auto",
) -> LoadPlan:
    """size, precision: None for the usual ones. manner: what a person wants, where it fits; else
    the fastest that does. adapters: in the weights or beside them. Never raises; a base that does
    not fit has a plan that is refused, with the reason and what to do as its sentence."""
    asked = _asked(base, machine, size, precision)
    speeds = speeds or Speeds()
    tried = _arrangements(asked, adapters)
    fitting = [found for found in tried if found.is_possible]
    chosen = next((found for found in fitting if found.way.manner == manner), None)
    if fitting:
        return _told(chosen or _fastest(fitting, speeds), speeds)
    return _refused(asked, min(tried, key=lambda found: found.peak.bytes), speeds)


def _fastest(fitting: Sequence[Arrangement], speeds: Speeds) -> Arrangement:
    """The first; of those that stream, the one whose pictures wait least: text encoders that are
    streamed leave room for blocks that stay."""
    first = fitting[0]
    if not first.way.streamed:
        return first
    alike = [one for one in fitting if one.way.policies == first.way.policies]
    return min(alike, key=lambda one: _waits_s(one, speeds))


def _waits_s(found: Arrangement, speeds: Speeds) -> float:
    costs = costs_of(found, speeds)
    return costs.prompt_s + costs.picture_s


def with_options(
    plan: LoadPlan,
    base: Base,
    machine: Machine,
    size: Size | None = None,
    speeds: Speeds | None = None,
    adapters: AskedMergeMode = "auto",
) -> LoadPlan:
    """The plan of the same base, with all manners that it could have: its own first."""
    found: dict[Manner, PlanOption] = {}
    for one in _arrangements(_asked(base, machine, size, plan.precision), adapters):
        if one.is_possible and one.way.manner not in found:
            found[one.way.manner] = _option(one, speeds or Speeds())
    options = sorted(found.values(), key=lambda option: option.manner != plan.manner)
    return msgspec.structs.replace(plan, options=tuple(options))


def _option(found: Arrangement, speeds: Speeds) -> PlanOption:
    costs = costs_of(found, speeds)
    return PlanOption(
        manner=found.way.manner,
        prompt_s=costs.prompt_s,
        picture_s=costs.picture_s,
        tick_s=costs.tick_s,
    )


def _asked(base: Base, machine: Machine, size: Size | None, precision: Precision | None) -> Asked:
    return Asked(
        base=base,
        machine=machine,
        precision=precision or usual_precision(base, machine.card is not None),
        size=size or base.size,
    )


def _arrangements(asked: Asked, adapters: AskedMergeMode) -> list[Arrangement]:
    """Never none: adapters can be beside the weights on any machine."""
    has_card = asked.machine.card is not None
    ways = [way for way in WAYS if has_card or not way.needs_card]
    if adapters == "unmerged":
        ways = [way for way in ways if not way.policies]
    found = [found for way in ways if (found := arranged(asked, way)) is not None]
    merged = [one for one in found if one.way.policies]
    return merged if adapters == "merged" and merged and not asked.base.is_packed else found


def _told(found: Arrangement, speeds: Speeds) -> LoadPlan:
    plan = _plan(found, found.way.manner, speeds)
    return msgspec.structs.replace(plan, sentence=sentence_of(plan))


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
