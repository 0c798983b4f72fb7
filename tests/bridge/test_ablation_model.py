"""The pictures without each row: which are asked for, when, and what they cost."""

from collections.abc import Iterator

import pytest

from loraviewer.bridge.cells.cell_queue import Receive
from loraviewer.core.outcome import Failure, FailureKind, Rendered, Timings
from loraviewer.core.pacing import Pace
from loraviewer.core.request import GenerationRequest
from tests.bridge.cells import cells_submitted, loaded, rest, scales, seeds, started, turn
from tests.bridge.machine import Machine, picture_of
from tests.shown import shown_by


@pytest.fixture
def machine(qapp) -> Iterator[Machine]:
    """Two rows, and a prompt of which only these two together were seen."""
    machine = loaded(Machine(), "manga", "birds")
    machine.studio.prompt.change(prompt="a cat")
    rest(machine)
    yield machine
    machine.close()


@pytest.fixture
def on(machine: Machine) -> Machine:
    """With all pictures made."""
    machine.studio.settings.change(shows_ablation=True)
    rest(machine)
    return machine


def adapters_of(machine: Machine, row: str) -> dict[str, float]:
    """Of the picture that a row shows."""
    shown = machine.studio.cells.ablation.row(row)
    assert shown is not None
    assert shown.picture is not None
    return {a.sha256: a.scale for a in shown.picture.request.adapters}


def test_nothing_is_made_while_it_is_off(machine):
    rest(machine)
    assert cells_submitted(machine) == []
    assert machine.studio.cells.ablation.row("manga") is None
    assert machine.studio.cells.ablation.cost().pictures == 2, "the menu says what it would cost"


def test_every_row_shows_the_picture_without_it(on):
    assert adapters_of(on, "manga") == {"birds": 0.8}
    assert adapters_of(on, "birds") == {"manga": 0.8}
    assert len(cells_submitted(on)) == 2


def test_it_is_the_panes_own_sampling(on):
    shown = shown_by(on.studio.panes.pane("current")).request
    for request in cells_submitted(on):
        assert request.sampling == shown.sampling
        assert not request.is_draft
        assert request.checkpoint == shown.checkpoint


def test_rows_that_are_off_are_no_work(on):
    on.studio.stack.set_enabled("birds", False)
    before = len(cells_submitted(on))
    rest(on)
    birds = on.studio.cells.ablation.row("birds")
    assert birds is not None
    assert birds.is_same
    assert adapters_of(on, "manga") == {}
    assert len(cells_submitted(on)) == before, "the base pane shows it"


def test_the_master_and_text_strengths_count(on):
    on.studio.stack.set_master(0.5)
    on.studio.stack.set_text_scale("birds", 0.2)
    rest(on)
    (birds,) = cells_submitted(on)[-2].adapters
    assert (birds.sha256, birds.scale, birds.text_scale) == ("birds", 0.4, 0.1)


def test_without_the_only_soloed_row_there_is_the_base(on):
    on.studio.stack.set_solo("manga", True)
    rest(on)
    assert adapters_of(on, "manga") == {}
    birds = on.studio.cells.ablation.row("birds")
    assert birds is not None
    assert birds.is_same


def test_a_row_that_does_not_fit_the_base_is_the_same(machine):
    machine.misfits.add("neon")
    loaded(machine, "neon")
    machine.studio.settings.change(shows_ablation=True)
    rest(machine)
    neon = machine.studio.cells.ablation.row("neon")
    assert neon is not None
    assert neon.is_same
    assert adapters_of(machine, "manga") == {"birds": 0.8}


def test_alone_is_asked_for_once_somebody_looks(on):
    on.studio.cells.ablation.set_alone(True)
    rest(on)
    assert adapters_of(on, "manga") == {"manga": 0.8}
    made = len(cells_submitted(on))
    on.studio.cells.ablation.set_alone(False)
    rest(on)
    assert adapters_of(on, "manga") == {"birds": 0.8}
    assert len(cells_submitted(on)) == made, "what was made is remembered"


def test_alone_and_without_are_one_picture_each_for_two_rows(on):
    """Without manga is birds alone."""
    on.studio.cells.ablation.set_alone(True)
    rest(on)
    assert len(cells_submitted(on)) == 2


def test_while_a_fader_is_held_pictures_are_veiled_and_none_is_made(on):
    before = len(cells_submitted(on))
    on.studio.stack.begin_drag()
    for scale in (0.7, 0.6, 0.5):
        on.studio.stack.set_scale("manga", scale)
        turn()
    row = on.studio.cells.ablation.row("birds")
    assert row is not None
    assert row.is_outdated
    assert row.picture is not None
    on.studio.stack.end_drag()
    assert len(cells_submitted(on)) == before
    rest(on)
    assert scales(cells_submitted(on)[before:]) == [(0.5,)], "without manga nothing has changed"
    row = on.studio.cells.ablation.row("birds")
    assert row is not None
    assert not row.is_outdated


def test_undo_shows_the_former_pictures_at_once(on):
    on.studio.stack.set_scale("manga", 0.2)
    rest(on)
    made = len(cells_submitted(on))
    on.studio.document.undo_stack.undo()
    assert adapters_of(on, "birds") == {"manga": 0.8}
    rest(on)
    assert len(cells_submitted(on)) == made


def test_another_active_pane_has_its_own(on):
    on.studio.places.duplicate()
    on.studio.stack.set_enabled("birds", False)
    rest(on)
    assert adapters_of(on, "manga") == {}
    on.studio.places.activate("current")
    rest(on)
    assert adapters_of(on, "manga") == {"birds": 0.8}
    on.studio.places.activate("base")
    assert on.studio.cells.ablation.row("manga") is None


def test_of_a_frozen_pane_they_are_made_as_its_own_picture(on):
    on.studio.places.set_frozen("current", True)
    on.studio.places.activate("base")
    on.studio.prompt.change(prompt="a dog")
    on.studio.places.activate("current")
    on.studio.stack.set_scale("manga", 0.5)
    rest(on)
    assert cells_submitted(on)[-1].sampling.prompt == "a cat"
    assert adapters_of(on, "birds") == {"manga": 0.5}


def test_above_what_it_may_take_nothing_is_made_but_once(machine):
    machine.studio.settings.change(most_ablation_s=1.5, shows_ablation=True)
    rest(machine)
    ablation = machine.studio.cells.ablation
    assert ablation.is_too_dear
    assert ablation.cost().seconds == pytest.approx(2.0)
    assert cells_submitted(machine) == []
    ablation.make_once()
    rest(machine)
    assert not ablation.is_too_dear
    assert len(cells_submitted(machine)) == 2
    machine.studio.prompt.change(prompt="a girl")
    rest(machine)
    assert ablation.is_too_dear, "once was for that picture"
    assert len(cells_submitted(machine)) == 2


def test_pictures_of_others_may_show_that_they_are_cheap_enough(machine):
    machine.studio.settings.change(most_ablation_s=1.5, shows_ablation=True)
    rest(machine)
    assert machine.studio.cells.ablation.is_too_dear
    machine.step_s = 0.01
    machine.studio.cells.queue.want("map", seeds(machine, 5))
    rest(machine)
    assert not machine.studio.cells.ablation.is_too_dear
    assert machine.studio.cells.ablation.cost().pictures == 0


class Unpaced:
    """Of panes that got all their pictures from a store."""

    pace = Pace()


def test_where_no_picture_took_any_time_yet_what_a_store_lacks_is_made(machine):
    studio = machine.studio
    studio.cells.queue._scheduler = Unpaced()

    def find(request: GenerationRequest, receive: Receive) -> None:
        is_there = [a.sha256 for a in request.adapters] == ["birds"]
        picture = picture_of(request)
        receive(Rendered(request, picture, Timings(), "f" * 64) if is_there else None)

    studio.cells.queue._find = find
    studio.settings.change(shows_ablation=True)
    rest(machine)
    assert adapters_of(machine, "manga") == {"birds": 0.8}
    assert adapters_of(machine, "birds") == {"manga": 0.8}
    assert len(cells_submitted(machine)) == 1


def test_where_no_picture_took_any_time_yet_one_that_fails_holds_up_no_other(machine):
    machine.studio.cells.queue._scheduler = Unpaced()
    machine.studio.settings.change(shows_ablation=True)
    started(machine)
    machine.engine.finish(Failure(FailureKind.PICTURE, "It is not finite."))
    rest(machine)
    rows = [machine.studio.cells.ablation.row(name) for name in ("manga", "birds")]
    assert [row is not None and row.failure is not None for row in rows] == [True, False]
    assert adapters_of(machine, "birds") == {"manga": 0.8}


def test_a_higher_limit_counts_at_once(machine):
    machine.studio.settings.change(most_ablation_s=1.0, shows_ablation=True)
    rest(machine)
    machine.studio.settings.change(most_ablation_s=60.0)
    rest(machine)
    assert len(cells_submitted(machine)) == 2


def test_a_failure_is_that_of_its_row(on):
    on.studio.prompt.change(prompt="a girl")
    while not cells_submitted(started(on))[2:]:
        on.finish()
    failure = Failure(FailureKind.PICTURE, "It is not finite.")
    on.engine.finish(failure)
    rest(on)
    # Its weights were live already, so that it came first.
    birds, manga = (on.studio.cells.ablation.row(name) for name in ("birds", "manga"))
    assert birds is not None
    assert birds.failure == failure
    assert manga is not None
    assert manga.failure is None
    assert on.studio.panes.pane("current").failure is None


def test_switching_it_off_drops_what_is_left(machine):
    machine.studio.settings.change(shows_ablation=True)
    started(machine)
    machine.studio.settings.change(shows_ablation=False)
    job = machine.engine.running
    assert job is not None
    assert job.token.is_cancelled
    machine.finish()
    rest(machine)
    assert len(cells_submitted(machine)) == 1
    assert machine.studio.cells.ablation.row("manga") is None


def test_another_base_has_other_pictures(on):
    on.studio.base.open("other")
    rest(on)
    row = on.studio.cells.ablation.row("manga")
    assert row is not None
    assert row.picture is not None
    assert row.picture.request.checkpoint.path == "other"
    assert not row.is_outdated
