"""What holds for every base on every machine."""

import math

from hypothesis import given
from hypothesis import strategies as st

from loraviewer.core.placement.activations import Size
from loraviewer.core.placement.arrangements import WAYS
from loraviewer.core.placement.choosing import plan_for
from loraviewer.core.placement.plan import LoadPlan, Machine
from tests.core.placement.bases import BASES, GB

ORDER = (*dict.fromkeys(way.manner for way in WAYS), "refused")
bases = st.sampled_from(sorted(BASES))
cards = st.integers(0, 64 * GB)
mains = st.none() | st.integers(0, 128 * GB)
sizes = st.none() | st.builds(Size, st.integers(8, 400).map(lambda n: 8 * n), st.just(1024))


def rank(plan: LoadPlan) -> int:
    """Whether text encoders are streamed with the denoiser is a matter of what waits less."""
    return ORDER.index("streamed" if plan.manner == "all_streamed" else plan.manner)


@given(bases, cards, st.integers(0, 8 * GB), mains, sizes)
def test_a_larger_card_never_gives_a_slower_plan(base, card, more, main, size) -> None:
    small = plan_for(BASES[base], Machine(card=card, main=main), size)
    large = plan_for(BASES[base], Machine(card=card + more, main=main), size)
    assert rank(large) <= rank(small)


@given(bases, cards, st.integers(0, 64 * GB), st.integers(0, 8 * GB), sizes)
def test_more_main_memory_never_gives_a_slower_plan(base, card, main, more, size) -> None:
    small = plan_for(BASES[base], Machine(card=card, main=main), size)
    large = plan_for(BASES[base], Machine(card=card, main=main + more), size)
    unlimited = plan_for(BASES[base], Machine(card=card), size)
    assert rank(unlimited) <= rank(large) <= rank(small)


@given(bases, st.integers(0, 64 * GB), st.integers(0, 8 * GB), sizes)
def test_the_same_without_a_card(base, main, more, size) -> None:
    small = plan_for(BASES[base], Machine(main=main), size)
    assert rank(plan_for(BASES[base], Machine(main=main + more), size)) <= rank(small)


@given(bases, st.none() | cards, st.integers(0, 128 * GB), sizes)
def test_no_peak_exceeds_the_memory_and_parts_add_up(base, card, main, size) -> None:
    plan = plan_for(BASES[base], Machine(card=card, main=main), size)
    assert plan.peak_bytes == sum(plan.parts.values())
    assert plan.peak_bytes + plan.left_bytes == plan.memory_bytes
    assert min(plan.parts.values()) >= 0
    if plan.fits:
        assert plan.peak_bytes <= plan.memory_bytes
        assert plan.main_bytes <= main
    resident = [one for one in plan.components if one.place == "resident"]
    assert sum(one.stays_bytes for one in resident) <= plan.parts["weights"]
    assert all(one.stays_bytes <= one.computed_bytes for one in plan.components)


@given(bases, st.none() | cards, st.integers(0, 128 * GB), sizes)
def test_the_same_question_has_the_same_answer(base, card, main, size) -> None:
    machine = Machine(card=card, main=main)
    assert plan_for(BASES[base], machine, size) == plan_for(BASES[base], machine, size)


@given(bases, cards, mains)
def test_costs_are_finite_and_only_moved_parts_move(base, card, main) -> None:
    plan = plan_for(BASES[base], Machine(card=card, main=main))
    costs = plan.costs
    assert all(map(math.isfinite, (costs.prompt_s, costs.picture_s, costs.tick_s)))
    if {one.place for one in plan.components} == {"resident"}:
        assert (costs.prompt_moved, costs.picture_moved) == (0, 0)
