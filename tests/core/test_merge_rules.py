"""Merge rules as people type them."""

import pytest

from loraviewer.core.merge_rules import RULES, SUM, MergeRule, read_rule, usual_rule


@pytest.mark.parametrize("facts", RULES, ids=lambda facts: facts.name)
def test_every_rule_is_read_back_as_it_is_told(facts):
    rule = usual_rule(facts.name)
    assert rule.problem() is None
    assert read_rule(rule.text) == rule
    assert read_rule(facts.name) == rule


def test_the_sum_is_what_a_stack_is_without_a_rule():
    assert read_rule("sum") == SUM == MergeRule()
    assert SUM.is_sum
    assert not read_rule("ties").is_sum


@pytest.mark.parametrize(
    "text",
    ["", "average", "sum:1", "ties:0", "ties:2", "ties:nan", "ties:much", "svd:1.5", "svd:0"],
)
def test_what_is_no_rule_is_told_in_one_sentence(text):
    with pytest.raises(ValueError, match=r"\.$"):
        read_rule(text)
