"""From what is typed to a description, and back."""

from dataclasses import replace

import msgspec
import pytest

from loraviewer.core.experiments.axes import Axis
from loraviewer.core.experiments.cells import groups
from loraviewer.core.experiments.description import Kind
from loraviewer.core.merge_rules import MergeRule
from loraviewer.core.variants.wildcards import Wildcards
from loraviewer.ui.lab.experiments.form_values import (
    AxisValues,
    FormValues,
    for_a_claim,
    quick_look,
    values_of,
)
from loraviewer.ui.lab.experiments.point_text import points_text, read_decimals, read_points
from tests.ui.lab.experiments.fake_experiments import BASE, adapters

THREE = adapters("manga", "birds", "night")
ASKED = FormValues(prompts=("a cat", "a dog"), seeds="3")


def test_a_ladder_of_what_is_on() -> None:
    form = replace(ASKED, orders=2, arms=("real", "random"), policies=("one", "sqrt"))
    made = form.experiment(BASE, THREE)
    assert made.kind == "ladder"
    assert (made.base, made.adapters) == (BASE, THREE)
    assert made.prompts == ("a cat", "a dog")
    assert made.seeds == (1, 2, 3)
    assert made.depths == (1, 2, 3), "1, 2, 4 … and all of them"
    assert (made.orders, made.arms, made.policies) == (2, ("real", "random"), ("one", "sqrt"))
    assert made.problem() is None


def test_depths_that_are_typed_count_once_and_in_order() -> None:
    made = replace(ASKED, depths="3, 1-2, 0, 1").experiment(BASE, THREE)
    assert made.depths == (1, 2, 3), "0 is the base, which is always there"


def test_a_sweep_of_one_fader() -> None:
    axis = AxisValues("fader", "0 to 2 in 5", adapter=2)
    made = replace(ASKED, kind="sweep", axes=(axis,)).experiment(BASE, THREE)
    assert made.axes == (Axis(what="fader", points=(0.0, 0.5, 1.0, 1.5, 2.0), adapter=2),)
    assert made.problem() is None


def test_a_sweep_of_the_master_is_of_no_adapter() -> None:
    axis = AxisValues("master", "0,5; 1", adapter=2, block="M00")
    made = replace(ASKED, kind="sweep", axes=(axis,)).experiment(BASE, THREE)
    assert made.axes == (Axis(what="master", points=(0.5, 1.0)),)


def test_what_other_kinds_ask_is_left_out() -> None:
    """Equal experiments have equal descriptions, whatever stood in the form before."""
    form = replace(ASKED, kind="ablation", pairs=True, orders=5, negative="red", energies="0.5")
    plain = replace(ASKED, kind="ablation", pairs=True)
    assert form.experiment(BASE, THREE) == plain.experiment(BASE, THREE)
    assert form.experiment(BASE, THREE).pairs


@pytest.mark.parametrize(("kind", "fields", "found"), [
    ("seeds", {"negative": "red", "alone": False}, {"negative": "red", "alone": False}),
    ("outputs", {"energies": "0.05, 0.1", "draws": 2}, {"energies": (0.05, 0.1), "draws": 2}),
    ("return", {"orders": 3}, {"orders": 3}),
    ("rules", {"rules": (MergeRule("ties", 0.3),)}, {"rules": (MergeRule("ties", 0.3),)}),
])  # fmt: skip
def test_each_kind_takes_its_own_fields(kind: Kind, fields: dict, found: dict) -> None:
    made = replace(ASKED, kind=kind, **fields).experiment(BASE, THREE)
    assert {name: getattr(made, name) for name in found} == found
    assert made.problem() is None


@pytest.mark.parametrize(("fields", "words"), [
    ({"seeds": "x"}, "no list of whole numbers"),
    ({"depths": "1-"}, "no list of whole numbers"),
    ({"kind": "outputs", "energies": "a"}, "no list of numbers"),
    ({"kind": "sweep", "axes": (AxisValues("master", "0 to x in 3"),)}, "0 to 2 in 9"),
    ({"kind": "sweep", "axes": (AxisValues("block", "0, 1"),)}, "which block"),
    ({"kind": "sweep", "axes": (AxisValues("block", "0, 1", block="?"),)}, "no block"),
])  # fmt: skip
def test_what_says_nothing_is_told_in_a_sentence(fields: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(ASKED, **fields).experiment(BASE, THREE)


@pytest.mark.parametrize("form", [
    replace(ASKED, depths="1, 3", orders=3, arms=("real", "copies"), policies=("mean",)),
    replace(ASKED, kind="sweep", axes=(AxisValues("fader", "-1, 0, 0.25, 2", 3),)),
    replace(ASKED, kind="sweep", axes=(AxisValues(), AxisValues("block", "0, 1", 2, "M00"))),
    replace(ASKED, kind="seeds", negative="red", seeds="5-9", alone=False),
    replace(ASKED, kind="outputs", energies="0.02, 0.2", draws=4),
    replace(ASKED, kind="rules", rules=(MergeRule(), MergeRule("ties", 0.4))),
    replace(ASKED, kind="return", orders=2),
    replace(ASKED, kind="ablation", pairs=True),
])  # fmt: skip
def test_a_form_filled_from_an_experiment_describes_it_again(form: FormValues) -> None:
    made = form.experiment(BASE, THREE)
    assert values_of(made, FormValues()).experiment(BASE, THREE) == made


def test_a_quick_look_is_small_and_a_claim_is_not() -> None:
    form = replace(
        ASKED, orders=7, arms=("real", "copies"), axes=(AxisValues(points="0 to 2 in 9"),)
    )
    quick = quick_look(form)
    assert (quick.prompts, quick.seeds, quick.orders, quick.arms) == (("a cat",), "2", 1, ("real",))
    assert read_points(quick.axes[0].points) == (0.0, 0.5, 1.0, 1.5, 2.0)
    ready = tuple(f"ready {number}" for number in range(8))
    claim = for_a_claim(form, ready)
    assert claim.prompts[:3] == ("a cat", "a dog", "ready 0")
    assert len(claim.prompts) == 8
    assert claim.arms == ("real", "random")


def test_a_claim_never_drops_prompts_of_the_person() -> None:
    own = tuple(f"own {number}" for number in range(11))
    assert for_a_claim(replace(ASKED, prompts=own), ("ready",)).prompts == own


def test_points_are_written_as_short_as_they_are_read() -> None:
    assert points_text((0.0, 0.25, 0.5, 0.75, 1.0)) == "0 to 1 in 5"
    assert points_text((-1.0, 0.0, 0.25)) == "-1, 0, 0.25"
    assert read_points(points_text((-1.0, -0.5, 0.0, 0.25))) == (-1.0, -0.5, 0.0, 0.25)
    assert read_decimals("0,5; 1; 2") == (0.5, 1.0, 2.0)
    assert read_decimals("0, 5,1 2") == (0.0, 5.0, 1.0, 2.0)


def test_measures_are_kept_as_they_are() -> None:
    made = replace(ASKED, measures=("ssim",)).experiment(BASE, THREE)
    assert msgspec.to_builtins(made)["measures"] == ("ssim",)


def test_a_seed_wall_draws_what_its_prompts_leave_open() -> None:
    asked = replace(ASKED, kind="seeds", prompts=("a {red|blue} cat", "a dog"), seeds="8")
    made = asked.experiment(BASE, THREE)
    (wording,) = made.wordings
    assert wording.template == "a {red|blue} cat"
    assert {*wording.words} == {"a red cat", "a blue cat"}
    assert made.problem() is None
    assert values_of(made, FormValues()).experiment(BASE, THREE) == made
    assert replace(asked, kind="ladder").experiment(BASE, THREE).wordings == ()


def test_a_wildcard_is_refused_where_nobody_knows_its_lines() -> None:
    asked = replace(ASKED, kind="seeds", prompts=("a __colour__ cat",))
    with pytest.raises(ValueError, match="There is no wildcard “colour”: choose their folder"):
        asked.experiment(BASE, THREE)


def test_wildcards_of_the_folder_are_drawn_from_by_a_seed_wall() -> None:
    wildcards = Wildcards({"colour": ("3::red", "blue")})
    asked = replace(ASKED, kind="seeds", prompts=("a __colour__ cat",), seeds="40")
    made = asked.experiment(BASE, THREE, wildcards)
    (wording,) = made.wordings
    assert {*wording.words} == {"a red cat", "a blue cat"}
    assert [(one.option, one.asked) for one in wording.shares] == [("red", 0.75), ("blue", 0.25)]
    assert sum(one.drawn for one in wording.shares) == 40
    cells = [cell for group in groups(made) for cell in group.cells]
    records = {cell.request.sampling.seed: cell.request.sampling for cell in cells}
    assert [records[seed].prompt for seed in made.seeds] == list(wording.words)
    assert {one.template for one in records.values()} == {"a __colour__ cat"}
