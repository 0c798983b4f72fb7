"""Which picture a pane shows after edits, with a clock and an engine that the test moves."""

import pytest

from loraviewer.bridge.rendering.jobs import RenderJob
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.pane import PaneState
from loraviewer.core.stack import StackEntry
from tests.bridge.machine import Machine
from tests.shown import shown_by

SLOW_S = 0.4
"""Per step: a settled picture of ten takes 4 s, a draft of four 1.6 s."""


@pytest.fixture
def machine(qapp):
    machine = Machine()
    yield machine
    machine.close()


@pytest.fixture
def slow(machine) -> Machine:
    """A studio on a slow machine, with the demo loaded and shown."""
    return loaded(machine, SLOW_S)


def loaded(machine: Machine, step_s: float = 0.1) -> Machine:
    machine.step_s = step_s
    machine.studio.base.open("demo")
    machine.drain()
    return machine


def add(machine: Machine, name: str, scale: float = 1.0) -> str:
    row = StackEntry(entry_id=name, name=name, path=name, sha256=name, scale=scale)
    machine.studio.stack.add(row)
    machine.drain()
    return name


def current(machine: Machine) -> PaneState:
    return machine.studio.panes.pane("current")


def shown_seed(machine: Machine) -> int:
    return shown_by(current(machine)).request.sampling.seed


def is_settled(state: PaneState) -> bool:
    return not state.is_busy and not state.is_outdated and state.failure is None


def test_an_edit_undone_before_its_start_leaves_the_picture_before(slow):
    slow.studio.prompt.change(seed=1)
    slow.drain()
    slow.studio.prompt.change(seed=2)
    slow.studio.document.undo_stack.undo()
    slow.drain()
    for pane_id in ("base", "current"):
        state = slow.studio.panes.pane(pane_id)
        assert shown_by(state).request.sampling.seed == 1
        assert is_settled(state)


def test_an_edit_undone_while_it_renders_is_not_shown(slow):
    slow.studio.prompt.change(seed=2)
    slow.clock.advance(5.0)
    slow.engine.take()
    slow.step(9)
    slow.studio.document.undo_stack.undo()
    assert is_settled(current(slow))
    slow.finish_late()
    assert shown_seed(slow) == 7
    slow.drain()
    assert shown_seed(slow) == 7
    assert is_settled(current(slow))


def test_going_back_to_what_is_under_way_starts_nothing_new(slow):
    slow.studio.prompt.change(seed=2)
    slow.clock.advance(5.0)
    slow.engine.take()
    slow.studio.prompt.change(seed=3)
    slow.studio.document.undo_stack.undo()
    submitted = len(slow.engine.works)
    slow.drain()
    assert len(slow.engine.works) == submitted
    assert shown_seed(slow) == 2
    assert is_settled(current(slow))


def test_a_stale_failure_blames_nobody(machine):
    loaded(machine)
    row = add(machine, "manga")
    machine.studio.stack.set_scale(row, 1e9)
    machine.engine.take()
    machine.step(8)  # nearly done: the superseded job may finish
    machine.studio.stack.set_scale(row, 0.8)
    failure = Failure(FailureKind.MERGE, "manga is not finite.", subject="manga")
    machine.engine.finish(failure)
    assert current(machine).failure is None
    machine.drain()
    assert [a.scale for a in shown_by(current(machine)).request.adapters] == [0.8]
    assert machine.studio.stack.stack.entry(row).is_enabled
    assert is_settled(current(machine))


@pytest.mark.parametrize("is_failure", [False, True])
def test_stale_answers_of_the_old_base_are_not_shown(machine, is_failure):
    loaded(machine)
    machine.studio.prompt.change(seed=2)
    machine.engine.take()
    machine.step(9)
    machine.studio.base.open("other")
    before = current(machine).shown
    if is_failure:
        machine.engine.finish(Failure(FailureKind.ADAPTER, "manga", subject="manga"))
    else:
        machine.finish_late()
    assert current(machine).shown is before
    assert current(machine).failure is None
    machine.drain()
    assert shown_by(current(machine)).request.checkpoint.identity == "identity of other"
    assert is_settled(current(machine))


def test_edits_while_a_base_loads_are_answered_on_the_new_one(machine):
    loaded(machine)
    machine.studio.base.open("other")
    machine.engine.take()
    machine.studio.prompt.change(seed=5)
    machine.finish()
    machine.drain()
    assert current(machine).failure is None
    assert shown_seed(machine) == 5
    assert shown_by(current(machine)).request.checkpoint.identity == "identity of other"


def test_a_load_cancelled_before_it_began_changes_nothing(machine):
    loaded(machine)
    machine.studio.base.open("other")
    machine.studio.base.cancel()
    machine.drain()
    assert machine.studio.base.info.source == "demo"
    assert machine.base_of_engine == "identity of demo"
    assert not machine.studio.base.is_loading


def test_a_superseded_load_that_came_through_is_the_base_until_the_next(machine):
    loaded(machine)
    machine.studio.base.open("second")
    machine.engine.take()
    machine.studio.base.open("third")
    machine.finish_late()
    assert machine.studio.base.info.source == "second", "the engine has it now"
    machine.drain()
    assert machine.studio.base.info.source == "third"
    assert shown_by(current(machine)).request.checkpoint.identity == "identity of third"


def test_adding_an_adapter_stops_what_no_longer_counts(machine):
    loaded(machine)
    machine.studio.prompt.change(seed=2)
    machine.engine.take()
    machine.studio.stack.add(StackEntry(entry_id="m", name="m", path="m", sha256="m"))
    running = machine.engine.running
    assert running.work.key == "pane:current"
    assert running.token.is_cancelled, "the matching need not wait for it"
    machine.drain()
    assert [a.sha256 for a in shown_by(current(machine)).request.adapters] == ["m"]


def test_a_good_draft_stays_until_something_nearer_is_there(slow):
    row = add(slow, "manga", 0.5)
    slow.studio.stack.begin_drag()
    slow.studio.stack.set_scale(row, 0.9)
    slow.drain()
    draft = shown_by(current(slow))
    assert draft.request.is_draft
    slow.studio.stack.end_drag()
    slow.clock.advance(5.0)
    slow.engine.take()
    slow.step(1)
    assert current(slow).picture() is draft.picture
    assert current(slow).step == 1
    slow.finish()
    assert not shown_by(current(slow)).request.is_draft
    assert is_settled(current(slow))


def test_another_prompt_shows_its_first_steps(slow):
    slow.studio.prompt.change(prompt="a frog")
    slow.clock.advance(5.0)
    slow.engine.take()
    slow.step(1)
    assert current(slow).preview is not None


def test_steps_are_always_counted_of_the_same_job(slow):
    row = add(slow, "manga", 0.5)
    slow.studio.prompt.change(seed=3)
    slow.clock.advance(5.0)
    slow.engine.take()
    slow.step(8)
    slow.studio.stack.begin_drag()
    slow.studio.stack.set_scale(row, 2.0)
    slow.clock.advance(5.0)
    state = current(slow)
    assert (state.step, state.steps) == (8, 10), "the job that may finish"
    slow.finish()
    slow.engine.take()
    slow.step(1)
    assert (current(slow).step, current(slow).steps) == (1, 4)


def test_a_drag_after_slow_settled_pictures_is_answered_at_once(machine):
    loaded(machine, 0.375)
    row = add(machine, "manga", 0.5)
    machine.step_s = 0.15
    machine.studio.stack.begin_drag()
    machine.studio.stack.set_scale(row, 2.0)
    machine.drain()  # the first draft tells how long drafts take
    machine.studio.stack.set_scale(row, 2.5)
    assert machine.engine.waiting == 1, "a draft of 0.6 s does not wait for a pause"


def test_the_active_pane_is_rendered_first(machine):
    loaded(machine)
    add(machine, "manga")
    machine.studio.prompt.change(seed=3)
    first = machine.engine.take()
    assert isinstance(first.work, RenderJob)
    assert first.work.pane_id == "current"
    machine.finish()
    assert machine.engine.take().work.pane_id == "base"


def test_panes_that_ask_for_the_same_show_one_picture(machine):
    """To the byte, also where an engine would make it by other threads by now."""
    loaded(machine)
    add(machine, "manga")
    before = len(machine.engine.works)
    machine.studio.stack.all_off()
    base = shown_by(machine.studio.panes.pane("base"))
    assert is_settled(current(machine))
    assert shown_by(current(machine)).picture is base.picture
    assert len(machine.engine.works) == before, "nothing was left to render"


def test_stopping_is_final_until_the_next_edit(machine):
    loaded(machine)
    machine.studio.prompt.change(seed=2)
    machine.engine.take()
    machine.studio.stop()
    machine.drain()
    assert shown_seed(machine) == 7
    assert current(machine).is_outdated
    assert not current(machine).is_busy
    machine.studio.render()
    machine.drain()
    assert shown_seed(machine) == 2


def test_rows_read_at_the_start_join_what_was_added_meanwhile(machine):
    loaded(machine)
    studio = machine.studio
    add(machine, "manga")
    rows = [StackEntry(entry_id=n, name=n, path=n, sha256=n) for n in ("birds", "neon")]
    assert not studio.stack.is_untouched
    studio.stack.add_all(rows)
    assert [e.name for e in studio.stack.stack.entries] == ["manga", "birds", "neon"]
