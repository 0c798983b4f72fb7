"""Overlap, amplification and alignment: by hand, against their nulls, against the paper's table."""

import math

import pytest
import torch

from loraviewer.lab.weights.changes import Factors
from loraviewer.lab.weights.overlap import (
    alignment,
    amplification,
    overlap,
    overlap_maps,
    overlap_null,
    principal_cosines,
)
from loraviewer.lab.weights.singular import Directions, Operator, directions, largest
from tests.lab.weights.builders import normal, orthonormal, random_factors, with_spectrum


def spanned(left, right):
    """Directions of equal strength."""
    return Directions(left, torch.ones(left.shape[1], dtype=torch.float64), right)


def test_itself_and_what_is_orthogonal():
    left, right = orthonormal(40, 8, 1), orthonormal(30, 8, 2)
    first = spanned(left[:, :4], right[:, :4])
    same = overlap(first, first)
    apart = overlap(first, spanned(left[:, 4:], right[:, 4:]))
    half = overlap(first, spanned(left[:, 2:6], right[:, 4:]))
    assert same is not None
    assert apart is not None
    assert half is not None
    assert (same.output.value, same.input.value) == (pytest.approx(1), pytest.approx(1))
    assert (apart.output.value, apart.input.value) == (pytest.approx(0), pytest.approx(0))
    assert (half.output.value, half.input.value) == (pytest.approx(0.5), pytest.approx(0))
    assert (same.output.null, same.input.null) == (4 / 40, 4 / 30)
    assert same.input.above_null == pytest.approx(1 - 4 / 30)


def test_the_null_is_what_random_spaces_have():
    values = [
        overlap(
            directions(random_factors(100, 60, 4, i)), directions(random_factors(100, 60, 9, -i))
        )
        for i in range(1, 201)
    ]
    for side, null in (("output", 9 / 100), ("input", 9 / 60)):
        measured = [getattr(one, side) for one in values]
        assert {one.null for one in measured} == {null}
        mean = sum(one.value for one in measured) / len(measured)
        assert mean == pytest.approx(null, rel=0.05)


def test_phi_is_one_minus_the_squared_distance_over_p():
    """The formula that the paper's appendix prints without dividing all of it by p is wrong."""
    first, second = (
        directions(random_factors(50, 40, 3, 1)),
        directions(random_factors(50, 40, 5, 2)),
    )
    found = overlap(first, second)
    assert found is not None
    projections = [side @ side.T for side in (first.left, second.left)]
    shared = torch.trace(projections[0] @ projections[1]).item()
    distance = math.sqrt(3 - shared)
    assert found.output.value == pytest.approx(1 - distance**2 / 3, rel=1e-12)
    assert found.output.value != pytest.approx((1 - distance**2) / 3)
    cosines = principal_cosines(first.left, second.left)
    assert found.output.value == pytest.approx(cosines.square().mean().item())


def test_neither_scale_nor_sign_nor_a_common_rotation_matters():
    one, other = random_factors(50, 40, 3, 1), random_factors(50, 40, 5, 2)
    plain = overlap(directions(one), directions(other))
    flipped = overlap(directions(Factors(-7 * one.up, one.down)), directions(other))
    left, right = orthonormal(50, 50, 3), orthonormal(40, 40, 4)
    turned = [directions(Factors(left @ c.up, c.down @ right)) for c in (one, other)]
    rotated = overlap(*turned)
    swapped = overlap(directions(other), directions(one))
    assert plain is not None
    for same in (flipped, rotated, swapped):
        assert same is not None
        assert same.output.value == pytest.approx(plain.output.value, rel=1e-10)
        assert same.input.value == pytest.approx(plain.input.value, rel=1e-10)


def test_maps_hold_the_overlap_of_every_pair_of_ranks():
    first, second = (
        directions(random_factors(50, 40, 3, 1)),
        directions(random_factors(50, 40, 5, 2)),
    )
    output, inside = overlap_maps(first, second)
    assert output.shape == inside.shape == (3, 5)
    for i in range(1, 4):
        for j in range(1, 6):
            found = overlap(first.top(i), second.top(j))
            assert found is not None
            assert output[i - 1, j - 1].item() == pytest.approx(found.output.value)
            assert inside[i - 1, j - 1].item() == pytest.approx(found.input.value)
            assert found.output.null == overlap_null(i, j, 50)


def test_zero_overlaps_with_nothing():
    nothing = directions(Factors(torch.zeros(9, 2).double(), torch.zeros(2, 8).double()))
    assert overlap(nothing, directions(random_factors(9, 8, 2, 1))) is None
    assert amplification(nothing, normal(9, 8, seed=1)) is None
    assert alignment(nothing, nothing, 1.0) is None


def test_amplification_by_hand():
    left, right = orthonormal(30, 4, 1), orthonormal(20, 4, 2)
    strengths = torch.tensor([8.0, 4.0, 2.0, 0.5], dtype=torch.float64)
    base = left @ torch.diag(strengths) @ right.T
    top = amplification(spanned(3 * left[:, :1] / 3, right[:, :1]), base)
    weak = amplification(spanned(left[:, 3:], right[:, 3:]), base)
    assert top is not None
    assert weak is not None
    assert (top.value, weak.value) == (pytest.approx(1 / 8), pytest.approx(2))
    assert amplification(spanned(left[:, :1], right[:, 1:2]), torch.zeros(30, 20)) is None


@pytest.mark.parametrize("rank", [2, 6])
def test_the_null_of_amplification(rank):
    """E‖UᵀW₀V‖² = r²‖W₀‖² / dk for random directions."""
    base = normal(80, 60, seed=1)
    inverse_squares = []
    for seed in range(150):
        change = directions(with_spectrum(80, 60, [1.0] * rank, seed))
        found = amplification(change, base)
        assert found is not None
        inverse_squares.append((found.null / found.value) ** 2)
    assert sum(inverse_squares) / len(inverse_squares) == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize(("rank", "norm", "inside"), [(4, 6.91, 0.02), (64, 3.57, 0.33)])
def test_the_null_is_that_of_the_papers_table_7(rank, norm, inside):
    """GPT-3's W_q of layer 48: 12288², ‖W_q‖ = 61.95; “random” holds 0.02 and 0.33."""
    null = norm * 12288 / (rank * 61.95)
    assert norm / null == pytest.approx(inside, abs=0.008)
    # the same by the function, on a weight of fewer numbers and the same ratio
    base = torch.eye(96, dtype=torch.float64) * 61.95 / math.sqrt(96)
    change = Directions(
        orthonormal(96, rank, 1),
        torch.full((rank,), norm / math.sqrt(rank), dtype=torch.float64),
        orthonormal(96, rank, 2),
    )
    found = amplification(change, base)
    assert found is not None
    assert found.null * 128 == pytest.approx(null)


def test_alignment_with_the_strongest_directions_of_the_base():
    left, right = orthonormal(60, 10, 1), orthonormal(50, 10, 2)
    strengths = torch.tensor([9.0, 5.0, *[1.0 / i for i in range(1, 9)]], dtype=torch.float64)
    base = (left * strengths) @ right.T
    top = largest(Operator.of(base), 2, residual=1e-10)
    norm = base.norm().item()
    inside = alignment(Directions(left[:, :1], strengths[:1], right[:, 5:6]), top, norm)
    assert inside is not None
    assert inside.output.value == pytest.approx(1, abs=1e-8)
    assert inside.input.value == pytest.approx(0, abs=1e-8)
    assert (inside.output.null, inside.input.null) == (2 / 60, 2 / 50)
    assert inside.energy_held == pytest.approx((81 + 25) / norm**2)
    mixed = Directions(left[:, [0, 6]], torch.tensor([2.0, 1.0]).double(), right[:, [0, 6]])
    found = alignment(mixed, top, norm)
    assert found is not None
    assert found.output.value == pytest.approx(4 / 5, abs=1e-8)


def test_the_null_of_alignment():
    base = normal(60, 50, seed=1)
    top = largest(Operator.of(base), 5)
    found = [
        alignment(directions(random_factors(60, 50, 4, i)), top, base.norm().item())
        for i in range(2, 202)
    ]
    shares = [one.output.value for one in found if one]
    assert sum(shares) / len(shares) == pytest.approx(5 / 60, rel=0.05)
