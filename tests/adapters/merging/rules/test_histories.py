"""Weights are a pure function of (base, stack, rule): random histories against fresh mergers."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from loraviewer.adapters.merging.merge import WeightMerger
from loraviewer.core.cancel import CancelToken
from loraviewer.core.merge_rules import SUM, read_rule
from tests import health_checks
from tests.adapters.merging.rules.making import WHOLE, made
from tests.adapters.merging.test_merge_properties import ADAPTERS, OPERATIONS, History
from tests.adapters.toys import DTYPES, equal_weights, toy_components, use, weights

SEQUENCES = 60
RULES = [
    *("sum", "svd:2", "svd:4096", "clip:0.2", "ties:0.2", "ties:1", "dare:0.5", "dare:1"),
    *("knots-ties:0.3", "iso-c"),
]
CHANGES = OPERATIONS | st.tuples(
    st.just("rule"), st.none(), st.sampled_from(list(map(read_rule, RULES)))
)
HISTORIES = st.lists(CHANGES, min_size=8, max_size=14)


class RuledHistory(History):
    """A live merger, a stack, and the rule that the person chose."""

    def __init__(self, dtype, rule):
        super().__init__(dtype)
        self.rule = rule

    def do(self, operation):
        if operation[0] == "rule":
            self.rule = operation[2]
            self.settle()
        else:
            super().do(operation)

    def apply(self, token=None):
        stack, token = self.stack.applied(), token or CancelToken()
        result = self.merger.apply(stack, ADAPTERS, token, self.held, self.settled, self.rule)
        assert self.rule.is_sum or not result.is_draft
        if not self.held:
            self.settled = stack
        return result


@settings(
    max_examples=SEQUENCES, deadline=None, suppress_health_check=health_checks.ALL, database=None
)
@given(st.sampled_from(DTYPES), st.sampled_from(list(map(read_rule, RULES))), HISTORIES)
def test_any_history_gives_the_bytes_of_a_fresh_merger(dtype, rule, operations):
    history = RuledHistory(dtype, rule)
    base = weights(history.components)
    for operation in operations:
        history.do(operation)
        assert history.merger.verify() == ()
    history.settle()
    fresh = toy_components(dtype)
    merger = WeightMerger(fresh)
    merger.apply(history.stack.applied(), ADAPTERS, CancelToken(), rule=history.rule)
    assert equal_weights(weights(history.components), weights(fresh))
    assert history.merger.fingerprint() == merger.fingerprint()
    assert merger.fingerprint() == WeightMerger(fresh).base_identity
    assert history.merger.touched_names == merger.touched_names
    history.merger.restore()
    assert equal_weights(weights(history.components), base)


@pytest.mark.parametrize("text", RULES[1:])
def test_what_was_changed_from_outside_is_named_and_written_again(text):
    rule, components = read_rule(text), toy_components(torch.bfloat16)
    merger = WeightMerger(components)
    stack = use(*((adapter, 0.8) for adapter in WHOLE.values()))
    merger.apply(stack, WHOLE, CancelToken(), rule=rule)
    expected = weights(components)
    components["unet"].get_parameter("inner.0.weight").data[3, 4] += 1.0
    assert merger.verify() == ("unet.inner.0.weight",)
    merger.heal()
    assert equal_weights(weights(components), expected)


def test_another_rule_is_another_stack_even_where_all_adapters_stay():
    components, stack = toy_components(), use(*((adapter, 0.8) for adapter in WHOLE.values()))
    merger = WeightMerger(components)
    for text in (*RULES, "sum"):
        merger.apply(stack, WHOLE, CancelToken(), rule=read_rule(text))
        assert equal_weights(weights(components), made(stack, WHOLE, read_rule(text)))
    assert merger.apply(stack, WHOLE, CancelToken()).weights_rebuilt == 0


def test_a_fader_that_is_held_is_settled_at_each_tick_of_another_rule_than_the_sum():
    components, adapters = toy_components(torch.bfloat16), list(WHOLE.values())
    merger = WeightMerger(components)
    rule, held = read_rule("ties:0.4"), adapters[0].sha256
    grasped = use((adapters[0], 0.8), (adapters[1], 0.5))
    merger.apply(grasped, WHOLE, CancelToken(), rule=rule)
    for strength in (0.7, 0.2, 0.0, 1.1):
        stack = use((adapters[0], strength), (adapters[1], 0.5))
        merger.apply(stack, WHOLE, CancelToken(), held, grasped, rule)
        assert not merger.is_draft
        assert equal_weights(weights(components), made(stack, WHOLE, rule, torch.bfloat16))
    merger.apply(stack, WHOLE, CancelToken(), held, grasped, SUM)
    assert merger.is_draft
