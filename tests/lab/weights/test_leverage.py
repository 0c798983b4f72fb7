"""Rows and columns: against the dense matrix, by hand, and against random directions."""

import pytest
import torch

from loraviewer.lab.weights.changes import Factors, Whole
from loraviewer.lab.weights.leverage import leverage, participation, participation_null
from loraviewer.lab.weights.singular import singular_values
from tests.lab.weights.builders import orthonormal, random_factors, with_spectrum


def measured(change):
    return leverage(change, singular_values(change))


@pytest.mark.parametrize(("rows", "columns"), [(50, 30), (30, 50), (300, 8)])
def test_energies_are_those_of_the_dense_matrix(rows, columns):
    change = random_factors(rows, columns, 4, seed=1)
    squares = change.matrix().square()
    for form in (change, Whole(change.matrix())):
        found = measured(form)
        torch.testing.assert_close(found.rows.energies, squares.sum(1), rtol=1e-11, atol=0)
        torch.testing.assert_close(found.columns.energies, squares.sum(0), rtol=1e-11, atol=0)


def test_one_row_and_all_columns():
    up, down = torch.zeros(10, 1).double(), torch.ones(1, 8).double()
    up[3] = 5.0
    found = measured(Factors(up, down))
    assert found.rows.participation.value == pytest.approx(1 / 10)
    assert found.columns.participation.value == pytest.approx(1)
    assert found.rows.strongest_share(1) == pytest.approx(1)
    assert found.columns.strongest_share(2) == pytest.approx(1 / 4)


def test_participation_counts_those_that_take_part():
    energies = torch.tensor([1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0], dtype=torch.float64)
    assert participation(energies) == pytest.approx(3 / 8)
    assert participation(1e300 * energies) == pytest.approx(3 / 8)
    assert participation(0 * energies) == 0.0


def test_scale_sign_and_a_permutation_of_rows():
    change, order = random_factors(40, 30, 3, 1), torch.arange(39, -1, -1)
    plain = measured(change).rows
    moved = measured(Factors(-3 * change.up[order], change.down)).rows
    torch.testing.assert_close(moved.energies, 9 * plain.energies[order])
    assert moved.participation.value == pytest.approx(plain.participation.value)


@pytest.mark.parametrize("values", [[1.0], [1.0] * 8, [4.0, 2.0, 1.0, 0.5]])
def test_the_null_follows_from_the_spectrum(values):
    """One direction leaves a third of the rows, eight equal ones four fifths."""
    found = [measured(with_spectrum(200, 120, values, seed)) for seed in range(60)]
    for side in ("rows", "columns"):
        parts = [getattr(one, side).participation for one in found]
        mean = sum(1 / one.value for one in parts) / len(parts)
        assert mean == pytest.approx(1 / parts[0].null, rel=0.04)


def test_the_null_of_all_directions_at_one_strength_is_one():
    ones = torch.ones(50, dtype=torch.float64)
    assert participation_null(ones, 50) == pytest.approx(1)
    rotation = Whole(orthonormal(50, 50, 1))
    assert measured(rotation).rows.participation.value == pytest.approx(1)
    assert participation_null(ones[:1], 10**6) == pytest.approx(1 / 3, rel=1e-5)


def test_zero_takes_no_part():
    nothing = Factors(torch.zeros(9, 2).double(), torch.zeros(2, 8).double())
    found = measured(nothing)
    assert (found.rows.participation.value, found.rows.participation.null) == (0.0, 0.0)
    assert found.rows.strongest_share(3) == 0.0
