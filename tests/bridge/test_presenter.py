"""Presenting without a window: rows, snapshots, cues, and the pictures that are made beforehand."""

from collections.abc import Iterator

import pytest

from loraviewer.bridge.presenter.presenter_model import PresenterModel
from loraviewer.bridge.rendering.jobs import CellJob, Priority
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.snapshots import SnapshotId
from tests.bridge.cells import cells_submitted, loaded, panes_submitted, rest, scales, turn
from tests.bridge.machine import Machine
from tests.shown import shown_by


@pytest.fixture
def machine(qapp) -> Iterator[Machine]:
    """Snapshots of manga at 0.1, 0.3 and 0.5; the second is present. A new prompt, of which no
    other picture was seen."""
    machine = loaded(Machine(), "manga", "birds")
    studio = machine.studio
    for scale in (0.1, 0.3, 0.5):
        studio.stack.set_scale("manga", scale)
        studio.snapshots.take()
    studio.snapshots.apply(taken(machine)[1])
    studio.prompt.change(prompt="a cat")
    rest(machine)
    yield machine
    machine.close()


@pytest.fixture
def on(machine: Machine) -> Machine:
    """Presenting, with all pictures made."""
    machine.studio.stage.model.begin()
    rest(machine)
    return machine


def stage(machine: Machine) -> PresenterModel:
    return machine.studio.stage.model


def taken(machine: Machine) -> list[SnapshotId]:
    return [one.snapshot_id for one in machine.studio.snapshots.snapshots]


def strength(machine: Machine, row: str = "manga") -> float:
    return machine.studio.stack.stack.entry(row).scale


def seen(machine: Machine):
    return machine.studio.stage.pictures.own()


def test_nothing_is_made_before_anybody_presents(machine):
    assert cells_submitted(machine) == []


def test_neighbours_and_the_base_are_made_as_what_nobody_waits_for(on):
    works = [work for work in on.engine.works if isinstance(work, CellJob)]
    assert {work.priority for work in works} == {Priority.IDLE}
    assert sorted(scales(work.request for work in works)) == [(0.8, 0.1), (0.8, 0.5)]
    shown = shown_by(on.studio.panes.pane("current")).request
    assert all(work.request.sampling == shown.sampling for work in works)


def test_the_base_is_made_where_no_pane_has_it(on):
    on.studio.places.set_frozen("base", True)
    on.studio.prompt.change(prompt="a dog")
    rest(on)
    assert () in scales(cells_submitted(on))


def test_pictures_of_panes_come_first(machine):
    stage(machine).begin()
    turn()
    machine.studio.prompt.change(prompt="a dog")
    machine.clock.advance(5.0)
    turn()
    taken_up = machine.engine.take()
    assert taken_up is not None
    assert not isinstance(taken_up.work, CellJob)


def test_walking_shows_what_was_made_at_once(on):
    before = seen(on).rendered
    stage(on).walk(1)
    now = seen(on)
    assert strength(on) == 0.5
    assert now.title == "manga .5 + birds .8"
    assert not now.is_behind
    assert now.rendered is not None
    assert now.rendered.request.adapters[-1].scale == 0.5
    assert now.rendered != before


def test_walking_goes_round_and_is_one_step(on):
    steps = on.studio.document.undo_stack.count()
    for scale in (0.5, 0.1, 0.3, 0.5):
        stage(on).walk(1)
        assert strength(on) == scale
        rest(on)
    assert on.studio.document.undo_stack.count() == steps + 1


def test_base_now_is_all_off_and_back(on):
    before = seen(on)
    document = on.studio.document.document
    stage(on).base_now()
    base = on.studio.panes.pane("base").shown
    now = seen(on).rendered
    assert base is not None
    assert now is not None
    assert now.request == base.request
    assert now.picture.rgb == base.picture.rgb
    assert seen(on).title == "no adapters"
    stage(on).base_now()
    assert on.studio.document.document.stack == document.stack
    assert seen(on) == before


def test_the_base_is_held_up_without_an_edit(on):
    before, document = seen(on), on.studio.document.document
    stage(on).hold_base(True)
    assert (seen(on).title, seen(on).rendered) == ("Base", on.studio.panes.pane("base").shown)
    stage(on).hold_base(False)
    assert seen(on) == before
    assert on.studio.document.document is document


def test_numbers_toggle_rows_of_the_page(on):
    stage(on).toggle_row(2)
    assert not on.studio.stack.stack.entry("birds").is_enabled
    assert [row.is_applied for row in stage(on).rows()] == [True, False]
    stage(on).toggle_row(2)
    stage(on).toggle_row(3)
    stage(on).toggle_row(0)
    assert [row.is_applied for row in stage(on).rows()] == [True, True]


def test_the_tenth_row_is_on_a_page_of_its_own(on):
    first = on.studio.stack.stack.entry("manga")
    on.studio.stack.add_all(
        [type(first)(entry_id=f"r{n}", name=f"r{n}", path="x", sha256=f"r{n}") for n in range(8)]
    )
    assert [row.number for row in stage(on).rows()] == list(range(1, 10))
    stage(on).step_row(-1)
    (last,) = stage(on).rows()
    assert (last.number, last.name, last.is_selected) == (1, "r7", True)
    stage(on).toggle_row(1)
    assert not on.studio.stack.stack.entry("r7").is_enabled
    on.studio.document.undo_stack.setIndex(0)
    assert stage(on).rows() == ()


def test_faders_stay_in_their_range(on):
    stage(on).set_strength("manga", 7.0)
    assert strength(on) == 2.0
    stage(on).set_strength("manga", -7.0)
    assert strength(on) == -1.0


def test_cues_show_and_say(on):
    cues = on.studio.stage.cues
    for snapshot, words in ((0, "A little."), (2, "Much.")):
        cue_id = cues.add(9, taken(on)[snapshot])
        cues.say(cue_id, words)
    said = []
    assert stage(on).coming_words == "manga .1 + birds .8 — A little."
    for step in (stage(on).next_cue, stage(on).next_cue, stage(on).next_cue):
        step()
        said.append((stage(on).sentence, strength(on)))
    assert said == [("A little.", 0.1), ("Much.", 0.5), ("Much.", 0.5)]
    assert stage(on).coming is None
    stage(on).previous_cue()
    stage(on).previous_cue()
    assert (stage(on).sentence, strength(on)) == ("A little.", 0.1)


def test_walking_away_ends_what_a_cue_says(on):
    cues = on.studio.stage.cues
    cues.say(cues.add(0, taken(on)[0]), "A little.")
    stage(on).next_cue()
    stage(on).walk(1)
    assert stage(on).sentence == ""


def test_a_cue_whose_snapshot_is_gone_speaks_all_the_same(on):
    cues = on.studio.stage.cues
    cues.say(cues.add(0, taken(on)[0]), "A little.")
    on.studio.snapshots.remove(taken(on)[0])
    stage(on).next_cue()
    assert (stage(on).sentence, strength(on)) == ("A little.", 0.3)


def test_the_next_cue_is_made_first(machine):
    machine.studio.stage.cues.add(0, taken(machine)[0])
    stage(machine).begin()
    rest(machine)
    assert scales(cells_submitted(machine))[0] == (0.8, 0.1)


def test_cues_start_nothing_that_was_stopped(machine):
    machine.studio.prompt.change(prompt="a dog")
    machine.studio.stop()
    rendered = panes_submitted(machine)
    machine.studio.stage.cues.add(0, taken(machine)[0])
    machine.studio.adapters.adapter_changed.emit("manga")  # a fact that comes late
    rest(machine)
    assert panes_submitted(machine) == rendered
    assert machine.studio.panes.pane("current").is_outdated


def test_what_fails_leaves_the_last_picture(on):
    before = seen(on).rendered
    on.studio.prompt.change(prompt="a dog")
    on.clock.advance(5.0)
    on.engine.take()
    on.engine.finish(Failure(FailureKind.MEMORY, "There is no memory left."))
    assert seen(on).rendered == before
    assert seen(on).failure is not None


def test_nothing_is_asked_for_any_more_at_the_end(machine):
    stage(machine).begin()
    stage(machine).end()
    rest(machine)
    assert cells_submitted(machine) == []


def test_the_base_is_active_again_where_it_was(machine):
    machine.studio.places.activate("base")
    document = machine.studio.document.document
    stage(machine).begin()
    assert machine.studio.document.document.active == "current"
    stage(machine).base_now()
    stage(machine).base_now()
    stage(machine).end()
    assert machine.studio.document.document == document
