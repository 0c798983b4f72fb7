"""Against the dense SVD in float64: 1e-12 of the largest value."""

import pytest
import torch

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.lab.weights.changes import Factors, Whole, joined
from loraviewer.lab.weights.singular import (
    TOLERANCE,
    Operator,
    directions,
    largest,
    numeric_rank,
    singular_values,
)
from tests.lab.weights.builders import normal, orthonormal, random_factors, with_spectrum


@pytest.mark.parametrize(("rows", "columns"), [(64, 40), (40, 64), (48, 48), (200, 9)])
@pytest.mark.parametrize("rank", [1, 4, 8])
def test_values_and_directions_are_those_of_the_dense_svd(rows, columns, rank):
    change = random_factors(rows, columns, rank, seed=rank)
    exact = torch.linalg.svdvals(change.matrix())
    values = singular_values(change)
    torch.testing.assert_close(values, exact[:rank], rtol=0, atol=1e-12 * exact[0].item())
    found = directions(change)
    assert found.rank == numeric_rank(values, change) == rank
    rebuilt = (found.left * found.values) @ found.right.T
    torch.testing.assert_close(rebuilt, change.matrix(), rtol=0, atol=1e-12 * exact[0].item())
    for side in (found.left, found.right):
        torch.testing.assert_close(side.T @ side, torch.eye(rank, dtype=torch.float64))


def test_whole_matrices():
    change = Whole(normal(30, 20, seed=1))
    found = directions(change)
    assert found.rank == 20
    rebuilt = (found.left * found.values) @ found.right.T
    torch.testing.assert_close(rebuilt, change.values)


def test_directions_that_repeat_count_once():
    one = random_factors(60, 50, 4, seed=3)
    copies = joined([one] * 5, [0.2] * 5)
    assert isinstance(copies, Factors)
    assert directions(copies).rank == 4
    torch.testing.assert_close(directions(copies).values, singular_values(one))


def test_nothing_has_no_direction():
    nothing = Factors(torch.zeros(20, 3).double(), normal(3, 10, seed=1))
    assert directions(nothing).rank == 0
    assert largest(Operator.of(nothing.matrix())).rank == 0


def test_rotating_both_sides_changes_no_value():
    change = random_factors(40, 30, 5, seed=4)
    left, right = orthonormal(40, 40, 5), orthonormal(30, 30, 6)
    turned = Factors(left @ change.up, change.down @ right)
    torch.testing.assert_close(singular_values(turned), singular_values(change))


@pytest.mark.parametrize("shape", [(300, 200), (200, 300), (5, 40), (1, 7), (7, 1)])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_largest_value_of_noise(shape, dtype):
    matrix = normal(*shape, seed=7)
    found = largest(Operator.of(matrix.to(dtype)))
    exact = torch.linalg.svdvals(matrix)[0].item()
    assert found.values.item() == pytest.approx(exact, rel=TOLERANCE)
    assert (matrix @ found.right).norm().item() == pytest.approx(exact, rel=TOLERANCE)


@pytest.mark.parametrize("gap", [0.01, 0.003, 0.001])
@pytest.mark.parametrize("seed", range(4))
def test_two_close_directions_are_not_taken_for_one(gap, seed):
    """A mixture of both looks nearly converged for a while."""
    values = [1.0, 1.0 - gap, *torch.linspace(0.8, 0.01, 100).tolist()]
    matrix = with_spectrum(200, 150, values, seed).matrix()
    assert largest(Operator.of(matrix)).values.item() == pytest.approx(1.0, rel=TOLERANCE)


def test_several_of_the_largest():
    base, change = normal(120, 90, seed=9), random_factors(120, 90, 3, seed=10)
    found = largest(Operator.of(base).plus(change), 10, residual=1e-9)
    u, s, _ = torch.linalg.svd(base + change.matrix())
    torch.testing.assert_close(found.values, s[:10], rtol=1e-9, atol=0)
    cosines = (found.left * u[:, :10]).sum(0).abs()
    torch.testing.assert_close(cosines, torch.ones(10, dtype=torch.float64))


def test_it_can_be_cancelled():
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        largest(Operator.of(normal(20, 20, seed=1)), token=token)
