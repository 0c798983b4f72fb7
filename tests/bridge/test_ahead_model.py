"""Pictures made ahead: off at first, within their number, after all others, broken off at once."""

from collections.abc import Iterator

import pytest

from loraviewer.bridge.rendering.jobs import CellJob
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Progress
from tests.bridge.cells import cells_submitted, loaded, rest, seeds, turn
from tests.bridge.machine import Machine
from tests.shown import shown_by


@pytest.fixture
def machine(qapp) -> Iterator[Machine]:
    """Two rows, and a prompt of which only these two together were seen."""
    machine = loaded(Machine(), "manga", "birds")
    machine.studio.prompt.change(prompt="a cat")
    rest(machine)
    yield machine
    machine.close()


def made(machine: Machine) -> list[dict[str, float]]:
    return [{a.sha256: a.scale for a in one.adapters} for one in cells_submitted(machine)]


def begun(machine: Machine) -> tuple[CellJob, CancelToken]:
    """The cell that the engine has taken."""
    turn()
    job = machine.engine.take()
    assert job is not None
    assert isinstance(job.work, CellJob)
    return job.work, job.token


def test_nothing_is_made_ahead_unless_a_person_wants_it(machine):
    assert machine.studio.settings.settings.pictures_ahead == 0
    machine.studio.stack.set_scale("manga", 0.5)
    rest(machine)
    assert made(machine) == []


def test_each_switch_and_the_last_fader_within_the_number(machine):
    machine.studio.stack.set_scale("manga", 0.5)
    rest(machine)
    machine.studio.settings.change(pictures_ahead=3)
    rest(machine)
    assert made(machine) == [
        {"birds": 0.8},
        {"manga": 1.0, "birds": 0.8},
        {"manga": 0.5},
    ]
    machine.studio.settings.change(pictures_ahead=1)
    rest(machine)
    assert len(made(machine)) == 3, "these are known"


def test_what_is_made_is_what_a_switch_asks_for(machine):
    machine.studio.settings.change(pictures_ahead=10)
    rest(machine)
    machine.studio.stack.set_enabled("birds", False)
    expected = [one for one in cells_submitted(machine) if len(one.adapters) == 1]
    rest(machine)
    shown = shown_by(machine.studio.panes.pane("current")).request
    assert shown in expected, "the same request as the pane's, so that stores and caches have it"


def test_any_wish_breaks_it_off_even_if_it_is_nearly_done(machine):
    machine.studio.settings.change(pictures_ahead=10)
    cell, token = begun(machine)
    steps = cell.request.sampling.steps
    machine.engine.step(Progress(steps - 1, steps))
    machine.studio.prompt.change(prompt="a dog")
    assert token.is_cancelled


def test_a_held_fader_breaks_it_off(machine):
    machine.studio.settings.change(pictures_ahead=10)
    _, token = begun(machine)
    machine.studio.stack.begin_drag()
    machine.studio.stack.set_scale("manga", 0.4)
    assert token.is_cancelled
    machine.studio.stack.end_drag()


def test_they_come_after_all_other_cells(machine):
    machine.studio.settings.change(pictures_ahead=10)
    others = seeds(machine, 1001, 1002)
    machine.studio.cells.queue.want("another", others)
    rest(machine)
    assert cells_submitted(machine)[:2] == others
    assert len(cells_submitted(machine)) > 2


def test_turning_it_off_ends_it(machine):
    machine.studio.settings.change(pictures_ahead=10)
    _, token = begun(machine)
    machine.studio.settings.change(pictures_ahead=0)
    assert token.is_cancelled
    machine.engine.finish()
    rest(machine)
    assert len(cells_submitted(machine)) == 1


def test_another_base_has_states_of_its_own(machine):
    machine.studio.settings.change(pictures_ahead=10)
    rest(machine)
    before = len(cells_submitted(machine))
    machine.studio.base.open("another")
    rest(machine)
    assert {one.checkpoint.path for one in cells_submitted(machine)[before:]} == {"another"}


def test_an_experiment_goes_before(machine):
    running = [True]
    ahead = machine.studio.cells.ahead
    ahead.rest_while(lambda: running[0])
    machine.studio.settings.change(pictures_ahead=10)
    rest(machine)
    assert made(machine) == []
    running[0] = False
    ahead.look_again()
    rest(machine)
    assert len(made(machine)) == 2
