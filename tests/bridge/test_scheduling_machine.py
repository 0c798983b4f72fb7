"""Any history of edits, drags, undos, answers, cancels, loads, failures ends in true pictures."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from loraviewer.bridge.rendering.jobs import RenderJob
from loraviewer.core.document import LAYOUTS, Layout
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.pane import PaneState
from loraviewer.core.settings import Settings
from loraviewer.core.stack import StackEntry
from tests import health_checks
from tests.bridge.machine import Machine
from tests.shown import shown_by

NAMES = ("manga", "birds", "neon")
BASES = ("demo", "other")
FAILURES = (
    Failure(FailureKind.MERGE, "It is not finite.", subject="manga"),
    Failure(FailureKind.ADAPTER, "It is no longer there.", subject="manga"),
    Failure(FailureKind.MEMORY, "There is not enough memory."),
    Failure(FailureKind.INTERNAL, "Something unexpected went wrong."),
)
SEEDS = st.integers(0, 2)
SCALES = st.sampled_from([0.0, 0.5, 0.55, 1.0])
BLOCKS = st.sampled_from(["IN04", "TE1.03"])


class Scheduling(RuleBasedStateMachine):
    """The right picture of a pane is what its stack and the prompt ask for, computed afresh from
    the document; whatever claims to be current must be that."""

    @initialize(step_s=st.sampled_from([0.01, 0.4]), is_live=st.booleans())
    def begin(self, step_s: float, is_live: bool) -> None:
        self.machine = Machine(Settings(is_live=is_live), step_s)
        self.studio = self.machine.studio
        self.engine = self.machine.engine
        self.is_stopped = False
        self.looked_at: list[str] = []
        self.studio.base.open("demo")
        self.machine.drain()

    def teardown(self) -> None:
        if hasattr(self, "machine"):
            self.end()
            self.machine.close()

    # What a person does.

    @rule(seed=SEEDS)
    def change_seed(self, seed: int) -> None:
        self.studio.prompt.change(seed=seed)

    @rule(name=st.sampled_from(NAMES))
    def add(self, name: str) -> None:
        if name not in self.rows() and not self.studio.stack.is_base:
            self.studio.stack.add(StackEntry(entry_id=name, name=name, path=name, sha256=name))

    @rule(name=st.sampled_from(NAMES))
    def remove(self, name: str) -> None:
        if name in self.rows():
            self.studio.stack.remove(name)

    @rule(name=st.sampled_from(NAMES), on=st.booleans(), insists=st.booleans())
    def switch(self, name: str, on: bool, insists: bool) -> None:
        if name in self.rows():
            base = self.studio.adapters.base_identity if insists else ""
            self.studio.stack.set_enabled(name, on, base)

    @rule(name=st.sampled_from(NAMES), scale=SCALES)
    def set_scale(self, name: str, scale: float) -> None:
        if name in self.rows():
            self.studio.stack.set_scale(name, scale)

    @rule(name=st.sampled_from(NAMES), block=BLOCKS, factor=SCALES)
    def paint(self, name: str, block: str, factor: float) -> None:
        if name in self.rows():
            painted = dict(self.studio.stack.stack.entry(name).block_scales)
            self.studio.stack.set_block_scales(name, painted | {block: factor})

    @rule()
    def begin_drag(self) -> None:
        self.studio.stack.begin_drag()

    @rule()
    def end_drag(self) -> None:
        self.studio.stack.end_drag()

    @rule()
    def undo(self) -> None:
        self.studio.document.undo_stack.undo()

    @rule()
    def redo(self) -> None:
        self.studio.document.undo_stack.redo()

    @rule()
    def pin(self) -> None:
        self.studio.places.pin()

    @rule()
    def duplicate(self) -> None:
        self.studio.places.duplicate()

    @rule()
    def close_pane(self) -> None:
        self.studio.places.close_active()

    @rule()
    def go_to_next_pane(self) -> None:
        self.studio.places.activate_next()

    @rule()
    def swap_panes(self) -> None:
        self.studio.places.swap(self.studio.document.document.panes[-1].pane_id)

    @rule(on=st.booleans())
    def freeze(self, on: bool) -> None:
        self.studio.places.set_frozen(self.studio.document.document.active, on)

    @rule(layout=st.sampled_from(LAYOUTS))
    def show_panes(self, layout: Layout) -> None:
        self.studio.places.set_layout(layout)

    @rule(places=st.sets(st.integers(0, 5), max_size=2))
    def look_at_panes(self, places: set[int]) -> None:
        """Out of their places, whether the layout shows them or not."""
        ids = [pane.pane_id for pane in self.studio.document.document.panes]
        self.looked_at = [ids[place] for place in places if place < len(ids)]
        self.studio.look_at(self.looked_at)

    @rule(path=st.sampled_from(BASES))
    def load(self, path: str) -> None:
        self.studio.base.open(path)

    @rule()
    def cancel_load(self) -> None:
        self.studio.base.cancel()

    @rule()
    def stop(self) -> None:
        self.studio.stop()
        self.is_stopped = True

    @rule()
    def render(self) -> None:
        self.studio.render()
        self.is_stopped = False

    @rule(is_live=st.booleans())
    def set_live(self, is_live: bool) -> None:
        self.studio.set_live(is_live)

    @rule()
    def look_again(self) -> None:
        self.studio.look_again()

    @rule(misfits=st.sets(st.sampled_from(NAMES), max_size=2))
    def files_change(self, misfits: set[str]) -> None:
        self.machine.misfits = misfits

    # What time and the engine do.

    @rule(seconds=st.sampled_from([0.05, 0.3, 4.0]))
    def wait(self, seconds: float) -> None:
        self.machine.clock.advance(seconds)

    @precondition(lambda self: self.engine.running is None)
    @rule()
    def take(self) -> None:
        self.engine.take()

    @precondition(lambda self: self.is_rendering())
    @rule(step=st.integers(0, 10))
    def progress(self, step: int) -> None:
        before = {pane_id: self.pane(pane_id) for pane_id in self.wanted()}
        self.machine.step(step)
        for pane_id in before:
            self.check_nothing_got_worse(before[pane_id], self.pane(pane_id))

    @precondition(lambda self: self.engine.running is not None)
    @rule()
    def finish(self) -> None:
        self.machine.finish()

    @precondition(lambda self: self.engine.running is not None)
    @rule()
    def finish_although_cancelled(self) -> None:
        self.machine.finish_late()

    @precondition(lambda self: self.engine.running is not None)
    @rule(failure=st.sampled_from(FAILURES))
    def fail(self, failure: Failure) -> None:
        self.engine.finish(failure)

    @rule()
    def let_it_finish(self) -> None:
        """Without anybody asking again, what is wished for is shown, or why it cannot be."""
        self.machine.drain()
        if self.studio.settings.settings.is_live and not self.is_stopped:
            for pane_id in self.wanted():
                state = self.pane(pane_id)
                assert not state.is_outdated or state.failure is not None, pane_id

    # What must be true.

    @invariant()
    def what_claims_to_be_current_is_right(self) -> None:
        for pane in self.studio.document.document.panes:
            state = self.pane(pane.pane_id)
            if state.shown is not None and not state.is_outdated:
                self.check_right(state)

    @invariant()
    def steps_are_of_one_job(self) -> None:
        for pane in self.studio.document.document.panes:
            state = self.pane(pane.pane_id)
            assert 0 <= state.step <= max(state.steps, 0)

    @invariant()
    def switches_are_the_persons(self) -> None:
        """Nothing is ever switched but by the rules above, each of which is undoable."""
        assert self.studio.stack.stack == self.studio.document.document.stack

    def end(self) -> None:
        """Everything that can be answered is answered; then nothing is stale."""
        while self.studio.stack.is_dragging:
            self.studio.stack.end_drag()
        self.let_it_finish()
        self.studio.render()
        self.machine.drain()
        for pane_id in self.wanted():
            state = self.pane(pane_id)
            assert not state.is_busy
            assert state.preview is None
            assert not state.is_outdated, "rendering was asked for and nothing failed"
            assert state.failure is None
            self.check_right(state)
            assert not shown_by(state).request.is_draft

    # How it is known.

    def rows(self) -> set[str]:
        return {entry.entry_id for entry in self.studio.stack.stack.entries}

    def wanted(self) -> list[str]:
        return [pane.pane_id for pane in self.studio.document.document.wanted(self.looked_at)]

    def pane(self, pane_id: str) -> PaneState:
        return self.studio.panes.pane(pane_id)

    def is_rendering(self) -> bool:
        running = self.engine.running
        return running is not None and isinstance(running.work, RenderJob)

    def check_right(self, state: PaneState) -> None:
        document = self.studio.document.document
        request = shown_by(state).request
        stack = document.pane(state.pane_id).stack
        muted = self.studio.adapters.muted(stack)
        assert request.adapters == stack.without_muted(muted).applied()
        assert request.sampling.seed == document.sampling_of(state.pane_id).seed
        assert self.studio.base.info is not None
        assert request.checkpoint.identity == self.studio.base.info.identity
        is_held = state.pane_id == document.active and self.studio.stack.is_dragging
        assert is_held or not request.is_draft

    def check_nothing_got_worse(self, before: PaneState, after: PaneState) -> None:
        """A draft of the picture under way is not replaced by its first steps."""
        if before.shown is None or not before.shown.request.is_draft or before.preview is not None:
            return
        own = self.studio.document.document.sampling_of(before.pane_id)
        if before.shown.request.sampling.seed == own.seed:
            assert after.picture() is before.picture()


def run(examples: int) -> None:
    run_state_machine_as_test(
        Scheduling,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            database=None,
            suppress_health_check=health_checks.ALL,
        ),
    )


def test_no_history_ends_in_a_stale_picture(qapp):
    run(300)


@pytest.mark.fuzz
def test_none_of_ten_thousand_histories_ends_in_a_stale_picture(qapp):
    run(10_000)
