"""Where cells lie."""

from loraviewer.core.experiments.axes import Axis
from loraviewer.core.experiments.cells import cell_of, groups
from loraviewer.core.experiments.description import Experiment, Kind
from loraviewer.core.merge_rules import MergeRule
from loraviewer.ui.lab.experiments.grid_layout import Grid, Place, grid_of
from tests.ui.lab.experiments.fake_experiments import BASE, adapters


def asked(kind: Kind, *names: str, **fields) -> Experiment:
    usual = {"prompts": ("a cat", "a dog"), "seeds": (1, 2)}
    return Experiment(kind=kind, base=BASE, adapters=adapters(*names), **(usual | fields))


def named(grid: Grid) -> list[list[str | None]]:
    return [[place and place.condition for place in row] for row in grid.places]


def test_a_ladder_has_rows_for_orders_and_columns_for_depths() -> None:
    one = asked("ladder", "a", "b", depths=(1, 2), orders=2, arms=("real", "random"))
    grid = grid_of(one)
    assert grid.columns == ("base", "1", "2")
    assert grid.rows == (
        "adapters, order 1", "adapters, order 2", "random twins, order 1", "random twins, order 2",
    )  # fmt: skip
    assert named(grid)[1] == ["base", "real-one-o2-d001", "real-one-o2-d002"]
    assert not grid.has_seeds


def test_a_sweep_has_rows_for_seeds_and_columns_for_points() -> None:
    grid = grid_of(asked("sweep", "a", axes=(Axis(points=(0.0, 0.5, 1.0)),)))
    assert grid.columns == ("base", "0", "0.5", "1")
    assert grid.rows == ("seed 1", "seed 2")
    assert grid.has_seeds
    assert grid.places[1][2] == Place("sweep-x002", 2)


def test_two_axes_are_a_plane() -> None:
    axes = (Axis(points=(0.0, 1.0)), Axis(what="guidance", points=(3.0, 5.0, 7.0)))
    grid = grid_of(asked("sweep", "a", axes=axes))
    assert (grid.rows, grid.columns) == (("0", "1"), ("base", "3", "5", "7"))
    assert named(grid)[1] == ["base", "sweep-x004", "sweep-x005", "sweep-x006"]


def test_an_ablation_has_a_column_for_each_adapter() -> None:
    grid = grid_of(asked("ablation", "a", "b", "c", pairs=True))
    assert grid.columns == ("base", "all", "a", "b", "c")
    assert named(grid) == [
        ["base", "all", "alone-001", "alone-002", "alone-003"],
        ["base", "all", "without-001", "without-002", "without-003"],
        ["base", "all", None, "pair-001", "pair-002"],
        ["base", "all", None, None, "pair-003"],
    ]


def test_a_seed_wall_has_a_column_for_each_seed() -> None:
    grid = grid_of(asked("seeds", "a", "b", negative="red"))
    assert grid.rows == ("base", "stack", "a alone", "b alone", "base, negative prompt")
    assert grid.columns == ("seed 1", "seed 2")
    assert grid.places[0] == (Place("base", 1), Place("base", 2))


def test_ways_have_a_column_for_each_stop() -> None:
    grid = grid_of(asked("return", "a", "b", orders=2))
    assert grid.rows == ("way 1", "way 2")
    assert grid.columns == ("base", "start", "1 on", "2 on", "1 on", "end")
    assert named(grid)[1][1:] == [f"way-o2-v00{stop}" for stop in range(1, 6)]


def test_rules_have_a_column_each() -> None:
    grid = grid_of(asked("rules", "a", "b", rules=(MergeRule("ties", 0.2),)))
    assert grid.columns == ("base", "Sum", "TIES 0.2")


def test_every_condition_has_its_place() -> None:
    one = asked("ablation", "a", "b", "c", pairs=True)
    grid = grid_of(one)
    known = {one.condition for row in grid.places for one in row if one is not None}
    assert {group.condition.name for group in groups(one)} == known
    assert grid.where("alone-002", 2) == (0, 3)


def test_a_cell_alone_is_the_one_among_all() -> None:
    one = asked("ladder", "a", "b", depths=(1, 2), orders=2, arms=("real", "random"))
    for group in groups(one):
        number = one.prompts.index(group.prompt) + 1
        alone = [cell_of(one, group.condition, number, seed) for seed in one.seeds]
        assert alone == list(group.cells)
