"""A ready scene of all the demo's small adapters: unfolded off the GUI thread, then read."""

import threading

from pytestqt.qtbot import QtBot

from loraviewer.bridge.services import DemoAdapter
from loraviewer.core.examples import Example, ExampleRow
from loraviewer.core.experiments.claims import CROWD
from loraviewer.core.outcome import Failure, FileError
from tests.ui.fakes import Desk

SCENE = Example("Crowded", "", "a cat", 1, (ExampleRow(CROWD, 0.5), ExampleRow("birds")))
OTHER = Example("Other", "", "a dog", 2, (ExampleRow("birds"),))
BIRDS = (DemoAdapter("birds", "/demo/birds.safetensors"),)
MANY = ("/crowd/one.safetensors", "/crowd/birds.safetensors")


def test_each_is_a_row_of_its_own(qapp, qtbot: QtBot) -> None:
    threads = []

    def unfold() -> tuple[str, ...]:
        threads.append(threading.current_thread())
        return MANY

    desk = Desk(BIRDS, unfold_crowd=unfold)
    try:
        with qtbot.waitSignal(desk.examples.opened):
            desk.examples.open(SCENE)
        rows = [(row.path, row.scale) for row in desk.stack.stack.entries]
        assert rows == [(MANY[0], 0.5), (MANY[1], 0.5), (BIRDS[0].path, 1.0)]
        assert desk.prompt.sampling.prompt == "a cat"
        assert threads != [threading.main_thread()]
        desk.document.undo_stack.undo()
        assert not desk.stack.stack.entries, "all of it is one step"
    finally:
        desk.dispose()


def test_what_cannot_be_unfolded_is_told(qapp, qtbot: QtBot) -> None:
    def unfold() -> tuple[str, ...]:
        raise FileError("There is no crowd.")

    desk = Desk(BIRDS, unfold_crowd=unfold)
    try:
        told: list[Failure] = []
        desk.notice.connect(told.append)
        desk.examples.open(SCENE)
        qtbot.waitUntil(lambda: bool(told))
        assert told[0].message == "There is no crowd."
        assert not desk.stack.stack.entries
    finally:
        desk.dispose()


def test_another_scene_that_is_opened_meanwhile_stays(qapp, qtbot: QtBot) -> None:
    may_go = threading.Event()

    def unfold() -> tuple[str, ...]:
        assert may_go.wait(10)
        return MANY

    desk = Desk(BIRDS, unfold_crowd=unfold)
    try:
        desk.examples.open(SCENE)
        with qtbot.waitSignal(desk.examples.opened):
            desk.examples.open(OTHER)
        may_go.set()
        assert desk._tasks.finish()
        assert desk.prompt.sampling == OTHER.sampling
        assert [row.path for row in desk.stack.stack.entries] == [BIRDS[0].path]
    finally:
        desk.dispose()
