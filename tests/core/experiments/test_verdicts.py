"""What may be said of numbers, from means made up to say it."""

from dataclasses import replace

import pytest

from loraviewer.core.experiments.axes import Axis
from loraviewer.core.experiments.conclusions.estimates import Estimate, FromMeans, Knee
from loraviewer.core.experiments.curves import Curve
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.experiments.verdicts import Verdict, verdicts
from loraviewer.core.merge_rules import MergeRule
from tests.core.experiments.asked import ablation, ladder, sweep
from tests.core.experiments.means import base, mean


def only(experiment: Experiment, *means: Mean) -> Verdict:
    (found,) = verdicts(experiment, means)
    return found


def deep(arm: str, spreads: float, half: float | None = 0.3, **fields) -> Mean:
    return mean(arm, spreads, half, **({"policy": "one", "depth": 5} | fields))


def alone(name: str, spreads: float, half: float = 0.2) -> Mean:
    return mean("alone", spreads, half, adapters=name)


def without(names: str, spreads: float, half: float = 0.2) -> Mean:
    return mean("without", spreads, half, adapters=names)


class Paired(FromMeans):
    """Every difference has the interval of its middle ± `half`."""

    def __init__(self, half: float, knee: Knee | None = None) -> None:
        self.half, self.found = half, knee

    def difference(self, mean: Mean, than: Mean) -> Estimate | None:
        if mean.in_seed_spreads is None or than.in_seed_spreads is None:
            return None
        gap = mean.in_seed_spreads - than.in_seed_spreads
        return Estimate(gap, gap - self.half, gap + self.half, 0.95, 8, 64)

    def knee(self, curve: Curve) -> Knee | None:
        return self.found


def test_a_verdict_carries_what_it_stands_on():
    found = only(ladder(), base(), deep("real", 1.0, depth=1), deep("real", 1.8))
    assert found.sentence == (
        "Grain rises by 1.8 seed spreads at depth 5, the way that it goes as pictures get worse "
        "(95 %: 1.5 to 2.1; 8 prompts, 64 pictures)."
    )
    assert (found.measure, found.n, found.prompts, found.level) == ("noise", 64, 8, 0.95)
    assert (found.value, found.low, found.high) == pytest.approx((1.8, 1.5, 2.1))
    assert found.unit == "seed spreads"
    assert found.is_decided
    assert found.overturned_by == "More prompts whose interval at depth 5 holds 0."


@pytest.mark.parametrize(
    ("measure", "spreads", "told"),
    [
        ("ssim", -2.0, "Likeness to the base falls by 2.0 seed spreads at depth 5, the way that"),
        ("ssim", 2.0, "rises by 2.0 seed spreads at depth 5, away from where it goes"),
        ("noise", -2.0, "Grain falls by 2.0 seed spreads at depth 5, away from where it goes"),
        ("detail", -2.0, "Fine detail falls by 2.0 seed spreads at depth 5 (95 %"),
        ("unheard-of", 2.0, "unheard-of rises by 2.0 seed spreads at depth 5 (95 %"),
    ],
)
def test_directions_are_named_by_what_the_measure_does(measure, spreads, told):
    assert told in only(ladder(), deep("real", spreads, measure=measure)).sentence


def test_less_than_another_seed_does_is_told_so():
    found = only(ladder(), deep("real", 0.5))
    assert "rises by 0.50 seed spreads" in found.sentence
    assert "less than another seed may do" in found.sentence


def test_nothing_can_be_said_where_the_interval_holds_both():
    found = only(ladder(), deep("real", 0.5, half=3.0))
    assert found.sentence.startswith(
        "Nothing can be said of grain at depth 5: the interval holds a rise as well as a fall "
        "(95 %: −2.5 to 3.5"
    )
    assert not found.is_decided


def test_staying_near_the_base_is_a_finding_too():
    found = only(ladder(), deep("real", 0.1, half=0.3))
    assert "stays within one seed spread of the base" in found.sentence
    assert found.is_decided


def test_one_prompt_carries_no_claim():
    found = only(ladder(), deep("real", 5.0, prompts=1, over="seeds"))
    assert found.sentence.startswith("Of one prompt only: grain rises by 5.0")
    assert not found.is_decided


def test_few_prompts_are_a_hint():
    told = only(ladder(), deep("real", 5.0, prompts=4)).sentence
    assert told.endswith("A hint: a claim needs 8 prompts.")
    assert "hint" not in only(ladder(), deep("real", 5.0)).sentence


def test_one_number_has_no_interval_and_says_nothing():
    found = only(ladder(), deep("real", 5.0, half=None, prompts=1, n=1))
    assert "nothing can be said" in found.sentence
    assert (found.low, found.high, found.is_decided) == (None, None, False)


def test_what_the_norm_does_is_not_what_was_learnt():
    means = [deep("real", 3.0), deep("random", 3.2)]
    (found,) = verdicts(ladder(), means, Paired(0.5))
    assert "random adapters of the same spectrum: 3.2, difference −0.20" in found.sentence
    assert found.sentence.endswith("so most of it is the norm, not what was learnt.")
    assert found.overturned_by == (
        "A ladder whose random arm lies outside −0.70 to 0.30 of the adapters."
    )


def test_beyond_the_norm():
    (found,) = verdicts(ladder(), [deep("real", 3.0), deep("random", 0.5)], Paired(0.5))
    assert found.sentence.endswith("that part is beyond what the norm does.")


def test_less_than_the_norm():
    (found,) = verdicts(ladder(), [deep("real", 3.0), deep("random", 6.0)], Paired(0.5))
    assert found.sentence.endswith("as much norm with nothing learnt moves it further.")


def test_norm_and_learning_may_stay_untold():
    (found,) = verdicts(ladder(), [deep("real", 3.0), deep("random", 2.0)], Paired(2.5))
    assert found.sentence.endswith("too uncertain to tell the norm from what was learnt.")


def test_means_alone_tell_arms_apart_only_where_their_intervals_do():
    def told(random: float) -> str:
        return only(ladder(), deep("real", 3.0), deep("random", random)).sentence

    assert "beyond what the norm does" in told(2.3)  # 2.0 … 2.6 below 2.7 … 3.3
    assert "beyond what the norm does" not in told(2.5)


def test_policies_are_compared_where_they_differ():
    asked = ladder(policies=("one", "mean"))
    means = [deep("real", 3.0), deep("real", 0.5, policy="mean")]
    *_, third = verdicts(asked, means, Paired(0.2))
    assert "at depth 5 lies 0.50 seed spreads from the base each at 1/N, and 3.0" in third.sentence
    assert len(verdicts(asked, means, Paired(4.0))) == 2


LINE = sweep(axes=(Axis(points=(0.0, 1.0, 2.0)),))


def swept(*spreads: float, half: float = 0.2) -> list[Mean]:
    return [mean("real", one, half, at=str(at)) for at, one in enumerate(spreads)]


def test_where_a_sweep_leaves_what_seeds_do():
    found = only(LINE, base(), *swept(0.0, 0.5, 2.5))
    assert "Grain is one seed spread from the base at 1.2 of “all strengths" in found.sentence
    # 0.7 … 2.7 above, 0.3 … 2.3 below: |y| = 1 at 1.15 and 1.35
    assert (found.value, found.low, found.high) == pytest.approx((1.25, 1.15, 1.35))


def test_a_sweep_that_never_leaves_says_so():
    found = only(LINE, *swept(0.0, 0.1, -0.2))
    assert "at 2.0 of “all strengths, multiplied by” stays within one seed spread" in found.sentence


def test_a_sweep_that_may_not_get_there_stays_open():
    found = only(LINE, *swept(0.0, 0.5, 1.1))
    assert (found.high, found.is_decided) == (None, False)
    assert "it may also stay nearer" in found.sentence


def test_a_knee_is_told_with_its_slopes():
    at = Estimate(1.2, 1.1, 1.3, 0.95, 8, 64)
    bend, _ = verdicts(LINE, swept(0.0, 0.5, 2.5), Paired(0.1, Knee(at, 0.4, 3.0)))
    assert bend.sentence.startswith("Grain bends at 1.2 of “all strengths, multiplied by” (95 %")
    assert "it runs steeper from there, 3.0 seed spreads for each 1 instead of 0.40" in (
        bend.sentence
    )
    assert (bend.low, bend.high) == (1.1, 1.3)


THREE = (mean("all", 3.0, adapters="a + b + c"),)
ALONE = (alone("a", 2.0), alone("b", 0.4), alone("c", 0.5))


def test_who_does_the_damage():
    rest = (without("b + c", 0.8), without("a + c", 2.6), without("a + b", 2.5))
    whole, owner, first = verdicts(ablation(), [base(), *THREE, *ALONE, *rest], Paired(0.3))
    assert "rises by 3.0 seed spreads with all together" in whole.sentence
    assert owner.sentence.startswith("Grain is 2.2 seed spreads nearer to the base without a (95 %")
    assert "more than without c (0.50) or any other" in owner.sentence
    assert first.sentence.startswith("a alone moves grain by 2.0 seed spreads, more than c alone")


def test_damage_downwards_is_found_as_well():
    means = [replace(one, **_mirrored(one)) for one in (*THREE, *ALONE)]
    rest = [without("b + c", -0.8), without("a + c", -2.6), without("a + b", -2.5)]
    whole, owner, first = verdicts(ablation(), [*means, *rest], Paired(0.3))
    assert "falls by 3.0" in whole.sentence
    assert "2.2 seed spreads nearer to the base without a" in owner.sentence
    assert (owner.low, owner.high) == pytest.approx((1.9, 2.5))
    assert first.sentence.startswith("a alone moves grain by −2.0")
    assert (first.low, first.high) == pytest.approx((-2.2, -1.8))


def _mirrored(one: Mean) -> dict[str, float]:
    assert one.in_seed_spreads is not None
    assert one.spreads_low is not None
    assert one.spreads_high is not None
    return {
        "in_seed_spreads": -one.in_seed_spreads,
        "spreads_low": -one.spreads_high,
        "spreads_high": -one.spreads_low,
    }


def test_two_that_do_as_much_are_not_told_apart():
    rest = (without("b + c", 0.8), without("a + c", 0.9), without("a + b", 2.5))
    found = verdicts(ablation(), [*THREE, *rest], Paired(0.3))
    assert "which of the two does more cannot be told" in found[-1].sentence
    assert not found[-1].is_decided


def test_nobody_is_blamed_for_nothing():
    rest = (without("b + c", 0.8), without("a + c", 0.9), without("a + b", 2.5))
    whole = mean("all", 0.1, adapters="a + b + c")
    (found,) = verdicts(ablation(), [whole, *rest], Paired(0.3))
    assert "stays within one seed spread" in found.sentence


def test_interactions_are_told_where_they_are_sure():
    def told(spreads: float) -> list[str]:
        pair = mean("interaction", spreads, adapters="a + b + c")
        return [one.sentence for one in verdicts(ablation(), [*THREE, pair])][1:]

    assert told(0.1) == []
    (more,) = told(1.0)
    assert more.startswith("All together move grain by 1.0 seed spreads more than the sum of what")
    (less,) = told(-1.0)
    assert "1.0 seed spreads less than the sum" in less


SEEDS = ladder(kind="seeds")


def different(arm: str, count: float, half: float = 0.2, **fields) -> Mean:
    numbers = {"mean": count, "low": count - half, "high": count + half}
    return mean(arm, 0.0, measure="vendi", unit="pictures", **(numbers | fields))


def test_different_pictures_are_counted_beside_quality():
    means = [different("base", 6.0), different("stack", 3.0), mean("stack", 4.0, measure="noise")]
    found = verdicts(SEEDS, means)[0]
    assert found.sentence.startswith(
        "With the stack there are 0.50 times as many different pictures over seeds"
    )
    assert "beside it, grain lies 4.0 seed spreads from the base" in found.sentence
    assert (found.low, found.high) == pytest.approx((2.8 / 6.2, 3.2 / 5.8))
    assert found.unit == "times"


def test_different_pictures_without_quality_are_not_read():
    found = only(SEEDS, different("base", 6.0), different("stack", 3.0))
    assert "cannot be read without a measure of quality" in found.sentence
    assert not found.is_decided


def test_a_ratio_around_one_stays_open():
    means = [different("base", 6.0, 1.0), different("stack", 5.8, 1.0)]
    found = verdicts(SEEDS, [*means, mean("stack", 0.0, measure="fidelity")])
    assert "whether more or fewer than the base cannot be told" in found[-1].sentence
    assert not found[-1].is_decided


def test_shares_that_differ_are_told():
    def share(arm: str, value: float) -> Mean:
        numbers = {"mean": value, "low": value - 0.05, "high": value + 0.05}
        return mean(arm, None, measure="share-red", unit="share", **numbers)

    found = only(SEEDS, share("base", 0.12), share("stack", 0.66), share("negative", 0.15))
    assert found.sentence.startswith("Share of red: 12 % of the base, 66 % of the stack, a")
    assert (found.low, found.high) == pytest.approx((0.44, 0.64))


def test_what_comes_back_is_counted():
    def back(measure: str, share: float) -> Mean:
        return mean("after", None, measure=measure, unit="share", mean=share, n=32, prompts=4)

    same, lost = verdicts(
        ladder(kind="return"), [back("bytes-equal", 1.0), back("weights-equal", 0.75)]
    )
    assert same.sentence == (
        "Yes: 32 of 32 pictures of the base are the same, byte for byte, after all adapters were "
        "put on and taken off again (4 prompts)."
    )
    assert lost.sentence.startswith("No: 24 of 32 states of the weights are the same")
    assert lost.overturned_by.startswith("Nothing")


RULES = ladder(kind="rules", rules=(MergeRule("ties", 0.2), MergeRule("svd", 8)))


def test_the_rule_nearest_to_the_base():
    means = [base(), mean("sum", 4.0), mean("ties:0.2", 1.0), mean("svd:8", 3.0)]
    found = only(RULES, *means)
    assert found.sentence.startswith(
        "Grain is nearest to the base with ties:0.2: 1.0 seed spreads from it, svd:8 3.0"
    )
    assert "Near to the base is not better" in found.overturned_by


@pytest.mark.parametrize("second", [1.2, -1.2])
def test_rules_that_lie_as_near_are_not_told_apart(second):
    found = only(RULES, mean("sum", 4.0), mean("ties:0.2", 1.0), mean("svd:8", second))
    assert "which merge rule keeps grain nearest to the base" in found.sentence
    assert "do not tell the two apart" in found.sentence
    assert not found.is_decided


def test_a_rule_on_the_other_side_of_the_base_may_lie_nearer_for_sure():
    found = only(RULES, mean("ties:0.2", 1.0), mean("svd:8", -3.0))
    assert "nearest to the base with ties:0.2" in found.sentence


OUTPUTS = ladder(kind="outputs", energies=(0.1, 0.2))


def disturbed(frozen: float) -> list[Mean]:
    """The fresh arm reaches twice as far; at 0.3 it lies at 1.0."""
    means = [base()]
    for arm, at, step, spreads in (
        ("frozen", "0.1", 0.15, frozen / 2),
        ("frozen", "0.2", 0.3, frozen),
        ("fresh", "0.1", 0.2, 0.5),
        ("fresh", "0.2", 0.4, 1.5),
    ):
        means.append(mean(arm, spreads, at=at))
        means.append(mean(arm, None, at=at, measure="one-step", mean=step))
    return means


def test_who_does_most_at_equal_measured_energy():
    found = only(OUTPUTS, *disturbed(3.0))
    assert found.sentence.startswith(
        "Grain is moved most by frozen at 0.30 of “measured change of one step”: 3.0 seed spreads, "
        "fresh 1.0"
    )


def test_equal_energies_that_do_as_much_stay_open():
    found = only(OUTPUTS, *disturbed(1.2))
    assert "do not tell the two apart" in found.sentence
    assert not found.is_decided


def test_what_is_decided_comes_first():
    means = [deep("real", 0.5, half=3.0), deep("real", 3.0, measure="ssim")]
    assert [one.is_decided for one in verdicts(ladder(), means)] == [True, False]


def test_a_base_that_never_varies_has_no_spreads_to_tell_in():
    assert verdicts(ladder(), [deep("real", 3.0, in_seed_spreads=None)]) == ()
