"""Factors of each kind multiply to the matrix that the kind itself makes."""

import math

import pytest
import torch

from loraviewer.adapters.kinds.base import Scaling
from loraviewer.adapters.kinds.full import Replacement
from loraviewer.adapters.kinds.loha import HadamardDelta, LohaKind
from loraviewer.adapters.kinds.lokr import KroneckerDelta, LokrKind
from loraviewer.adapters.kinds.lora import LoraKind
from loraviewer.adapters.placement import place
from loraviewer.adapters.targets import Landing, Target
from loraviewer.lab.weights.changes import Factors, Whole, change_of, joined, scaled
from loraviewer.lab.weights.singular import directions
from tests.lab.weights.builders import normal, random_factors


def landing(shape, rows=None, is_half_swapped=False):
    return Landing(Target("unet", "layer", {"weight": shape}), rows, is_half_swapped)


def tensors(**shapes):
    return {role: normal(*shape, seed=i) for i, (role, shape) in enumerate(shapes.items())}


LOHA = tensors(hada_w1_a=(24, 3), hada_w1_b=(3, 30), hada_w2_a=(24, 3), hada_w2_b=(3, 30))
LOHA_TUCKER = tensors(
    hada_w1_a=(2, 24),
    hada_w1_b=(2, 10),
    hada_t1=(2, 2, 3, 3),
    hada_w2_a=(2, 24),
    hada_w2_b=(2, 10),
    hada_t2=(2, 2, 3, 3),
)
LOKR_WIDE = tensors(w1=(2, 3), w2_a=(12, 2), w2_b=(2, 10))
LOKR_TALL = tensors(w1=(3, 2), w2_a=(8, 2), w2_b=(2, 15))
LOKR_CONV = tensors(w1=(2, 2), w2_a=(3, 12), w2_b=(3, 5), t2=(3, 3, 3, 3))


@pytest.mark.parametrize(
    ("kind", "roles", "shape", "rank"),
    [
        (LohaKind(), LOHA, (24, 30), 9),
        (LohaKind(), LOHA_TUCKER, (24, 10, 3, 3), 4),
        (LokrKind(), LOKR_WIDE, (24, 30), 4),
        (LokrKind(), LOKR_TALL, (24, 30), 4),
        (LokrKind(), LOKR_CONV, (24, 10, 3, 3), 6),
    ],
)
def test_other_kinds_have_factors_too(kind, roles, shape, rank):
    delta = kind.delta(roles, Scaling(alpha=5.0), shape)
    assert isinstance(delta, HadamardDelta | KroneckerDelta)
    (placed,) = place(delta, [landing(shape)], shape).values()
    change = change_of(placed)
    assert isinstance(change, Factors)
    assert change.up.shape[1] == rank
    exact = delta.dense(torch.empty(shape[0], math.prod(shape[1:]), dtype=torch.float64)).double()
    # `dense` is rounded to float32
    torch.testing.assert_close(change.matrix(), exact, rtol=1e-6, atol=1e-6)


def test_a_tucker_core_is_folded_as_the_merge_does():
    roles = tensors(up=(24, 3, 1, 1), mid=(3, 4, 3, 3), down=(4, 10, 1, 1))
    delta = LoraKind().delta(roles, Scaling(), (24, 10, 3, 3))
    (placed,) = place(delta, [landing((24, 10, 3, 3))], (24, 10, 3, 3)).values()
    change = change_of(placed)
    by_hand = torch.einsum(
        "om,mnyx,ni->oiyx", roles["up"].flatten(1), roles["mid"], roles["down"].flatten(1)
    )
    assert isinstance(change, Factors)
    torch.testing.assert_close(change.matrix(), by_hand.flatten(1), rtol=1e-6, atol=1e-6)


def test_parts_of_a_fused_module_and_swapped_halves():
    delta = LohaKind().delta(LOHA, Scaling(), (24, 30))
    whole = delta.dense(torch.empty(24, 30)).double()
    for start, stop in ((0, 10), (10, 24)):
        part = landing((stop - start, 30), (start, stop))
        change = change_of(place(delta, [part], (24, 30))[("unet", "layer.weight")])
        assert change is not None
        torch.testing.assert_close(change.matrix(), whole[start:stop], rtol=1e-6, atol=1e-6)
    swapped = change_of(
        place(delta, [landing((24, 30), None, True)], (24, 30))[("unet", "layer.weight")]
    )
    assert swapped is not None
    torch.testing.assert_close(
        swapped.matrix(), torch.cat([whole[12:], whole[:12]]), rtol=1e-6, atol=1e-6
    )


def test_what_depends_on_the_base_is_unknown_without_one():
    value, base = normal(6, 5, seed=1), normal(6, 5, seed=2)
    (placed,) = place(Replacement(value), [landing((6, 5))], (6, 5)).values()
    assert change_of(placed) is None
    known = change_of(placed, lambda key: base.float())
    assert isinstance(known, Whole)
    torch.testing.assert_close(known.matrix(), value - base, rtol=1e-6, atol=1e-6)


def test_sums_keep_factors_until_these_are_no_smaller_than_the_weight():
    changes = [random_factors(12, 20, 4, seed) for seed in range(3)]
    for count, form in ((2, Factors), (3, Whole)):
        total = joined(changes[:count], [1.0, -2.0, 0.5][:count])
        by_hand = sum(
            scale * c.matrix()
            for scale, c in zip([1.0, -2.0, 0.5][:count], changes[:count], strict=True)
        )
        assert isinstance(total, form)
        torch.testing.assert_close(total.matrix(), by_hand, rtol=1e-12, atol=1e-12)


def test_sums_with_a_whole_matrix():
    factors, whole = random_factors(12, 20, 4, 1), Whole(normal(12, 20, seed=9), 1e-7)
    total = joined([factors, whole], [2.0, -1.0])
    assert (total.is_dense, total.epsilon) == (True, 1e-7)
    torch.testing.assert_close(total.matrix(), 2 * factors.matrix() - whole.values)
    for one in (factors, whole):
        torch.testing.assert_close(scaled(one, -3.0).matrix(), -3 * one.matrix())


def test_a_kronecker_product_with_nothing():
    roles = {"w1": normal(2, 3, seed=1), "w2": torch.zeros(12, 10, dtype=torch.float64)}
    delta = LokrKind().delta(roles, Scaling(), (24, 30))
    (placed,) = place(delta, [landing((24, 30))], (24, 30)).values()
    change = change_of(placed)
    assert change is not None
    assert not change.matrix().any()
    assert directions(change).rank == 0
