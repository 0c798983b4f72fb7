"""Whatever a person did, and however the engine's answers fell in between, what is shown in the end
is byte for byte what a fresh engine makes of the document."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.app.services import services
from loraviewer.bridge.controller import StudioController
from loraviewer.bridge.rendering.engine_thread import EngineThread
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Rendered
from loraviewer.core.settings import Settings
from loraviewer.engine.studio_engine import StudioEngine
from tests.engine import tiny
from tests.listeners import silent

PANES = ("base", "current")
SCALES = (0.0, 0.4, 0.45, 1.0)
BLOCKS = ("IN04", "TE1.00", "TE1.01", "M00")
PATIENCE_MS = 60_000


def quiet_engine(dtype: str) -> StudioEngine:
    """On one thread, as its peer is: sums of other threads may differ in their last digit."""
    torch.set_num_threads(1)
    return StudioEngine("cpu", dtype)


class Desk:
    """The studio without its window, over the real engine, and an engine of the same kind that
    only ever renders directly."""

    def __init__(self, folder: Path, cache: Path, dtype: str, qtbot: QtBot) -> None:
        self.bases = (str(folder / "sd"), str(folder / "half"))
        self.qtbot = qtbot
        thread = EngineThread(lambda: quiet_engine(dtype))
        self.studio = StudioController(thread, services(cache), Settings())
        self.peer = quiet_engine(dtype)
        self.peer_base = ""
        self.studio.start()
        self.studio.base.open(self.bases[0])
        self.until(lambda: self.studio.base.info is not None)
        sampling = self.studio.prompt.sampling
        sampling = msgspec.structs.replace(
            sampling, prompt="a red cat", width=32, height=32, steps=6
        )
        self.studio.prompt.reset(sampling)
        # Strong words: a rounding step of the text encoder is then seen in the picture.
        words = tiny.write_lora(cache / "words.safetensors", 2, with_text=True, strength=3.0)
        self.studio.intake.add([str(folder / "style.safetensors"), str(words)])
        self.until(lambda: len(self.rows) == 2)

    @property
    def rows(self) -> list[str]:
        return [entry.entry_id for entry in self.studio.stack.stack.entries]

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    # -- what a person does -----------------------------------------------------------------

    def seed(self, number: int) -> None:
        self.studio.prompt.change(seed=number % 3)

    def words(self, number: int) -> None:
        self.studio.prompt.change(prompt="a red cat" if number % 2 else "a blue dog")

    def sampler(self, number: int) -> None:
        self.studio.prompt.change(sampler=("DPM++ 2M", "Euler a", "LCM")[number % 3])

    def drag(self, number: int) -> None:
        """Up to three moves, with what answers come in between."""
        stack = self.studio.stack
        if not self.rows:
            return
        row = self.rows[number % len(self.rows)]
        stack.begin_drag()
        for move in range(1 + number % 3):
            stack.set_scale(row, SCALES[(number + move) % len(SCALES)])
            self.answers(number >> move)
        if number % 4:  # most hands let go once they have seen the draft
            self.until(lambda: not self.studio.panes.pane("current").is_busy)
        stack.end_drag()

    def text_strength(self, number: int) -> None:
        if self.rows:
            scale = None if number % 3 == 0 else SCALES[number % len(SCALES)]
            self.studio.stack.set_text_scale(self.rows[-1], scale)

    def paint(self, number: int) -> None:
        """Over up to three blocks in one drag, with what answers come in between."""
        stack = self.studio.stack
        if not self.rows:
            return
        row = self.rows[number % len(self.rows)]
        stack.begin_drag()
        painted = dict(stack.stack.entry(row).block_scales)
        for move in range(1 + number % 3):
            painted[BLOCKS[(number + move) % len(BLOCKS)]] = SCALES[(number >> move) % len(SCALES)]
            stack.set_block_scales(row, painted)
            self.answers(number >> move)
        if number % 4:
            self.until(lambda: not self.studio.panes.pane("current").is_busy)
        stack.end_drag()

    def master(self, number: int) -> None:
        self.studio.stack.set_master((1.0, 0.5)[number % 2])

    def switch(self, number: int) -> None:
        if self.rows:
            row = self.rows[number % len(self.rows)]
            self.studio.stack.set_enabled(row, bool(number & 2))

    def undo(self, number: int) -> None:
        history = self.studio.document.undo_stack
        if history.index() > 1:  # but for the rows themselves
            history.undo()

    def redo(self, number: int) -> None:
        self.studio.document.undo_stack.redo()

    def load(self, number: int) -> None:
        self.studio.base.open(self.bases[number % 2])

    def stop(self, number: int) -> None:
        self.studio.stop()

    def answers(self, number: int) -> None:
        """Let the engine say something, or not: a few turns of the event loop, or one answer."""
        if number % 4 == 3 and self.studio.panes.is_busy:
            with self.qtbot.waitSignal(self.studio.panes.pane_changed, timeout=PATIENCE_MS):
                pass
        for _ in range(number % 4):
            QApplication.processEvents()

    # -- what must be true ------------------------------------------------------------------

    def check(self) -> None:
        self.until(lambda: not self.studio.base.is_loading)
        self.studio.render()
        self.until(lambda: all(self.is_settled(pane_id) for pane_id in PANES))
        document, base = self.studio.document.document, self.studio.base.info
        assert base is not None
        for pane_id in PANES:
            shown = self.shown(pane_id)
            assert shown.request.adapters == document.pane(pane_id).stack.applied()
            assert shown.request.sampling == document.sampling
            assert shown.request.checkpoint.identity == base.identity
            made = self.directly(shown, base.source)
            assert shown.picture == made.picture
            assert shown.fingerprint == made.fingerprint != ""

    def is_settled(self, pane_id: str) -> bool:
        state = self.studio.panes.pane(pane_id)
        assert state.failure is None, state.failure
        is_draft = state.shown is None or state.shown.request.is_draft
        return not (is_draft or state.is_busy or state.is_outdated)

    def shown(self, pane_id: str) -> Rendered:
        shown = self.studio.panes.pane(pane_id).shown
        assert shown is not None
        return shown

    def directly(self, shown: Rendered, base: str) -> Rendered:
        if base != self.peer_base:
            self.peer.load_checkpoint(base, CancelToken(), silent)
            self.peer_base = base
        self.peer.recover()  # nothing is left of the picture before
        return self.peer.render(shown.request, CancelToken(), lambda _: None)


ACTIONS = (
    *["drag"] * 6,
    *["paint"] * 4,
    "seed",
    "words",
    "sampler",
    "text_strength",
    "master",
    "switch",
)
RARE = ("undo", "redo", "load", "stop", "answers")


@pytest.fixture(params=[pytest.param("float32", marks=pytest.mark.long), "bfloat16"])
def desk(request, tiny_folder, tmp_path, qtbot) -> Iterator[Desk]:
    threads = torch.get_num_threads()
    desk = Desk(tiny_folder, tmp_path, request.param, qtbot)
    yield desk
    desk.studio.close()
    torch.set_num_threads(threads)


HISTORIES = st.lists(
    st.tuples(st.sampled_from((*ACTIONS, *RARE)), st.integers(0, 63)), min_size=1, max_size=12
)


@settings(
    max_examples=8,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=HISTORIES)
def test_what_is_shown_is_what_a_fresh_engine_makes(desk, history):
    """One desk for all examples: each begins where the one before ended."""
    act_and_check(desk, history)


@pytest.mark.fuzz
@settings(
    max_examples=120,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=HISTORIES)
def test_so_it_is_after_hundreds_of_actions(desk, history):
    act_and_check(desk, history)


def act_and_check(desk, history):
    for action, number in history:
        getattr(desk, action)(number)
    desk.check()
