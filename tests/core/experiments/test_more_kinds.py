"""Known answers: the stacks of seed walls, ways, rules, pairs, and sweeps along any axis."""

from itertools import pairwise

import msgspec
import pytest

from loraviewer.core.experiments.axes import Axis, axis_words, read_axis
from loraviewer.core.experiments.cells import conditions, cost, groups
from loraviewer.core.experiments.sweep import with_swept_blocks
from loraviewer.core.merge_rules import SUM, usual_rule
from tests.core.experiments.asked import BASE, ablation, adapter, rules, seed_wall, sweep, way

ONE = (adapter("a", 0.8),)


def stacks(experiment):
    return [(c.arm, "".join(a.name for a in c.adapters)) for c in conditions(experiment)]


def test_a_seed_wall_has_the_base_the_stack_and_each_alone():
    assert stacks(seed_wall()) == [
        ("base", ""), ("stack", "abc"), ("alone", "a"), ("alone", "b"), ("alone", "c"),
    ]  # fmt: skip
    assert stacks(seed_wall(alone=False)) == [("base", ""), ("stack", "abc")]
    assert stacks(seed_wall(adapters=ONE)) == [("base", ""), ("stack", "a")]


@pytest.mark.parametrize(("usual", "said"), [("", "photo"), ("blur", "blur, photo")])
def test_the_negative_arm_is_the_base_with_more_to_leave_out(usual, said):
    sampling = msgspec.structs.replace(BASE.sampling, negative_prompt=usual)
    base = msgspec.structs.replace(BASE, sampling=sampling)
    asked = {}
    for group in groups(seed_wall(base=base, negative="photo")):
        request = group.cells[0].request
        asked[group.condition.arm] = (request.sampling.negative_prompt, len(request.adapters))
    assert asked == {"base": (usual, 0), "stack": (usual, 3), "alone": (usual, 1),
                     "negative": (said, 0)}  # fmt: skip


def test_a_way_goes_up_one_by_one_and_down_one_by_one():
    for order in (1, 2, 3):
        own = [c for c in conditions(way(orders=3)) if c.order == order]
        arms = [c.arm for c in own]
        assert arms == ["before", "on", "on", "on", "off", "off", "after"]
        there = [frozenset(a.name for a in c.adapters) for c in own]
        assert [len(names) for names in there] == [0, 1, 2, 3, 2, 1, 0]
        assert all(one < other for one, other in pairwise(there[:4]))
        assert all(one > other for one, other in pairwise(there[3:]))


def test_ways_leave_in_another_order_than_they_came():
    """Of some ways: of three adapters a sixth of all pairs of orders are the same."""
    ways = {}
    for condition in conditions(way(orders=12))[1:]:
        ways.setdefault(condition.order, []).append("".join(a.name for a in condition.adapters))
    ups = {tuple(stops[1:4]) for stops in ways.values()}
    mirrored = [set(stops[1]) == set(stops[5]) for stops in ways.values()]
    assert len(ups) > 1
    assert not all(mirrored)


def test_no_stop_answers_for_another():
    cells = [cell for group in groups(way(orders=2)) for cell in group.cells]
    assert len({cell.shot.key for cell in cells}) == len(cells) == cost(way(orders=2)).pictures
    visits = [c.visit for c in conditions(way(orders=2))]
    assert visits == list(range(15))
    assert not any(cell.shot.is_plain for cell in cells if cell.condition.arm != "base")


def test_rules_differ_in_nothing_but_the_rule_and_the_sum_is_among_them():
    found = [(g.condition.arm, g.cells[0].request.merge_rule.text) for g in groups(rules())]
    assert found[::2] == [
        ("base", "sum"), ("sum", "sum"), ("ties:0.2", "ties:0.2"), ("svd:4", "svd:4")
    ]  # fmt: skip
    assert len({g.cells[0].request.adapters for g in groups(rules()) if g.condition.depth}) == 1
    twice = rules(rules=(SUM, usual_rule("iso-c"), usual_rule("iso-c")))
    assert [c.arm for c in conditions(twice)] == ["base", "sum", "iso-c"]
    assert not any(":" in cell.id for group in groups(rules()) for cell in group.cells)


def test_pairs_are_every_two_of_more_than_two():
    assert stacks(ablation(pairs=True))[8:] == [("pair", "ab"), ("pair", "ac"), ("pair", "bc")]
    two = ablation(pairs=True, adapters=(adapter("a"), adapter("b")))
    assert "pair" not in [arm for arm, _ in stacks(two)]


def along(*axes):
    return [
        ([(a.scale, a.text_scale, a.block_scales) for a in c.adapters], c.guidance, c.place)
        for c in conditions(sweep(axes=axes))[1:]
    ]


def test_each_axis_moves_what_it_says():
    a, b = (0.8, 0.4, ()), (-0.5, -0.25, ())
    two = (3.0,)
    assert along(Axis(what="fader", adapter=2, points=two)) == [([a, (3.0, 3.0, ())], None, "3")]
    assert along(Axis(what="text", adapter=1, points=two)) == [([(0.8, 3.0, ()), b], None, "3")]
    assert along(Axis(what="text", points=two)) == [
        ([(0.8, 3.0, ()), (-0.5, 3.0, ())], None, "3")]  # fmt: skip
    assert along(Axis(what="block", block="M00", adapter=2, points=two)) == [
        ([a, (-0.5, -0.25, (("M00", 3.0),))], None, "3")]  # fmt: skip
    assert along(Axis(what="guidance", points=two)) == [([a, b], 3.0, "3")]


def test_two_axes_are_a_grid_whichever_is_named_first():
    fader = Axis(what="fader", adapter=1, points=(1.0, 2.0))
    master = Axis(points=(0.0, 0.5, 3.0))
    text = Axis(what="text", adapter=1, points=(4.0,))
    grid = along(fader, master)
    assert [place for *_, place in grid] == ["1 0", "1 0.5", "1 3", "2 0", "2 0.5", "2 3"]
    assert [rows[0][0] for rows, *_ in grid] == [0.0, 0.5, 3.0, 0.0, 1.0, 6.0]
    assert sorted(map(str, (rows for rows, *_ in grid))) == sorted(
        map(str, (rows for rows, *_ in along(master, fader)))
    )
    assert [rows[0][:2] for rows, *_ in along(text, fader)] == [(1.0, 4.0), (2.0, 4.0)]


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("master", Axis(points=())),
        ("fader:2", Axis(what="fader", adapter=2, points=())),
        ("text", Axis(what="text", points=())),
        ("text:1", Axis(what="text", adapter=1, points=())),
        ("block:IN04", Axis(what="block", block="IN04", points=())),
        ("block:TE1.03:2", Axis(what="block", block="TE1.03", adapter=2, points=())),
        (" guidance ", Axis(what="guidance", points=())),
    ],
)
def test_axes_as_people_type_them(text, axis):
    assert read_axis(text) == axis


@pytest.mark.parametrize("text", ["", "strength", "fader:one", "text:1:2", "block:M00:x", "fader:"])
def test_what_is_no_axis(text):
    with pytest.raises(ValueError, match="is no axis"):
        read_axis(text)


def test_axes_have_words():
    two = (adapter("manga"), adapter("birds"))
    said = [axis_words(read_axis(text), two) for text in ("master", "fader:2", "text:1", "text",
            "block:M00:2", "block:M00", "guidance")]  # fmt: skip
    assert said == ["all adapters", "birds", "text encoders of manga",
                    "text encoders of all adapters", "M00 of birds", "M00 of all adapters",
                    "guidance"]  # fmt: skip


def test_adapters_are_told_of_the_blocks_that_move():
    axis = Axis(what="block", block="M00", adapter=2, points=(1.0,))
    told = with_swept_blocks(sweep(axes=(axis, Axis(points=(1.0,)))))
    assert [[name for name, _ in one.block_scales] for one in told] == [[], ["M00"]]
