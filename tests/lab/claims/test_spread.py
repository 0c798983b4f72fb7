"""How a change lies in rows and columns, with changes that are known."""

import pytest
import torch

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.claims.spread import spreads


def spread_of(up, down):
    delta = LowRankDelta(up, down, 1.0)
    adapter = Adapter("sha", "toy", "", {("unet", "a.weight"): delta})
    (found,) = spreads(
        [AppliedAdapter(adapter.sha256, 1, 1, "toy")], {adapter.sha256: adapter}, None
    )
    return found


def test_one_row_takes_all():
    up, down = torch.zeros(100, 1), torch.ones(1, 50)
    up[7] = 3.0
    found = spread_of(up, down)
    assert found.rows == pytest.approx(1 / 100)
    assert found.columns == pytest.approx(1)
    assert found.strongest == pytest.approx(1)
    assert found.directions == pytest.approx(1 / 50)


def test_all_rows_and_columns_alike():
    found = spread_of(torch.ones(100, 1), torch.ones(1, 50))
    assert (found.rows, found.columns) == (pytest.approx(1), pytest.approx(1))
    assert found.strongest == pytest.approx(0.01)


def test_random_directions_are_as_spread_as_random_ones():
    generator = torch.Generator().manual_seed(1)
    up, down = torch.randn(400, 4, generator=generator), torch.randn(4, 300, generator=generator)
    found = spread_of(up, down)
    assert found.rows == pytest.approx(found.random_rows, rel=0.1)
    assert found.columns == pytest.approx(found.random_columns, rel=0.1)
