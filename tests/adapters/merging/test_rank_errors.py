"""What a rank loses, told beforehand: what the written file then says of itself."""

import math

import pytest

from loraviewer.adapters.merging.export import write_adapter
from loraviewer.adapters.merging.rank_errors import rank_errors
from loraviewer.core.merge_rules import read_rule
from loraviewer.core.stack import AppliedAdapter
from tests.adapters.builders import tiny_components
from tests.adapters.merging.test_export import DENSE, dense_adapter, stack_of, two_adapters
from tests.adapters.toys import pool


@pytest.mark.parametrize("rule", ["sum", "ties:0.5"])
@pytest.mark.parametrize("unlanded", [0.0, 3.0])
def test_each_rank_loses_what_its_file_says(tmp_path, rule, unlanded):
    components = tiny_components()
    adapters = two_adapters(tmp_path, components)
    stack, known = stack_of(*adapters), {"unlanded": unlanded, "rule": read_rule(rule)}
    told = rank_errors(components, stack, pool(*adapters), [1, 2, 3, 50], **known)
    for rank, error in told.errors.items():
        out = tmp_path / f"{rank}.safetensors"
        written = write_adapter(out, components, stack, pool(*adapters), rank, **known)
        assert error == pytest.approx(written.relative_error, rel=1e-5, abs=2e-7)


@pytest.mark.parametrize("names", ["kohya", "peft"])
@pytest.mark.parametrize("kind", DENSE)
def test_what_has_no_factors_is_whole_or_left_out(tmp_path, kind, names):
    components = tiny_components()
    adapter = dense_adapter(tmp_path, components, kind)
    stack = [AppliedAdapter(adapter.sha256, 0.8, 0.8)]
    (error,) = rank_errors(components, stack, pool(adapter), [2], names=names).errors.values()
    out = tmp_path / "out.safetensors"
    written = write_adapter(out, components, stack, pool(adapter), 2, names=names)
    assert error == pytest.approx(written.relative_error, rel=1e-5)


def test_ranks_go_up_to_the_one_that_loses_nothing(tmp_path):
    components = tiny_components()
    adapters = two_adapters(tmp_path, components)
    told = rank_errors(components, stack_of(*adapters), pool(*adapters))
    assert list(told.errors)[-1] == told.exact
    assert told.errors[told.exact] == pytest.approx(0, abs=1e-6)
    values = [error for error in told.errors.values() if error is not None]
    assert values == sorted(values, reverse=True)
    assert math.isclose(min(values[:-1], default=1), values[-2])


def test_nothing_is_said_of_what_nobody_knows(tmp_path):
    components = tiny_components()
    adapters = two_adapters(tmp_path, components)
    told = rank_errors(components, stack_of(*adapters), pool(*adapters), [1], unlanded=None)
    assert told.errors == {1: None}
