"""The demo's adapters of all kinds, each and together, against the dense float64 SVD.

Tolerance: 1e-7 of σ₁. Kinds that the merger computes as float32 matrices are exact to that.
"""

import pytest
import torch

from loraviewer.adapters.inspection.base_index import index_of_base
from loraviewer.adapters.inspection.values import base_reader
from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import load_adapter
from loraviewer.core.resources import demo_adapters, demo_checkpoint
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.weights.changes import change_of, joined
from loraviewer.lab.weights.leverage import leverage
from loraviewer.lab.weights.overlap import amplification, overlap
from loraviewer.lab.weights.singular import directions, singular_values
from loraviewer.lab.weights.spectra import spectra_of_stack

SCALE, TEXT_SCALE = 0.8, -0.5


@pytest.fixture(scope="module")
def base():
    return base_reader(demo_checkpoint())


@pytest.fixture(scope="module")
def adapters():
    index = index_of_base(demo_checkpoint())
    return {a.sha256: a for a in (load_adapter(path, index)[0] for path in demo_adapters())}


@pytest.fixture(scope="module")
def measured(base, adapters):
    applied = [AppliedAdapter(sha256, SCALE, TEXT_SCALE) for sha256 in adapters]
    return list(spectra_of_stack(applied, adapters, base))


def matrix(delta, base):
    """As the merger has it."""
    if isinstance(delta, LowRankDelta):
        return delta.scaling * (delta.up.double() @ delta.down.double())
    return delta.dense(base).double()


def assert_values(spectrum, exact):
    values = torch.linalg.svdvals(exact)
    found = torch.zeros_like(values)
    found[: len(spectrum.values)] = torch.tensor(spectrum.values, dtype=torch.float64)
    torch.testing.assert_close(found, values, rtol=0, atol=1e-7 * values[0].item())
    assert spectrum.norm == pytest.approx(exact.norm().item(), rel=1e-6)


@pytest.mark.long
def test_every_weight_of_every_adapter_is_measured(measured, adapters):
    assert {(one.key, a.sha256) for one in measured for a in one.adapters} == {
        (key, sha256) for sha256, adapter in adapters.items() for key in adapter.weights
    }


def test_spectra_of_each_and_of_the_stack(measured, adapters, base):
    for one in measured[::4]:
        total = torch.zeros(one.shape, dtype=torch.float64)
        for entry in one.adapters:
            own = matrix(adapters[entry.sha256].weights[one.key], base)
            assert_values(entry.at_one, own)
            assert entry.scale == (SCALE if one.key[0] == "unet" else TEXT_SCALE)
            total += entry.scale * own
        assert_values(one.stack, total)


def test_the_strongest_direction_of_the_base(measured, base):
    for one in measured:
        exact = torch.linalg.svdvals(base(one.key).double())[0].item()
        assert one.base_largest == pytest.approx(exact, rel=1e-5)
        assert one.relative == pytest.approx(one.stack.largest / exact, rel=1e-5)


def test_low_rank_adapters_are_never_decomposed_whole(measured, adapters):
    forms = {
        (type(adapters[a.sha256].weights[one.key]) is LowRankDelta, a.at_one.is_dense)
        for one in measured
        for a in one.adapters
        if min(one.shape) > 64
    }
    assert (True, False) in forms
    assert (True, True) not in forms
    assert (False, False) in forms  # LoHa and LoKr have factors as well


def test_what_is_measured_on_request(measured, adapters, base):
    """One weight with all kinds, against dense matrices."""
    one = max(measured, key=lambda each: len(each.adapters))
    weight = base(one.key)
    changes = [change_of(adapters[a.sha256].weights[one.key], base) for a in one.adapters]
    known = [change for change in changes if change is not None]
    assert len(known) == len(one.adapters)
    each = [directions(change) for change in known]
    for change, own in zip(known, each, strict=True):
        dense = change.matrix()
        rank = own.rank
        u, _, vh = torch.linalg.svd(dense, full_matrices=False)
        inside = (u[:, :rank].T @ weight.double() @ vh[:rank].T).norm()
        found = amplification(own, weight)
        assert found is not None
        assert found.value == pytest.approx((dense.norm() / inside).item(), rel=1e-6)
        u_first = torch.linalg.svd(known[0].matrix(), full_matrices=False)[0][:, : each[0].rank]
        shared = overlap(each[0], own)
        assert shared is not None
        by_hand = (u_first.T @ u[:, :rank]).square().sum() / min(each[0].rank, rank)
        assert shared.output.value == pytest.approx(by_hand.item(), abs=1e-6)
    total = joined(known, [entry.scale for entry in one.adapters])
    found = leverage(total, singular_values(total))
    squares = total.matrix().square()
    torch.testing.assert_close(found.rows.energies, squares.sum(1), rtol=1e-6, atol=1e-12)
    torch.testing.assert_close(found.columns.energies, squares.sum(0), rtol=1e-6, atol=1e-12)
