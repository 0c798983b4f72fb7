"""Which parts of a held fader are kept where not all fit."""

from itertools import combinations
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from loraviewer.adapters.merging.held_fader import Part
from loraviewer.adapters.merging.held_parts import PartCost, parts_that_fit


def cost(name, work, elements, width=2, what: Literal["ground", "change"] = "ground"):
    return PartCost(Part(("unet", name), what), work, elements, width * elements)


COSTS = st.lists(
    st.builds(cost, st.text("ab", min_size=1), st.integers(0, 99), st.integers(1, 99)),
    max_size=7,
    unique_by=lambda cost: cost.part,
)


def test_the_dearest_to_make_again_come_first():
    deep, shallow, change = (
        cost("deep", 80, 100),
        cost("shallow", 8, 100),
        cost("deep", 16, 100, what="change"),
    )
    costs = [shallow, change, deep]
    assert parts_that_fit(costs, 199) == set()
    assert parts_that_fit(costs, 200) == {deep.part}
    assert parts_that_fit(costs, 400) == {deep.part, change.part}
    assert parts_that_fit(costs, 600) == {deep.part, change.part, shallow.part}


def test_a_byte_of_a_narrow_weight_saves_more():
    wide, narrow = cost("wide", 16, 100, width=4), cost("narrow", 16, 100)
    assert parts_that_fit([wide, narrow], 400) == {narrow.part}


@given(COSTS, st.integers(0, 1500))
def test_what_is_kept_fits_and_is_the_best_but_for_one_part(costs, limit):
    """Greedy by gain per byte: with the first part that did not fit it beats any choice."""
    kept = parts_that_fit(costs, limit)
    assert sum(c.size_bytes for c in costs if c.part in kept) <= limit
    gains = {c.part: c.gain * c.size_bytes for c in costs}
    fitting = (
        some
        for n in range(len(costs) + 1)
        for some in combinations(costs, n)
        if sum(c.size_bytes for c in some) <= limit
    )
    best = max(sum(gains[c.part] for c in some) for some in fitting)
    left_out = max((gains[part] for part in gains.keys() - kept), default=0.0)
    assert sum(gains[part] for part in kept) + left_out >= best * (1 - 1e-9)
