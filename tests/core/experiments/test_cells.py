"""Known answers: which requests follow from a description."""

import math
from itertools import pairwise

import pytest

from loraviewer.core.experiments.cells import conditions, cost, groups
from loraviewer.core.experiments.ladder import draws, random_order
from loraviewer.core.experiments.random_twins import twin_of, twin_sha256
from loraviewer.core.experiments.ranges import read_numbers, read_seeds, usual_depths
from loraviewer.core.experiments.sweep import evenly
from tests.core.experiments.asked import BASE, ablation, adapter, ladder, sweep

A = adapter("a", 0.8)
WHOLE = ladder(arms=("real", "random", "copies"), policies=("one", "mean", "sqrt"), orders=2)


def cells(experiment):
    return [cell for group in groups(experiment) for cell in group.cells]


def test_the_base_comes_first_and_is_an_ordinary_request_without_adapters():
    first, *_ = groups(WHOLE)
    assert first.condition.arm == "base"
    for cell, seed in zip(first.cells, WHOLE.seeds, strict=True):
        assert cell.request.adapters == ()
        assert cell.request.with_seed(7).sha256() == BASE_AS_ASKED.sha256()
        assert cell.request.sampling.seed == seed


BASE_AS_ASKED = cells(ladder(prompts=("a cat",), seeds=(7, 8)))[0].request


def test_a_base_cell_asks_for_what_render_would_ask():
    sampling = BASE_AS_ASKED.sampling
    assert (sampling.prompt, sampling.seed, BASE_AS_ASKED.checkpoint) == (
        "a cat",
        7,
        BASE.checkpoint,
    )


@pytest.mark.parametrize("depth", [1, 2, 3, 7, 49, 100, 300])
def test_copies_at_one_nth_ask_for_the_one_itself(depth):
    (_, condition) = conditions(
        ladder(adapters=(A,), depths=(depth,), arms=("copies",), policies=("mean",))
    )
    assert condition.stack == (A,)
    assert condition.depth == depth


def test_copies_are_the_one_adapter_n_times_as_strong():
    experiment = ladder(adapters=(A,), depths=(3,), arms=("copies",), policies=("one", "sqrt"))
    strengths = [condition.stack[0].scale for condition in conditions(experiment)[1:]]
    assert strengths == pytest.approx([2.4, 0.8 * math.sqrt(3)])


@pytest.mark.parametrize(("policy", "each"), [("one", 1.0), ("mean", 0.2), ("sqrt", 1 / 5**0.5)])
def test_policies_multiply_every_strength(policy, each):
    adapters = tuple(adapter(name, scale) for name, scale in zip("abcde", range(1, 6), strict=True))
    deepest = conditions(ladder(adapters=adapters, policies=(policy,)))[-1]
    assert {one.name: one.scale for one in deepest.stack} == pytest.approx(
        {one.name: one.scale * each for one in adapters}
    )
    assert all(one.text_scale == one.scale / 2 for one in deepest.stack)


def test_deeper_stacks_hold_the_shallower_ones():
    by_order = {}
    for condition in conditions(ladder(orders=3))[1:]:
        by_order.setdefault(condition.order, []).append(condition.adapters)
    assert len(by_order) == 3
    for one, two, five in by_order.values():
        assert (one, two) == (five[:1], five[:2])
        assert {adapter.name for adapter in five} == set("abcde")


def test_orders_are_random_and_always_the_same():
    adapters = ladder().adapters
    orders = [random_order(adapters, order) for order in range(1, 30)]
    assert len(set(orders)) > 20
    assert [random_order(adapters[::-1], order) for order in range(1, 30)] == orders
    assert len({order[0] for order in orders}) == 5


def test_orders_stay_the_same_for_ever():
    """Written down once: a folder that is resumed by a later version must ask for the same."""
    names = ["".join(one.name for one in random_order(ladder().adapters, n)) for n in (1, 2, 3)]
    assert names == ["dceba", "acebd", "acebd"]


def test_twins_have_the_strengths_of_the_real_ones_and_names_of_their_own():
    real, random = (
        [condition.adapters for condition in conditions(ladder(arms=(arm,), orders=2))[1:]]
        for arm in ("real", "random")
    )
    for ours, theirs in zip(real, random, strict=True):
        assert [a.scale for a in ours] == [a.scale for a in theirs]
        assert not {a.sha256 for a in ours} & {a.sha256 for a in theirs}
    assert len({a.sha256 for stack in random for a in stack}) == 10  # five files, drawn twice
    assert twin_of(A, 1).sha256 == twin_sha256(A.sha256, 1) != twin_sha256(A.sha256, 2)


def test_a_sweep_multiplies_the_whole_stack():
    base, *points = conditions(sweep())
    assert [[a.scale for a in point.adapters] for point in points] == [
        [0.0, 0.0], [0.4, -0.25], [1.6, -1.0]]  # fmt: skip
    assert points[0].stack == base.stack == ()
    assert str(points[0].adapters[1].scale) == "0.0"


def test_an_ablation_has_all_each_alone_and_all_but_each():
    stacks = [(c.arm, "".join(a.name for a in c.adapters)) for c in conditions(ablation())]
    assert stacks == [
        ("base", ""), ("all", "abc"), ("alone", "a"), ("alone", "b"), ("alone", "c"),
        ("without", "bc"), ("without", "ac"), ("without", "ab"),
    ]  # fmt: skip


def test_ablations_of_one_and_two_ask_for_nothing_twice():
    assert cost(ablation(adapters=(A,))).stacks == 2
    assert cost(ablation(adapters=(A, adapter("b")))).stacks == 4


def test_cells_have_names_of_their_own_and_their_groups_differ_in_nothing_but_seeds():
    ids = [cell.id for cell in cells(WHOLE)]
    assert len(ids) == len(set(ids)) == (1 + 3 * 3 * 2 * 3) * 2 * 3
    for group in groups(WHOLE):
        assert len({cell.request.with_seed(0) for cell in group.cells}) == 1
        assert [cell.request.sampling.seed for cell in group.cells] == list(WHOLE.seeds)


def test_each_stack_is_merged_once():
    stacks = [group.cells[0].request.adapters for group in groups(ladder(orders=2))]
    changes = sum(one != two for one, two in pairwise(stacks))
    assert changes + 1 == len(stacks) / len(ladder().prompts)


def test_the_cost_is_known_before():
    told = cost(ladder(adapters=(A,), depths=(1, 10), arms=("copies",), policies=("one", "mean")))
    assert told.cells == (1 + 4) * 6
    assert told.stacks == 3  # the base, one, ten
    assert told.pictures == 3 * 6
    assert cost(sweep()).pictures == 3 * 6  # a point of 0 is the base


@pytest.mark.parametrize(
    ("text", "found"),
    [("3", (1, 2, 3)), ("5-7", (5, 6, 7)), ("0-0", (0,)), ("4,1-2,4", (4, 1, 2))],
)
def test_seeds_as_people_type_them(text, found):
    assert read_seeds(text) == found


@pytest.mark.parametrize("text", ["", "0", "a", "3-1", "1-", "-2", "1,,2", "1.5", "1-9999999"])
def test_what_is_no_list_of_seeds(text):
    with pytest.raises(ValueError, match="whole numbers"):
        read_seeds(text)


def test_depths():
    assert read_numbers("1,2,4") == (1, 2, 4)
    assert [usual_depths(count) for count in (1, 2, 5, 8)] == [
        (1,), (1, 2), (1, 2, 4, 5), (1, 2, 4, 8)]  # fmt: skip


def test_points():
    assert evenly(0.0, 0.3, 4) == (0.0, 0.1, 0.2, 0.3)
    assert evenly(-1.0, 3.0, 1) == (-1.0,)
    assert evenly(2.0, 0.0, 3) == (2.0, 1.0, 0.0)


def test_random_twins_go_on_where_the_adapters_run_out():
    deep = ladder(depths=(2, 12), orders=2, arms=("real", "random"))
    assert deep.problem() is None
    assert draws(deep) == 6  # five adapters: twelve take three rounds, in two orders
    steps = conditions(deep)[1:]
    assert [c.depth for c in steps if c.arm == "real"] == [2, 2]
    first, second = (c for c in steps if c.arm == "random" and c.depth == 12)
    drawn = [{a.sha256 for a in step.adapters} for step in (first, second)]
    assert [len(one) for one in drawn] == [12, 12]
    assert not drawn[0] & drawn[1]
    wanted = {twin_sha256(a.sha256, n) for a in deep.adapters for n in range(1, draws(deep) + 1)}
    assert drawn[0] | drawn[1] <= wanted
