"""Blocks of the published architectures: every module lies in one, and its pattern finds it."""

import re

import pytest

from loraviewer.core.block_patterns import module_pattern
from loraviewer.core.blocks import block_of, is_block
from tests.adapters.real_bases import BASES, components_of


@pytest.mark.parametrize("base", BASES)
def test_a_pattern_finds_the_modules_of_its_block_and_no_others(base):
    for component, network in components_of(base).items():
        blocks = {
            place: {block_of(component, f"{place}.{name}") for name, _ in own}
            for place, module in network.named_modules()
            if place and (own := list(module.named_parameters(recurse=False)))
        }
        for block in set().union(*blocks.values()):
            assert is_block(block)
            pattern = re.compile(module_pattern(block))
            found = {place for place in blocks if pattern.match(f"{place}.")}
            assert found == {place for place, own in blocks.items() if own == {block}}, block
