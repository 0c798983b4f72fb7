"""Every rule against its formula in numpy and float64."""

import numpy as np
import pytest
import torch

from loraviewer.core.merge_rules import read_rule
from tests.adapters.merging.exact import nearest, rank
from tests.adapters.merging.rules.making import (
    LOW_RANK,
    WHOLE,
    base_matrices,
    base_weights,
    change_made,
    changes_of,
    made,
)
from tests.adapters.merging.rules.oracles import ORACLES
from tests.adapters.toys import use

RULES = [
    *("svd:1", "svd:3", "clip:0.3", "clip:2", "ties:0.2", "ties:0.55", "ties:1"),
    *("knots-ties:0.3", "knots-ties:1", "iso-c"),
]
SCALES = (0.7, -1.3, 0.4)
STACKS = [
    pytest.param(LOW_RANK, id="factors"),
    pytest.param(WHOLE, id="whole"),
]


def stack_of(adapters):
    return use(*zip(adapters.values(), SCALES, strict=False))


@pytest.mark.parametrize("text", RULES)
@pytest.mark.parametrize("adapters", STACKS)
def test_a_rule_gives_what_its_formula_says(text, adapters):
    rule, stack, base = read_rule(text), stack_of(adapters), base_matrices()
    found = change_made(stack, adapters, rule)
    changes = changes_of(stack, adapters)
    assert len(found) >= 7
    for name, change in found.items():
        wanted = ORACLES[rule.name](changes[name], base[name], rule.amount)
        slack = 2e-5 * np.abs(wanted).max() + 4e-7 * np.abs(base[name]).max()
        assert np.abs(change - wanted).max() <= slack, name


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("text", ["svd:2", "clip:0.3", "ties:0.5", "knots-ties:0.5", "iso-c"])
def test_what_a_rule_makes_is_rounded_once(text, dtype):
    rule, stack = read_rule(text), stack_of(LOW_RANK)
    live, base = made(stack, LOW_RANK, rule, dtype), base_weights(dtype)
    for name, changes in changes_of(stack, LOW_RANK).items():
        whole = base[name].double().reshape(len(base[name]), -1).numpy()
        wanted = torch.from_numpy(whole + ORACLES[rule.name](changes, whole, rule.amount))
        right = nearest(wanted.view(base[name].shape), dtype)
        assert (rank(live[name]) - rank(right)).abs().max() <= 1, name


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_dare_keeps_a_share_of_the_entries_and_makes_them_stronger_to_match(share):
    rule = read_rule(f"dare:{share}")
    (adapter, *_) = WHOLE.values()
    stack = use((adapter, 0.7))
    found, changes = change_made(stack, WHOLE, rule), changes_of(stack, WHOLE)
    kept = 0
    for name, change in found.items():
        (whole,) = changes[name]
        is_kept = np.abs(change) > 1e-6
        assert np.allclose(change[is_kept], whole[is_kept] / share, rtol=1e-3, atol=1e-5)
        kept += is_kept.sum()
    entries = sum(change.size for change in found.values())
    assert abs(kept / entries - share) < 4 * (share * (1 - share) / entries) ** 0.5


def test_dare_drops_of_each_adapter_what_it_drops_of_it_alone():
    rule = read_rule("dare:0.5")
    stack = stack_of(WHOLE)
    together = change_made(stack, WHOLE, rule)
    alone = [change_made([entry], WHOLE, rule) for entry in stack]
    for name, change in together.items():
        parts = [one[name] for one in alone if name in one]
        assert np.allclose(change, sum(parts), atol=1e-5)


def test_dare_drops_other_entries_in_every_weight_and_of_every_adapter():
    rule, stack = read_rule("dare:0.5"), stack_of(LOW_RANK)
    name, twin = "unet.inner.0.weight", "text_encoder.inner.0.weight"
    first = change_made(stack[:1], LOW_RANK, rule)
    other = change_made(stack[1:], LOW_RANK, rule)
    dropped = [np.abs(change) < 1e-6 for change in (first[name], first[twin], other[name])]
    assert 0.2 < (dropped[0] != dropped[1]).mean() < 0.8
    assert 0.2 < (dropped[0] != dropped[2]).mean() < 0.8
