"""What every rule must give of stacks whose answer is known beforehand."""

import numpy as np
import pytest
import torch

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.adapters.merging.rules.base import Parts
from loraviewer.adapters.merging.rules.knots import SharedBasis
from loraviewer.adapters.merging.terms import Term, bound_of
from loraviewer.core.cancel import CancelToken
from loraviewer.core.merge_rules import SUM, MergeRule, read_rule
from loraviewer.core.outcome import MergeError
from tests.adapters.merging.rules.making import (
    LOW_RANK,
    WHOLE,
    base_matrices,
    base_weights,
    change_made,
    changes_of,
    made,
    spectrum,
)
from tests.adapters.toys import equal_weights, pool, toy_components, use, weights

A, B, C = WHOLE.values()
STACK = use((A, 0.7), (B, -1.3), (C, 0.4))
TWIN = Adapter("t" * 64, "twin", "", A.weights)
WITH_TWIN = pool(*WHOLE.values(), TWIN)
ALL = ["svd:2", "clip:0.1", "ties:0.2", "dare:0.5", "knots-ties:0.2", "iso-c"]


@pytest.mark.parametrize("text", ["svd:24", "svd:4096", "clip:1000000", "dare:1"])
def test_a_rule_that_takes_nothing_away_is_the_sum_bit_for_bit(text):
    summed = made(STACK, WHOLE, SUM)
    assert equal_weights(made(STACK, WHOLE, read_rule(text)), summed)
    assert not equal_weights(summed, base_weights())


def test_a_rank_cap_of_all_ranks_together_is_the_sum_and_one_less_is_not():
    stack = STACK[:2]  # ranks 2 and 3
    summed = made(stack, LOW_RANK, SUM)
    assert equal_weights(made(stack, LOW_RANK, read_rule("svd:5")), summed)
    assert not equal_weights(made(stack, LOW_RANK, read_rule("svd:4")), summed)


@pytest.mark.parametrize("text", ["ties:1", "dare:1", "knots-ties:1", "svd:3", "clip:1e6"])
@pytest.mark.parametrize("adapter", [B, C], ids=["factors", "whole"])
def test_one_adapter_of_which_all_is_kept_is_that_adapter(text, adapter):
    stack = use((adapter, 0.9))
    rule = MergeRule("svd", 24) if text == "svd:3" and adapter is C else read_rule(text)
    assert equal_weights(made(stack, WHOLE, rule), made(stack, WHOLE, SUM))


@pytest.mark.parametrize("text", ALL)
def test_no_adapter_or_silent_ones_leave_the_base_bit_for_bit(text):
    components = toy_components(torch.bfloat16)
    base, merger = weights(components), WeightMerger(components)
    merger.apply(STACK, WHOLE, CancelToken(), rule=read_rule(text))
    assert not equal_weights(weights(components), base)
    for nothing in ([], use((A, 0.0), (B, 0.0))):
        merger.apply(nothing, WHOLE, CancelToken(), rule=read_rule(text))
        assert equal_weights(weights(components), base)
        assert merger.fingerprint() == merger.base_identity
        assert merger.kept_bytes == 0


def test_ties_of_an_adapter_twice_is_that_adapter():
    once = change_made(use((A, 0.7)), WITH_TWIN, read_rule("ties:1"))
    twice = change_made(use((A, 0.7), (TWIN, 0.7)), WITH_TWIN, read_rule("ties:1"))
    for name, change in twice.items():
        assert np.allclose(change, once[name], atol=1e-6)


def test_ties_of_an_adapter_and_its_opposite_is_its_magnitude():
    stack = use((A, 0.7), (TWIN, -0.7))
    found = change_made(stack, WITH_TWIN, read_rule("ties:1"))
    for name, change in found.items():
        whole = changes_of(stack[:1], WITH_TWIN)[name][0]
        assert np.abs(whole).max() > 0.1
        assert np.allclose(change, np.abs(whole), atol=1e-6)


def test_directions_of_iso_c_are_equally_strong_and_no_more_than_the_sum_has():
    stack = STACK[:2]
    changes = changes_of(stack, LOW_RANK)
    for name, change in change_made(stack, LOW_RANK, read_rule("iso-c")).items():
        sigma, of_sum = spectrum(change), spectrum(sum(changes[name]))
        rank = (of_sum > 1e-6 * of_sum[0]).sum()
        assert rank in (2, 3, 4, 5)  # the last one in weights with four rows
        assert np.allclose(sigma[:rank], of_sum[:rank].mean(), rtol=1e-4)
        assert (sigma[rank:] < 1e-5 * sigma[0]).all()


@pytest.mark.parametrize("share", [0.0, 0.05, 0.4])
def test_no_direction_is_stronger_than_a_spectral_clip_allows(share):
    base = base_matrices()
    changes, clipped = changes_of(STACK, WHOLE), 0
    for name, change in change_made(STACK, WHOLE, MergeRule("clip", share)).items():
        cap = share * spectrum(base[name])[0]
        assert spectrum(change)[0] <= cap * 1.0001 + 1e-6
        clipped += spectrum(sum(changes[name]))[0] > cap
    assert clipped > 3


@pytest.mark.parametrize("ranks", [(2, 3), (9, 9)], ids=["factors", "whole"])
def test_a_plain_sum_in_the_shared_basis_is_the_sum(ranks):
    parts, wholes = _parts(ranks)
    shared = SharedBasis.of(parts)
    rank = shared.basis.shape[1]
    assert rank == min(sum(ranks), 12)
    assert torch.allclose(shared.basis.T @ shared.basis, torch.eye(rank).double(), atol=1e-10)
    summed = shared.basis @ torch.stack(list(shared.coefficients)).sum(0)
    assert torch.allclose(summed, torch.stack(wholes).sum(0), atol=1e-6)


def test_a_direction_that_two_adapters_share_is_one_of_the_basis():
    parts, _ = _parts((2, 2), seeds=(5, 5))
    assert SharedBasis.of(parts).basis.shape[1] == 2


def _parts(ranks, seeds=(1, 2)):
    from loraviewer.adapters.kinds.base import LowRankDelta

    terms, wholes = [], []
    for rank, seed in zip(ranks, seeds, strict=True):
        generator = torch.Generator().manual_seed(seed)
        up = torch.randn(12, rank, generator=generator)
        delta = LowRankDelta(up, torch.randn(rank, 20, generator=generator), 0.5)
        terms.append(Term(delta, -1.5, bound_of(delta)))
        wholes.append(-1.5 * up.double() @ delta.down.double())
    parts = Parts(terms, ["a", "b"], (12, 20), "unet.w", torch.device("cpu"), lambda: 1.0)
    return parts, wholes


@pytest.mark.parametrize("text", ALL)
def test_the_order_of_rows_decides_nothing(text):
    rule = read_rule(text)
    first = made(STACK, WHOLE, rule, torch.bfloat16)
    assert equal_weights(made(STACK[::-1], WHOLE, rule, torch.bfloat16), first)


@pytest.mark.parametrize("text", ["switch:1", "composite"])
def test_weights_refuse_a_rule_that_acts_while_a_picture_is_denoised(text):
    components = toy_components()
    base = weights(components)
    with pytest.raises(MergeError, match="no weights can hold it"):
        WeightMerger(components).apply(STACK, WHOLE, CancelToken(), rule=read_rule(text))
    assert equal_weights(weights(components), base)


@pytest.mark.parametrize("text", ALL)
def test_what_is_not_a_number_is_refused_and_named(text):
    from loraviewer.adapters.kinds.base import LowRankDelta

    bad = LowRankDelta(torch.full((8, 3), float("nan")), torch.ones(3, 24), 1.0)
    broken = Adapter("f" * 64, "broken", "", {("unet", "inner.1.weight"): bad})
    components = toy_components()
    merger = WeightMerger(components)
    merger.apply(STACK, WHOLE, CancelToken(), rule=read_rule(text))
    before = weights(components)
    both = [*STACK, *use((broken, 1.0))]
    with pytest.raises(MergeError, match=r"“broken” at strength 1 makes “unet\.inner\.1\.weight”"):
        merger.apply(both, pool(*WHOLE.values(), broken), CancelToken(), rule=read_rule(text))
    assert equal_weights(weights(components), before)
    assert merger.verify() == ()
