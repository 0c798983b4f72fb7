"""Panes of the document in the studio: which pictures are made, and what the history takes back."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from loraviewer.bridge.controller import StudioController
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.rendering.jobs import RenderJob
from loraviewer.core.document import PaneId
from loraviewer.core.stack import StackEntry
from tests.bridge.machine import Machine
from tests.fakes import ScriptedEngine
from tests.shown import shown_by


@pytest.fixture
def machine(qapp) -> Iterator[Machine]:
    machine = Machine()
    machine.studio.base.open("demo")
    machine.drain()
    add(machine, "manga")
    machine.drain()
    machine.engine.works.clear()
    yield machine
    machine.close()


def add(machine: Machine, name: str) -> None:
    entry = StackEntry(entry_id=name, name=name, path=name, sha256=name)
    machine.studio.stack.add(entry)


def ids(machine: Machine) -> list[PaneId]:
    return [pane.pane_id for pane in machine.studio.document.document.panes]


def pin(machine: Machine) -> PaneId:
    machine.studio.places.pin()
    return ids(machine)[-1]


def renders(machine: Machine, pane_id: PaneId) -> list[RenderJob]:
    works = machine.engine.works
    return [w for w in works if isinstance(w, RenderJob) and w.pane_id == pane_id]


def is_settled(machine: Machine, pane_id: PaneId) -> bool:
    state = machine.studio.panes.pane(pane_id)
    return state.shown is not None and not state.is_outdated and not state.is_busy


def test_a_pinned_pane_shows_its_picture_at_once(machine: Machine) -> None:
    new = pin(machine)
    panes = machine.studio.panes
    assert is_settled(machine, new)
    assert panes.pane(new).picture() == panes.pane("current").picture()
    assert machine.engine.works == []


def test_a_pinned_pane_stays_while_the_active_one_is_edited(machine: Machine) -> None:
    new = pin(machine)
    machine.studio.stack.set_scale("manga", 0.3)
    machine.drain()
    assert renders(machine, new) == []
    panes = machine.studio.panes
    assert panes.pane(new).picture() != panes.pane("current").picture()
    machine.studio.prompt.change(seed=99)
    machine.drain()
    assert all(is_settled(machine, pane_id) for pane_id in ids(machine))
    assert shown_by(panes.pane(new)).request.sampling.seed == 99


def test_going_to_another_pane_is_no_step_and_renders_nothing(machine: Machine) -> None:
    new = pin(machine)
    steps = machine.studio.document.undo_stack.count()
    machine.studio.places.activate(new)
    machine.studio.places.activate_next()
    machine.studio.places.activate_previous()
    assert machine.studio.document.document.active == new
    assert machine.studio.document.undo_stack.count() == steps
    assert machine.engine.works == []


def test_going_to_another_pane_starts_nothing_that_was_stopped(machine: Machine) -> None:
    machine.studio.prompt.change(seed=99)
    machine.studio.stop()
    machine.engine.works.clear()
    machine.studio.places.activate("base")
    assert machine.engine.works == []


def test_panes_that_are_not_seen_are_not_rendered_and_come_back(machine: Machine) -> None:
    new = pin(machine)
    machine.studio.places.set_layout(2)
    machine.studio.prompt.change(seed=99)
    machine.drain()
    assert renders(machine, new) == []
    assert machine.studio.panes.pane(new).is_outdated
    machine.studio.places.set_layout(4)
    machine.drain()
    assert is_settled(machine, new)


def test_a_pane_that_is_looked_at_is_rendered_though_its_layout_does_not_show_it(
    machine: Machine,
) -> None:
    new = pin(machine)
    machine.studio.places.set_layout(2)
    machine.studio.prompt.change(seed=99)
    machine.drain()
    machine.studio.look_at(["base", new])
    machine.drain()
    assert is_settled(machine, new)
    machine.studio.prompt.change(seed=98)
    machine.engine.take()
    assert machine.engine.waiting == 2
    machine.studio.look_at([])
    assert machine.engine.waiting == 1
    machine.finish()
    machine.drain()
    assert machine.studio.panes.pane(new).is_outdated
    assert is_settled(machine, "base")


def test_looking_at_a_pane_starts_nothing_that_was_stopped(machine: Machine) -> None:
    new = pin(machine)
    machine.studio.places.set_layout(2)
    machine.studio.prompt.change(seed=99)
    machine.studio.stop()
    machine.engine.works.clear()
    machine.studio.look_at([new, "base"])
    machine.drain()
    assert machine.engine.works == []
    machine.studio.render()
    machine.drain()
    assert is_settled(machine, new)


def test_what_is_under_way_for_a_pane_that_goes_out_of_sight_is_dropped(machine: Machine) -> None:
    new = pin(machine)
    machine.studio.prompt.change(seed=99)
    machine.engine.take()
    assert machine.engine.waiting == 2
    machine.studio.places.set_layout(2)
    assert machine.engine.waiting == 1
    assert not machine.studio.panes.pane(new).is_busy


def test_a_pin_that_is_taken_back_leaves_nothing(machine: Machine) -> None:
    new = pin(machine)
    machine.studio.prompt.change(seed=99)
    machine.studio.document.undo_stack.undo()
    machine.studio.document.undo_stack.undo()
    assert new not in ids(machine)
    assert machine.studio.panes.pane(new).shown is None
    assert machine.engine.waiting == 0
    machine.studio.document.undo_stack.redo()
    machine.drain()
    assert is_settled(machine, new)


def test_a_late_answer_for_a_pane_that_is_gone_is_nobodys(machine: Machine) -> None:
    new = pin(machine)
    machine.studio.places.activate(new)
    machine.studio.stack.set_scale("manga", 0.3)
    job = machine.engine.take()
    assert job is not None
    machine.studio.document.undo_stack.undo()
    machine.studio.document.undo_stack.undo()
    machine.finish_late()
    assert machine.studio.panes.pane(new).shown is None


def test_the_history_goes_to_the_pane_whose_stack_it_changes(machine: Machine) -> None:
    pin(machine)
    machine.studio.stack.set_scale("manga", 0.3)
    undo_stack = machine.studio.document.undo_stack
    assert undo_stack.undoText() == "Strength of manga to 0.3 in B"
    machine.studio.places.activate("base")
    undo_stack.undo()
    assert machine.studio.document.document.active == "current"
    assert machine.studio.stack.stack.entry("manga").scale == 1.0


def test_rows_that_are_added_while_the_base_is_active_go_beside_it(machine: Machine) -> None:
    machine.studio.places.activate("base")
    add(machine, "birds")
    document = machine.studio.document.document
    assert document.active == "current"
    assert [e.name for e in document.stack.entries] == ["manga", "birds"]
    machine.studio.document.undo_stack.undo()
    assert machine.studio.document.document.active == "base"


def test_a_start_does_not_move_whoever_looks_at_the_base(qapp) -> None:
    machine = Machine()
    machine.studio.places.activate("base")
    filled = machine.studio.stack.stack.with_added(
        StackEntry(entry_id="manga", name="manga", path="manga", sha256="manga")
    )
    machine.studio.stack.reset(filled)
    document = machine.studio.document.document
    assert document.active == "base"
    assert document.pane("current").stack == filled
    machine.close()


def test_each_pane_remembers_what_it_had_on(machine: Machine) -> None:
    stack: StackModel = machine.studio.stack
    new = pin(machine)
    stack.all_off()
    assert stack.can_switch_back
    machine.studio.places.activate(new)
    assert not stack.stack.is_all_off
    stack.set_enabled("manga", False)
    machine.studio.places.activate("current")
    stack.all_off()
    assert not stack.stack.is_all_off


def test_a_fader_that_is_held_while_the_pane_changes_settles_both(machine: Machine) -> None:
    new = pin(machine)
    stack = machine.studio.stack
    stack.begin_drag()
    stack.set_scale("manga", 0.3)
    machine.studio.places.activate(new)
    stack.set_scale("manga", 0.6)
    stack.end_drag()
    machine.drain()
    for pane_id in ("current", new):
        assert is_settled(machine, pane_id)
        shown = machine.studio.panes.pane(pane_id).shown
        assert shown is not None
        assert not shown.request.is_draft
    undo_stack = machine.studio.document.undo_stack
    undo_stack.undo()
    document = machine.studio.document.document
    assert document.pane(new).stack.entry("manga").scale == 1.0
    assert document.pane("current").stack.entry("manga").scale == 0.3


def test_six_panes_are_the_most(machine: Machine) -> None:
    told: list[str] = []
    machine.studio.places.refused.connect(told.append)
    for _ in range(4):
        pin(machine)
    assert told == []
    pin(machine)
    assert len(ids(machine)) == 6
    assert told == ["There are 6 panes, which are the most; close one to pin another."]


def test_adapters_of_all_panes_are_matched_with_another_base(machine: Machine) -> None:
    new = pin(machine)
    add(machine, "birds")
    machine.studio.places.activate(new)
    machine.studio.base.open("other")
    machine.drain()
    assert all(is_settled(machine, pane_id) for pane_id in ids(machine))
    shown = machine.studio.panes.pane("current").shown
    assert shown is not None
    assert {a.sha256 for a in shown.request.adapters} == {"manga", "birds"}


def test_another_base_fits_the_sampling_of_frozen_panes_too(machine: Machine) -> None:
    places = machine.studio.places
    places.set_frozen("current", True)
    machine.studio.prompt.change(width=64, seed=5)
    assert machine.studio.document.document.sampling.width == 16
    machine.studio.base.open("other")
    machine.drain()
    own = machine.studio.document.document.sampling_of("current")
    assert (own.width, own.seed) == (16, 5)


def test_only_a_frozen_pane_is_made_again_for_its_own_prompt(machine: Machine) -> None:
    machine.studio.places.set_frozen("current", True)
    assert machine.engine.works == []
    machine.studio.prompt.change(seed=5)
    machine.drain()
    assert [job.request.sampling.seed for job in renders(machine, "current")] == [5]
    assert renders(machine, "base") == []
    machine.studio.places.set_frozen("current", False)
    machine.drain()
    assert shown_by(machine.studio.panes.pane("current")).request.sampling.seed == 7


def test_the_pane_that_one_goes_to_comes_first(machine: Machine) -> None:
    first, second = pin(machine), pin(machine)
    machine.studio.stack.set_scale("manga", 0.3)
    machine.drain()
    machine.studio.prompt.change(seed=99)
    assert taken(machine) == "current"
    machine.studio.places.activate(second)
    machine.finish()
    assert taken(machine) == second
    machine.finish()
    assert taken(machine) == first  # of the same stack
    machine.drain()


def taken(machine: Machine) -> PaneId:
    job = machine.engine.take()
    assert job is not None
    assert isinstance(job.work, RenderJob)
    return job.work.pane_id


def test_six_panes_of_three_stacks_are_three_merges(
    studio: StudioController, engine: ScriptedEngine, add, qtbot
) -> None:
    """On the engine thread: a merge is a picture of another stack than the one before it."""
    row = add("manga")
    for scale in (1.0, 0.5, 1.0, 0.5):
        studio.stack.set_scale(row, scale)
        studio.places.pin()
    studio.stack.set_scale(row, 0.5)
    qtbot.waitUntil(lambda: all_settled(studio))
    engine.rendered.clear()
    engine.hold()
    studio.prompt.change(seed=99)
    engine.release(1000)
    qtbot.waitUntil(lambda: all_settled(studio))
    stacks = [request.adapters for request in engine.rendered]
    merges = [stack for before, stack in pairwise([None, *stacks]) if stack != before]
    assert stacks[0] == studio.stack.stack.applied()
    assert len(merges) == len(set(stacks)) == 3


def all_settled(studio: StudioController) -> bool:
    panes = studio.document.document.panes
    return len(panes) == 6 and all(has_come(studio, pane.pane_id) for pane in panes)


def has_come(studio: StudioController, pane_id: PaneId) -> bool:
    """The picture that the pane is to show."""
    state, document = studio.panes.pane(pane_id), studio.document.document
    return (
        state.shown is not None
        and not (state.is_busy or state.is_outdated)
        and state.shown.request.sampling == document.sampling
    )
