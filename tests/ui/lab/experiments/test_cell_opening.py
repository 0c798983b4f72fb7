"""What a cell opens: faders in a pane, or its picture alone."""

from loraviewer.core.experiments.cells import Cell, groups
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.merge_rules import MergeRule, usual_rule
from loraviewer.core.stack import AdapterStack
from loraviewer.ui.lab.experiments.cell_opening import has_faders, with_faders_at
from tests.ui.fakes import entry
from tests.ui.lab.experiments.fake_experiments import BASE, adapters

LADDER = Experiment(
    kind="ladder", base=BASE, adapters=adapters("manga", "birds"), prompts=("a cat",),
    seeds=(1, 2), depths=(1, 2), policies=("mean",), arms=("real", "random", "copies"),
)  # fmt: skip


def cell(name: str) -> Cell:
    return next(c for group in groups(LADDER) for c in group.cells if c.id == name)


def test_only_what_lies_in_files_has_faders() -> None:
    assert has_faders(cell("real-mean-o1-d002-p01-s1"), LADDER)
    assert has_faders(cell("copies-mean-o1-d002-p01-s1"), LADDER)
    assert has_faders(cell("base-p01-s1"), LADDER)
    assert not has_faders(cell("random-mean-o1-d001-p01-s1"), LADDER)


def test_rows_that_the_cell_lacks_are_off_and_keep_their_strength() -> None:
    stack = AdapterStack(entries=(entry("night", 0.7), entry("manga", 0.2)), master=2.0)
    opened = with_faders_at(stack, cell("real-mean-o1-d002-p01-s1"))
    rows = {row.name: (row.is_enabled, row.scale) for row in opened.entries}
    assert rows == {"night": (False, 0.7), "manga": (True, 0.5), "birds": (True, 0.5)}
    assert [row.name for row in opened.entries] == ["night", "manga", "birds"]
    assert [(one.sha256, one.scale) for one in opened.applied()] == [("birds", 0.5), ("manga", 0.5)]


def test_a_cell_brings_its_merge_rule() -> None:
    rule = usual_rule("ties")
    asked = Experiment(
        kind="rules", base=BASE, adapters=adapters("manga", "birds"), prompts=("a cat",),
        seeds=(1, 2), rules=(MergeRule(), rule),
    )  # fmt: skip
    made = {
        cell.request.merge_rule: cell
        for group in groups(asked)
        for cell in group.cells
        if cell.request.adapters
    }
    stack = AdapterStack(entries=(entry("manga"),), merge_rule=usual_rule("svd"))
    for one in (MergeRule(), rule):
        assert with_faders_at(stack, made[one]).merge_rule == one


def test_the_base_switches_all_off() -> None:
    stack = AdapterStack(entries=(entry("manga", is_solo=True),))
    opened = with_faders_at(stack, cell("base-p01-s1"))
    assert opened.applied() == ()
    assert opened.entries[0].scale == 1.0
