"""The ready scenes name adapters that ship, and say something each."""

import pytest

from loraviewer.core.examples import EXAMPLES, OPENING, Example, ExampleRow
from loraviewer.core.resources import demo_adapters


@pytest.mark.parametrize("example", [OPENING, *EXAMPLES], ids=lambda example: example.name)
def test_every_adapter_of_an_example_ships(example: Example) -> None:
    bundled = {path.stem for path in demo_adapters()}
    assert {row.adapter for row in example.rows} <= bundled
    assert example.look_for.endswith(".")
    assert example.sampling.problem() is None


def test_there_is_one_for_each_claim() -> None:
    assert len({example.name for example in EXAMPLES}) == len(EXAMPLES) >= 6
    assert any(row.strength < 0 for example in EXAMPLES for row in example.rows)
    assert any(len(example.rows) >= 8 for example in EXAMPLES)


def test_rows_without_a_file_are_left_out() -> None:
    rows = (ExampleRow("a", 0.5), ExampleRow("b", is_on=False), ExampleRow("c"))
    example = Example("name", "Look.", "a cat", 1, rows)
    assert example.with_paths({"a": "/a", "b": "/b"}) == [("/a", 0.5, True), ("/b", 1.0, False)]
