"""Pictures that belong to no pane: when they are made, and that none is made twice."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loraviewer.bridge.cells.cell_queue import CellQueue, Cost, Receive
from loraviewer.bridge.rendering.jobs import CellJob, RenderJob, VerifyJob
from loraviewer.core.outcome import Failure, FailureKind, Rendered, Timings
from loraviewer.core.request import CheckpointRef, GenerationRequest
from tests.bridge.cells import (
    Heard,
    cells_submitted,
    loaded,
    of_scale,
    panes_submitted,
    rest,
    running_seed,
    seeds,
    started,
    turn,
)
from tests.bridge.machine import Machine, picture_of
from tests.shown import shown_by


@pytest.fixture
def machine(qapp) -> Iterator[Machine]:
    machine = Machine()
    yield loaded(machine, "manga")
    machine.close()


@pytest.fixture
def heard(machine: Machine) -> Heard:
    return Heard(machine)


def queue(machine: Machine, **options: Any) -> CellQueue:
    """Another one beside the studio's own."""
    studio = machine.studio
    models = (studio.panes, studio.document, studio.base, studio._scheduler)
    return CellQueue(machine.engine, *models, parent=studio, **options)


def cost(cells: CellQueue, requests: Sequence[GenerationRequest]) -> tuple[int, float]:
    """Whose seconds are known."""
    found = cells.cost(requests)
    assert found.seconds is not None
    return found.pictures, round(found.seconds, 6)


def test_cells_are_answered_in_the_order_in_which_they_are_wanted(machine, heard):
    machine.studio.cells.queue.want("test", seeds(machine, 3, 1, 2))
    rest(machine)
    assert heard.seeds() == [3, 1, 2]
    assert all(isinstance(answer, Rendered) for _, _, answer in heard.answers)
    assert machine.studio.cells.queue.left("test") == 0
    assert not machine.studio.cells.queue.is_at_work


def test_cells_of_equal_stacks_follow_each_other(machine, heard):
    one, other = seeds(machine, 1), seeds(machine, 2)
    wanted = [*one, of_scale(one[0], 0.1), *other]
    machine.studio.cells.queue.want("test", wanted)
    rest(machine)
    assert heard.seeds() == [1, 2, 1]


def test_who_asks_last_goes_first(machine, heard):
    machine.studio.cells.queue.want("strips", seeds(machine, 1, 2))
    machine.studio.cells.queue.want("map", seeds(machine, 3, 4))
    rest(machine)
    assert [owner for owner, _, _ in heard.answers] == ["map", "map", "strips", "strips"]


def test_one_cell_waits_at_a_time_and_after_every_other_job(machine):
    machine.studio.cells.queue.want("test", seeds(machine, 1, 2))
    turn()
    assert machine.engine.waiting == 1
    machine.studio.checks.verify()
    assert isinstance(machine.engine.take().work, VerifyJob)


def test_a_pane_stops_the_running_cell_and_it_is_made_afterwards(machine, heard):
    machine.studio.cells.queue.want("test", seeds(machine, 1, 2))
    started(machine)
    machine.step(3)
    cell = machine.engine.running
    machine.studio.prompt.change(prompt="a girl")
    assert cell.token.is_cancelled
    machine.finish()
    turn()
    assert isinstance(machine.engine.take().work, RenderJob)
    machine.finish()
    rest(machine)
    assert heard.seeds() == [1, 2]


def test_a_cell_that_is_nearly_done_may_finish(machine, heard):
    machine.studio.cells.queue.want("test", seeds(machine, 1))
    started(machine)
    machine.step(7)
    machine.studio.prompt.change(prompt="a girl")
    assert not machine.engine.running.token.is_cancelled
    machine.finish()
    assert heard.seeds() == [1]


def test_whoever_grasps_a_fader_waits_for_no_cell(machine):
    machine.studio.cells.queue.want("test", seeds(machine, 1))
    started(machine)
    machine.step(9)
    machine.studio.stack.begin_drag()
    assert machine.engine.running.token.is_cancelled
    machine.finish()
    turn()
    assert machine.engine.take() is None
    machine.studio.stack.end_drag()
    rest(machine)
    assert machine.studio.cells.queue.left("test") == 0


def test_no_cell_starts_before_the_panes_have_their_pictures(machine, heard):
    machine.studio.prompt.change(prompt="a girl")
    machine.studio.cells.queue.want("test", seeds(machine, 1))
    before = panes_submitted(machine)
    rest(machine)
    works = machine.engine.works
    assert heard.seeds() == [1]
    assert cells_submitted(machine)[-1] == works[-1].request
    assert panes_submitted(machine) >= before


def test_where_edits_wait_for_render_cells_wait_too(machine):
    machine.studio.set_live(False)
    machine.studio.prompt.change(prompt="a girl")
    machine.studio.cells.queue.want("test", seeds(machine, 1))
    rest(machine)
    assert machine.studio.cells.queue.left("test") == 1
    machine.studio.render()
    rest(machine)
    assert machine.studio.cells.queue.left("test") == 0


def test_a_pane_that_failed_holds_nothing_up(machine, heard):
    machine.studio.prompt.change(prompt="a girl")
    machine.engine.take()
    machine.engine.finish(Failure(FailureKind.PICTURE, "It is not finite."))
    machine.drain()
    machine.studio.cells.queue.want("test", seeds(machine, 1))
    rest(machine)
    assert heard.seeds() == [1]


def test_what_a_pane_shows_is_known(machine, heard):
    shown = shown_by(machine.studio.panes.pane("current"))
    machine.studio.cells.queue.want("test", [shown.request])
    assert machine.studio.cells.queue.known(shown.request) == shown
    rest(machine)
    assert not cells_submitted(machine)
    assert machine.studio.cells.queue.left("test") == 0


def test_what_a_pane_showed_before_is_known(machine):
    shown = shown_by(machine.studio.panes.pane("current"))
    machine.studio.stack.set_scale("manga", 0.3)
    rest(machine)
    assert machine.studio.cells.queue.known(shown.request) == shown


def test_what_was_answered_is_not_made_again_for_anybody(machine):
    machine.studio.cells.queue.want("strips", seeds(machine, 1, 2))
    rest(machine)
    machine.studio.cells.queue.drop("strips")
    machine.studio.cells.queue.want("map", seeds(machine, 2, 1, 1))
    rest(machine)
    assert len(cells_submitted(machine)) == 2


def test_two_owners_of_one_cell_are_both_answered(machine, heard):
    machine.studio.cells.queue.want("strips", seeds(machine, 1))
    machine.studio.cells.queue.want("map", seeds(machine, 1))
    rest(machine)
    assert heard.seeds("strips") == heard.seeds("map") == [1]
    assert len(cells_submitted(machine)) == 1


def test_dropping_an_owner_cancels_its_cells_and_only_those(machine, heard):
    machine.studio.cells.queue.want("strips", seeds(machine, 1))
    machine.studio.cells.queue.want("map", seeds(machine, 2, 3))
    assert running_seed(started(machine)) == 2
    machine.studio.cells.queue.drop("map")
    assert machine.engine.running.token.is_cancelled
    machine.finish()
    rest(machine)
    assert heard.seeds("map") == []
    assert heard.seeds("strips") == [1]


def test_a_cell_that_was_cancelled_too_late_is_known_all_the_same(machine):
    (request,) = seeds(machine, 1)
    machine.studio.cells.queue.want("test", [request])
    started(machine)
    machine.studio.cells.queue.drop("test")
    machine.finish_late()
    assert machine.studio.cells.queue.known(request) is not None


def test_a_cell_that_waits_and_is_dropped_never_runs(machine):
    machine.studio.cells.queue.want("test", seeds(machine, 1))
    turn()
    machine.studio.cells.queue.drop("test")
    assert machine.engine.waiting == 0
    machine.studio.cells.queue.want("test", seeds(machine, 2))
    rest(machine)
    assert [r.sampling.seed for r in cells_submitted(machine)] == [1, 2]


def test_wanting_the_same_again_disturbs_nothing(machine):
    machine.studio.cells.queue.want("test", seeds(machine, 1, 2))
    started(machine)
    machine.studio.cells.queue.want("test", seeds(machine, 2, 1))
    assert not machine.engine.running.token.is_cancelled
    rest(machine)
    assert len(cells_submitted(machine)) == 2


def test_a_failure_is_that_of_its_cell_and_is_not_tried_again(machine, heard):
    machine.studio.cells.queue.want("test", seeds(machine, 1, 2))
    started(machine)
    failure = Failure(FailureKind.PICTURE, "It is not finite.")
    machine.engine.finish(failure)
    rest(machine)
    assert heard.answers[0][2] == failure
    assert isinstance(heard.answers[1][2], Rendered)
    machine.studio.cells.queue.want("test", seeds(machine, 1))
    assert machine.studio.cells.queue.left("test") == 0
    machine.studio.cells.queue.forget_failures()
    machine.studio.cells.queue.want("test", seeds(machine, 1))
    rest(machine)
    assert isinstance(heard.answers[-1][2], Rendered)


def test_another_base_drops_all_and_its_late_answers(machine, heard):
    (request,) = seeds(machine, 1)
    machine.studio.cells.queue.want("test", [request, *seeds(machine, 2)])
    started(machine)
    machine.studio.base.open("other")
    assert machine.engine.running.token.is_cancelled
    machine.finish_late()
    assert heard.seeds() == [1], "the base is still this one"
    rest(machine)
    assert heard.seeds() == [1]
    assert machine.studio.cells.queue.known(request) is None


def test_a_load_that_fails_lets_cells_go_on(machine, heard):
    machine.studio.cells.queue.want("test", seeds(machine, 1))
    machine.studio.base.open("broken")
    turn()
    machine.engine.take()
    machine.engine.finish(Failure(FailureKind.CHECKPOINT, "broken is none."))
    rest(machine)
    assert heard.seeds() == [1]


def test_stop_holds_until_something_else_is_wanted(machine, heard):
    machine.studio.cells.queue.want("test", seeds(machine, 1, 2))
    started(machine)
    assert machine.studio.stop()
    machine.finish()
    rest(machine)
    assert heard.seeds() == []
    assert not machine.studio.stop(), "there is nothing to stop any more"
    machine.studio.cells.queue.want("test", seeds(machine, 1))
    rest(machine)
    assert heard.seeds() == [1]


def test_the_status_line_says_what_the_machine_does(machine):
    machine.studio.cells.queue.want("test", seeds(machine, 1))
    assert machine.studio.status.status.activity == "small pictures"
    rest(machine)
    assert machine.studio.status.status.activity == "idle"


def test_a_cell_is_no_progress_of_any_pane(machine):
    before = machine.studio.panes.panes()
    machine.studio.cells.queue.want("test", seeds(machine, 1))
    started(machine)
    machine.step(5)
    machine.finish()
    turn()
    assert machine.studio.panes.panes() == before


class Store:
    """Has the picture of seed 2; answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.kept: list[int] = []
        self._waiting: list[Callable[[], None]] = []

    def find(self, request: GenerationRequest, receive: Receive) -> None:
        self.asked.append(request.sampling.seed)
        known = Rendered(request, picture_of(request), Timings(), "f" * 64)
        found = known if request.sampling.seed == 2 else None
        self._waiting.append(lambda: receive(found))

    def keep(self, rendered: Rendered) -> None:
        self.kept.append(rendered.request.sampling.seed)

    def answer(self) -> None:
        waiting, self._waiting = self._waiting, []
        for tell in waiting:
            tell()
        turn()


def test_a_store_is_asked_once_before_a_cell_is_made_and_keeps_what_was(machine):
    store, told = Store(), list[int]()
    studio = machine.studio
    studio.cells.queue._find, studio.cells.queue._keep = store.find, store.keep
    studio.cells.queue.answered.connect(lambda _, request, __: told.append(request.sampling.seed))
    studio.cells.queue.want("test", seeds(machine, 1, 2))
    turn()
    turn()
    assert store.asked == [1, 2]
    assert cells_submitted(machine) == [], "nothing is made that may be there"
    store.answer()
    assert told == [2]
    rest(machine)
    assert (told, store.asked, store.kept) == ([2, 1], [1, 2], [1])


def test_what_a_store_finds_ends_the_work(machine):
    store, studio = Store(), machine.studio
    studio.cells.queue._find = store.find
    studio.cells.queue.want("test", seeds(machine, 2))
    turn()
    assert studio.status.status.activity == "small pictures"
    store.answer()
    assert not studio.cells.queue.is_at_work
    assert studio.status.status.activity == "idle"


def test_what_a_store_finds_too_late_is_forgotten(machine, heard):
    store, studio = Store(), machine.studio
    studio.cells.queue._find = store.find
    studio.cells.queue.want("test", seeds(machine, 2))
    turn()
    studio.cells.queue.drop("test")
    store.answer()
    assert heard.seeds() == []


def test_memory_is_bounded_by_bytes(machine):
    cells = queue(machine, memory_bytes=6)
    for seed in (1, 2, 3):
        (request,) = seeds(machine, seed)
        cells._memory.put(request, Rendered(request, picture_of(request), Timings(), ""))
    assert [cells.known(r) is not None for r in seeds(machine, 1, 2, 3)] == [False, True, True]


def test_the_cost_is_that_of_what_is_missing_by_the_learnt_pace(machine):
    cells = machine.studio.cells.queue
    wanted = seeds(machine, 1, 2, 3, 3)
    assert cost(cells, wanted) == (3, 3.0), "ten steps of 0.1 s each"
    cells.want("test", wanted[:1])
    machine.step_s = 0.2
    rest(machine)
    assert cost(cells, wanted) == (2, 4.0), "cells have a pace of their own"


actions = st.lists(
    st.sampled_from(
        ["want", "other", "drop", "edit", "grasp", "let go", "undo", "stop", "take", "step", "end"]
    ),
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(actions)
def test_whatever_happens_panes_settle_and_every_wanted_cell_is_made(qapp, drawn):
    machine = loaded(Machine(), "manga")
    try:
        for count, action in enumerate(drawn):
            act(machine, action, count)
            turn()
            assert_yields(machine)
        while machine.studio.document.is_dragging:
            machine.studio.stack.end_drag()
        machine.studio.render()
        wanted = seeds(machine, 101, 102)
        machine.studio.cells.queue.want("last", wanted)
        rest(machine)
        assert all(machine.studio.cells.queue.known(request) for request in wanted)
        assert not machine.studio.cells.queue.is_at_work
        state = machine.studio.panes.pane("current")
        assert not state.is_outdated
        assert shown_by(state).request.adapters == state.stack.applied()
    finally:
        machine.close()


def act(machine: Machine, action: str, count: int) -> None:
    studio, engine = machine.studio, machine.engine
    of_person: dict[str, Callable[[], object]] = {
        "want": lambda: studio.cells.queue.want("want", seeds(machine, count, count + 1)),
        "other": lambda: studio.cells.queue.want("other", seeds(machine, count)),
        "drop": lambda: studio.cells.queue.drop("want"),
        "edit": lambda: studio.prompt.change(prompt=f"a cat {count}"),
        "grasp": studio.stack.begin_drag,
        "let go": studio.stack.end_drag,
        "undo": studio.document.undo_stack.undo,
        "stop": studio.stop,
    }
    of_engine: dict[str, Callable[[], object]] = {
        "step": lambda: machine.step(count % 10),
        "end": machine.finish,
    }
    if action in of_person:
        of_person[action]()
    elif action == "take" and engine.running is None:
        engine.take()
    elif action in of_engine and engine.running is not None:
        of_engine[action]()


def assert_yields(machine: Machine) -> None:
    """No cell runs while a fader is held, but for one that has heard that it is to stop."""
    job = machine.engine.running
    if job is not None and isinstance(job.work, CellJob) and machine.studio.document.is_dragging:
        assert job.token.is_cancelled


def test_before_the_first_picture_nobody_knows_what_a_cell_takes(qapp):
    machine = Machine()
    request = GenerationRequest(checkpoint=CheckpointRef("demo"))
    assert machine.studio.cells.queue.cost([request]) == Cost(1, None)
    machine.close()
