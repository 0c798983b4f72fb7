"""Which points make a curve, and where each lies."""

from loraviewer.core.experiments.axes import Axis
from loraviewer.core.experiments.curves import Curve, curves, x_title
from tests.core.experiments.asked import ablation, ladder, sweep
from tests.core.experiments.means import base, mean


def placed(curve: Curve) -> list[tuple[float, str, float | None]]:
    return [(point.x, point.place, point.mean.in_seed_spreads) for point in curve.points]


def test_every_curve_of_a_ladder_begins_at_the_base():
    asked = ladder(arms=("real", "random"))
    means = [
        base(),
        mean("real", 3.0, policy="one", depth=5, n=32),
        mean("real", 1.0, policy="one", depth=1),
        mean("random", 2.0, policy="one", depth=1),
        mean("real", 9.0, policy="one", depth=1, measure="ssim"),
    ]
    real, random = curves(asked, means, "noise")
    assert (real.name, real.arm, real.policy) == ("the adapters", "real", "one")
    assert placed(real) == [(0, "the base", 0.0), (1, "depth 1", 1.0), (5, "depth 5", 3.0)]
    assert real.points[2].mean is means[1]
    assert (random.name, placed(random)[1:]) == ("random twins", [(1, "depth 1", 2.0)])
    assert x_title(asked) == "adapters in the stack"


def test_policies_are_named_where_there_are_several():
    asked = ladder(policies=("one", "mean"))
    means = [mean("real", 1.0, policy="one", depth=1), mean("real", 1.0, policy="mean", depth=1)]
    names = [curve.name for curve in curves(asked, means, "noise")]
    assert names == ["the adapters, each at 1", "the adapters, each at 1/N"]


def test_a_sweep_lies_along_its_first_axis():
    asked = sweep(axes=(Axis(what="fader", adapter=2, points=(2.0, -1.0, 0.0)),))
    means = [base(), *(mean("real", 1.0, at=at) for at in ("2", "-1", "0"))]
    (curve,) = curves(asked, means, "noise")
    assert [(point.x, point.place) for point in curve.points] == [(-1, "-1"), (0, "0"), (2, "2")]
    assert x_title(asked) == "strength of b"


def test_a_second_axis_makes_a_curve_of_each_of_its_numbers():
    axes = (Axis(points=(0.5, 1.0)), Axis(what="guidance", points=(2.0, 7.0)))
    means = [mean("real", float(i), at=at) for i, at in enumerate(("0.5 2", "0.5 7", "1 2", "1 7"))]
    found = curves(sweep(axes=axes), means, "noise")
    assert [curve.name for curve in found] == ["guidance 2", "guidance 7"]
    assert [placed(curve) for curve in found] == [
        [(0.5, "0.5 2", 0.0), (1.0, "1 2", 2.0)],
        [(0.5, "0.5 7", 1.0), (1.0, "1 7", 3.0)],
    ]
    assert x_title(sweep(axes=axes)) == "all strengths, multiplied by"


def test_places_of_an_ablation_have_names():
    means = [
        base(),
        mean("all", 3.0, adapters="a + b + c"),
        mean("alone", 1.0, adapters="a"),
        mean("alone", 2.0, adapters="b"),
        mean("without", 2.0, adapters="b + c"),
        mean("without", 2.0, adapters="a + c"),
    ]
    found = curves(ablation(), means, "noise")
    assert [point.x for curve in found for point in curve.points] == [0, 1, 2, 3, 4, 5]
    assert [[point.place for point in curve.points] for curve in found] == [
        ["the base"],
        ["all together"],
        ["a alone", "b alone"],
        ["without a", "without b"],
    ]
    assert x_title(ablation()) == ""


def test_disturbed_outputs_lie_over_what_one_step_measured():
    asked = ladder(kind="outputs", energies=(0.1, 0.2))
    means = [
        base(),
        mean("fresh", 2.0, at="0.1"),
        mean("fresh", 4.0, at="0.2"),
        mean("frozen", 4.0, at="0.1"),
    ]
    fresh, frozen = curves(asked, means, "noise")
    assert [point.x for point in fresh.points] == [0, 0.1, 0.2]
    assert [point.x for point in frozen.points] == [0, 0.1]
    assert x_title(asked, means) == "energy asked for"
    at = (("fresh", "0.1", 0.3), ("fresh", "0.2", 0.6), ("frozen", "0.1", 0.2))
    steps = [mean(arm, 0.7, at=at, measure="one-step", mean=step) for arm, at, step in at]
    fresh, frozen = curves(asked, means + steps, "noise")
    assert [point.x for point in fresh.points] == [0, 0.3, 0.6]
    assert [point.x for point in frozen.points] == [0, 0.2]
    assert x_title(asked, means + steps) == "measured change of one step"


def test_measured_and_asked_energies_are_not_mixed():
    asked = ladder(kind="outputs", energies=(0.1, 0.2))
    means = [mean("fresh", 2.0, at="0.1"), mean("fresh", 4.0, at="0.2")]
    means.append(mean("fresh", 0.7, at="0.1", measure="one-step", mean=0.3))
    (fresh,) = curves(asked, means, "noise")
    assert [point.x for point in fresh.points] == [0.1, 0.2]
    assert x_title(asked, means) == "energy asked for"


def test_unknown_arms_of_one_name_are_told_apart():
    means = [mean("negative", 1.0), mean("rule", 1.0, at="ties:0.2"), mean("rule", 2.0, at="svd:8")]
    found = curves(ladder(kind="rules"), means, "noise")
    assert [p.place for c in found for p in c.points] == ["negative", "rule ties:0.2", "rule svd:8"]


def test_a_measure_that_nobody_took_has_no_curves():
    assert curves(ladder(), [base()], "ssim") == ()
