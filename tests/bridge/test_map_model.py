"""The plane over two faders: its cells, its undo steps, and what is not made twice."""

from collections.abc import Iterator

import pytest

from loraviewer.bridge.cells.map_model import MapModel
from loraviewer.core.map_cells import MASTER, Span, level_of
from loraviewer.core.outcome import Failure, FailureKind
from tests.bridge.cells import cells_submitted, loaded, rest, started, turn
from tests.bridge.machine import Machine


@pytest.fixture
def machine(qapp) -> Iterator[Machine]:
    machine = loaded(Machine(), "manga", "birds")
    yield machine
    machine.close()


@pytest.fixture
def plane(machine: Machine) -> MapModel:
    """Open and complete, of five by five points."""
    plane = machine.studio.cells.map
    plane.open()
    plane.set_resolution(5)
    rest(machine)
    return plane


def points(machine: Machine) -> list[tuple[float, ...]]:
    """Of the cells that were made, as strengths of manga and birds."""
    return [
        tuple({a.sha256: a.scale for a in r.adapters}.get(n, 0.0) for n in ("manga", "birds"))
        for r in cells_submitted(machine)
    ]


def test_nothing_is_made_before_it_is_opened(machine):
    rest(machine)
    assert cells_submitted(machine) == []


def test_it_goes_over_the_first_two_rows_around_where_they_are(plane, machine):
    assert (plane.fader("x"), plane.fader("y")) == ("manga", "birds")
    assert plane.values("x") == (0.0, 0.4, 0.8, 1.2, 1.6)
    assert plane.cell((0, 0)).picture is not None
    assert all(plane.cell((x, y)).picture for x in range(5) for y in range(5))
    assert plane.level() == 5


def test_cells_are_ordinary_requests_coarse_first_and_the_present_point_is_known(plane, machine):
    made = points(machine)
    assert len(made) == len(set(made))
    assert (0.8, 0.8) not in made, "the pane shows it"
    assert (0.0, 0.0) not in made, "the base pane shows it"
    indices = [(round(x / 0.4), round(y / 0.4)) for x, y in made]
    levels = [level_of(index, 5) for index in indices]
    assert levels == sorted(levels)
    assert not any(request.is_draft for request in cells_submitted(machine))


def test_a_point_is_one_undo_step_of_both_faders(plane, machine):
    stack, history = machine.studio.stack, machine.studio.document.undo_stack
    before = history.count()
    plane.set_point(0.4, 1.2)
    assert [stack.stack.entry(row).scale for row in ("manga", "birds")] == [0.4, 1.2]
    assert history.undoText() == "Strengths of manga and birds"
    assert history.count() == before + 1
    history.undo()
    assert [stack.stack.entry(row).scale for row in ("manga", "birds")] == [0.8, 0.8]


def test_a_drag_is_one_step_with_drafts_and_no_cell(plane, machine):
    history = machine.studio.document.undo_stack
    before, made = history.count(), len(cells_submitted(machine))
    plane.begin_drag()
    for step in range(1, 6):
        plane.set_point(0.8 + step / 10, 0.8 - step / 10)
        turn()
    job = machine.engine.take()
    assert job is not None
    assert job.work.request.is_draft
    machine.finish()
    plane.end_drag()
    assert history.count() == before + 1
    rest(machine)
    assert len(cells_submitted(machine)) == made, "all its points are there"
    history.undo()
    assert machine.studio.stack.stack.entry("manga").scale == 0.8


def test_moving_the_point_outdates_nothing(plane, machine):
    plane.set_point(0.4, 1.2)
    assert not any(plane.cell((x, y)).is_outdated for x in range(5) for y in range(5))


def test_another_stack_veils_the_cells_which_fill_again(plane, machine):
    made = len(cells_submitted(machine))
    machine.studio.stack.set_master(0.5)
    assert plane.cell((2, 1)).is_outdated
    assert plane.cell((2, 1)).picture is not None
    rest(machine)
    assert not plane.cell((2, 1)).is_outdated
    assert len(cells_submitted(machine)) > made + 10


def test_back_where_it_was_all_cells_are_there(plane, machine):
    made = len(cells_submitted(machine))
    machine.studio.stack.set_master(0.5)
    machine.studio.document.undo_stack.undo()
    assert not any(plane.cell((x, y)).is_outdated for x in range(5) for y in range(5))
    rest(machine)
    assert len(cells_submitted(machine)) == made


def test_another_range_keeps_the_points_that_both_have(plane, machine):
    made = len(cells_submitted(machine))
    assert plane.set_span("x", Span(0.8, 1.6)) == ""
    assert plane.values("x") == (0.8, 1.0, 1.2, 1.4, 1.6)
    assert plane.cell((0, 0)).picture is not None
    assert plane.cell((1, 0)).picture is None
    rest(machine)
    assert len(cells_submitted(machine)) == made + 10
    plane.set_span("x", Span(0.0, 1.6))
    rest(machine)
    assert len(cells_submitted(machine)) == made + 10


def test_a_range_that_makes_no_side_changes_nothing(plane):
    assert plane.set_span("x", Span(1.0, 1.0)) == "A range must go up by at least 0.01."
    assert plane.span("x") == Span(0.0, 1.6)


def test_the_master_is_a_fader_too(plane, machine):
    plane.set_fader("y", MASTER)
    assert plane.span("y") == Span(0.2, 1.8)
    rest(machine)
    plane.set_point(0.4, 0.6)
    assert machine.studio.stack.stack.master == 0.6
    assert machine.studio.document.undo_stack.undoText() == "Strengths of manga and master"


def test_choosing_the_other_sides_fader_swaps_them(plane):
    plane.set_span("y", Span(0.0, 1.0))
    plane.set_fader("x", "birds")
    assert (plane.fader("x"), plane.fader("y")) == ("birds", "manga")
    assert plane.span("x") == Span(0.0, 1.0)


def test_a_row_that_goes_gives_its_side_to_another_fader(plane, machine):
    machine.studio.stack.remove("birds")
    assert (plane.fader("x"), plane.fader("y")) == ("manga", MASTER)
    machine.studio.stack.remove("manga")
    assert not plane.has_faders
    rest(machine)
    machine.studio.document.undo_stack.undo()
    assert plane.has_faders


def test_the_base_pane_has_no_plane(plane, machine):
    machine.studio.places.activate("base")
    assert not plane.has_faders
    machine.studio.places.activate("current")
    assert (plane.fader("x"), plane.fader("y")) == ("manga", "birds")


def test_closing_drops_its_cells_and_what_was_made_stays_known(machine):
    plane = machine.studio.cells.map
    plane.open()
    plane.set_resolution(5)
    started(machine)
    machine.finish()
    started(machine)
    plane.close()
    job = machine.engine.running
    assert job is not None
    assert job.token.is_cancelled
    machine.finish()
    rest(machine)
    assert machine.studio.cells.queue.left("map") == 0
    made = len(cells_submitted(machine))
    plane.open()
    assert sum(plane.cell((x, y)).picture is not None for x in range(5) for y in range(5)) == 4
    rest(machine)
    assert len(cells_submitted(machine)) == made + 21


def test_paused_nothing_is_made(machine):
    plane = machine.studio.cells.map
    plane.open()
    plane.set_paused(True)
    rest(machine)
    made = len(cells_submitted(machine))
    assert plane.cost().pictures > 0
    plane.set_paused(False)
    rest(machine)
    assert len(cells_submitted(machine)) > made
    assert plane.cost().pictures == 0


def test_its_resolution_is_what_can_be_waited_for_until_one_is_chosen(machine):
    plane = machine.studio.cells.map
    plane.open()  # a picture takes a second
    assert plane.resolution == 5
    plane.set_resolution(9)
    assert plane.cells == 81


def test_a_failed_cell_says_why_and_the_others_are_made(machine):
    plane = machine.studio.cells.map
    plane.open()
    plane.set_resolution(3)
    started(machine)
    failure = Failure(FailureKind.PICTURE, "It is not finite.")
    machine.engine.finish(failure)
    rest(machine)
    cells = [plane.cell((x, y)) for x in range(3) for y in range(3)]
    assert [cell.failure for cell in cells if cell.failure] == [failure]
    assert sum(cell.picture is not None for cell in cells) == 8


def test_other_prompts_are_other_planes(plane, machine):
    machine.studio.prompt.change(prompt="a cat")
    assert plane.cell((0, 0)).is_outdated
    rest(machine)
    cell = plane.cell((0, 0))
    assert cell.picture is not None
    assert cell.picture.request.sampling.prompt == "a cat"
