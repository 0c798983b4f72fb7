"""Whether a denoiser stays packed: by what fits, or as a person asks, and what that saves."""

from collections.abc import Callable

import msgspec
import pytest

from loraviewer.core.placement.choosing import plan_for
from loraviewer.core.placement.packing import AskedPacking, plan_packed
from loraviewer.core.placement.plan import Base, LoadPlan, Machine
from loraviewer.core.placement.weights import Component, Weights
from tests.core.placement.bases import BASES, GB

FLUX = BASES["flux"]
NUMBERS = next(one for one in FLUX.components if one.kind == "denoiser").weights.plain
VECTORS = 1_000_000
SAVED = NUMBERS - VECTORS
"""In bfloat16, of matrices that take one byte instead of two."""


def with_denoiser(**fields) -> Base:
    def edited(one: Component) -> Component:
        return msgspec.structs.replace(one, **fields) if one.kind == "denoiser" else one

    return msgspec.structs.replace(FLUX, components=tuple(map(edited, FLUX.components)))


def in_fp8(packs: bool) -> Base:
    matrices = NUMBERS - VECTORS
    if not packs:
        return with_denoiser(packable=matrices, packs_as="F8_E4M3")
    weights = Weights(plain=VECTORS, packed=matrices, packed_bytes=matrices)
    return with_denoiser(weights=weights, stored_as="F8_E4M3")


def planned(
    machine: Machine, asked: AskedPacking = "auto", base_of: Callable[[bool], Base] = in_fp8
) -> LoadPlan:
    return plan_packed(asked, base_of, lambda base: plan_for(base, machine))


@pytest.mark.parametrize(("card", "is_packed"), [(16, True), (20, True), (80, False)])
def test_what_would_not_fit_stays_packed(card: int, is_packed: bool) -> None:
    plan = planned(Machine(card=card * GB))
    assert plan.is_packed is is_packed
    assert plan.packing_saves == SAVED
    assert plan.fits
    denoiser = next(one for one in plan.components if one.kind == "denoiser")
    assert denoiser.computed_bytes == 2 * NUMBERS - (SAVED if is_packed else 0)


@pytest.mark.parametrize(("asked", "is_packed"), [("packed", True), ("widened", False)])
@pytest.mark.parametrize("card", [16, 80])
def test_a_person_decides(asked: AskedPacking, is_packed: bool, card: int) -> None:
    assert planned(Machine(card=card * GB), asked).is_packed is is_packed


def test_main_memory_counts_where_there_is_no_card() -> None:
    """Networks are computed in float32 there."""
    plan = planned(Machine(main=48 * GB))
    assert plan.is_packed
    assert plan.packing_saves == 3 * SAVED
    assert not planned(Machine(main=256 * GB)).is_packed


def test_its_sentence_says_what_is_saved() -> None:
    kept = planned(Machine(card=16 * GB)).sentence
    assert "Its denoiser stays in fp8, which saves 11.9 GB" in kept
    assert "adapters are computed beside it" in kept
    could = planned(Machine(card=80 * GB)).sentence
    assert "could stay in fp8, with adapters beside it, which would save 11.9 GB" in could


def test_what_has_nothing_to_pack_is_planned_once_and_says_nothing() -> None:
    asked: list[bool] = []

    def base_of(packs: bool) -> Base:
        asked.append(packs)
        return FLUX

    plan = planned(Machine(card=16 * GB), "packed", base_of)
    assert asked == [False]
    assert (plan.is_packed, plan.packing_saves) == (False, 0)
    assert plan == plan_for(FLUX, Machine(card=16 * GB))
