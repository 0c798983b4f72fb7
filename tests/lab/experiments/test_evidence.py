"""Pairs tell more than means: what all pictures share drops out."""

import numpy as np
import pytest

from loraviewer.core.experiments.axes import Axis
from loraviewer.core.experiments.conclusions.estimates import FromMeans
from loraviewer.core.experiments.curves import curves
from loraviewer.core.experiments.numbers import Row
from loraviewer.core.experiments.verdicts import verdicts
from loraviewer.lab.experiments.evidence import FromRows
from loraviewer.lab.experiments.summary import summary
from tests.core.experiments.asked import ladder, sweep


def row(arm: str, prompt: int, seed: int | None, value: float, **fields) -> Row:
    usual = {
        "cell": "", "policy": "one", "order": 1, "depth": 5, "adapters": "", "scales": "",
        "measure": "noise", "unit": "levels", "at": "",
    }  # fmt: skip
    return Row(
        arm=arm, prompt=f"p{prompt}", seed=seed, value=value, in_seed_spreads=value,
        **(usual | fields),
    )  # fmt: skip


def arms(gap: float, orders: int = 2) -> list[Row]:
    """Prompts differ by much, arms by `gap` and little else."""
    rng = np.random.default_rng(5)
    rows = []
    for prompt in range(8):
        for order in range(1, orders + 1):
            for seed in (1, 2):
                height = 5 + 3 * prompt + rng.normal(0, 0.1)
                rows.append(row("real", prompt, seed, height + gap, order=order))
                other = height + rng.normal(0, 0.1)
                rows.append(row("random", prompt, seed, other, order=order, adapters="x"))
    return rows


def test_differences_are_of_the_same_prompt_seed_and_order():
    rows = arms(1.0)
    real, random = means = summary("ladder", rows)
    found = FromRows(rows, means).difference(real, random)
    assert found is not None
    assert found.value == pytest.approx(1.0, abs=0.1)
    assert found.is_sure
    assert (found.prompts, found.n) == (8, 32)
    apart = FromMeans().difference(real, random)
    assert apart is not None
    assert not apart.is_sure


def test_pairs_decide_what_means_leave_open():
    rows = arms(1.0)
    means = summary("ladder", rows)
    (left,), (told,) = verdicts(ladder(), means), verdicts(ladder(), means, FromRows(rows, means))
    assert "beyond what the norm does" not in left.sentence
    assert "beyond what the norm does" in told.sentence


def test_a_pair_of_which_one_is_missing_does_not_count():
    rows = [one for one in arms(1.0) if not (one.arm == "random" and one.seed == 2)]
    real, random = means = summary("ladder", rows)
    found = FromRows(rows, means).difference(real, random)
    assert found is not None
    assert found.n == 16


def test_ratios_are_of_prompts():
    rows = []
    for prompt in range(4):
        for arm, count in (("base", 2.0 + prompt), ("stack", (2.0 + prompt) / 2)):
            rows.append(row(arm, prompt, None, count, measure="vendi", order=0))
    base, stack = means = summary("seeds", rows)
    found = FromRows(rows, means).ratio(stack, base)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5))


def test_what_is_one_is_counted():
    rows = [row("after", 0, seed, float(seed > 1), measure="bytes-equal") for seed in range(5)]
    means = summary("return", rows)
    assert FromRows(rows, means).counts(means[0]) == (3, 5)


def test_a_sweep_of_a_hinge_has_its_knee():
    points = tuple(at / 4 for at in range(-2, 9))
    asked = sweep(axes=(Axis(points=points),))
    rng = np.random.default_rng(2)
    rows = [
        row("real", prompt, 1, x + 4 * max(0, x - 1.2) + rng.normal(0, 0.1), at=f"{x:g}")
        for x in points
        for prompt in range(8)
    ]
    means = summary("sweep", rows)
    found = FromRows(rows, means).knee(curves(asked, means, "noise")[0])
    assert found is not None
    assert found.at.value == pytest.approx(1.2, abs=0.1)
    assert (found.at.prompts, found.at.n) == (8, 72)  # not of the side below 0
