"""A presenter before a room, on the bundled demo: two snapshots, cues, the stage by keyboard alone,
and the studio afterwards."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.core.outcome import Rendered
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.presenter.presenter_window import PresenterWindow
from tests.e2e.test_studio import own_folders, run_studio, settled, until
from tests.shown import shown_by
from tests.ui.focus import focused

__all__ = ["own_folders", "run_studio"]

Key = Qt.Key
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
Run = Callable[[Callable[[MainWindow], None]], None]


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(focused(), key, modifiers)
    QApplication.processEvents()


def on_stage(window: MainWindow) -> PresenterWindow:
    stage = window.stage.window
    assert stage is not None
    return stage


def seen(window: MainWindow) -> Rendered:
    """On the stage, in the place of the active pane."""
    rendered = on_stage(window).view.own.seen.rendered
    assert rendered is not None
    return rendered


def test_a_presentation(run_studio: Run, qtbot: QtBot) -> None:
    def visit(window: MainWindow) -> None:
        studio = window._controller
        until(qtbot, lambda: settled(window, "base") and settled(window, "current"))
        base = shown_by(studio.panes.pane("base"))
        strong = take_snapshots(window, qtbot)
        weak = shown_by(studio.panes.pane("current"))
        snapshots = studio.snapshots.snapshots
        for snapshot, words in zip(snapshots, ("As trained.", "Less."), strict=True):
            cue_id = studio.stage.cues.add(9, snapshot.snapshot_id)
            studio.stage.cues.say(cue_id, words)
        window.compare.take_focus()
        before, stack = focused(), studio.stack.stack
        geometry = window.saveGeometry()

        press(Key.Key_F11)
        assert seen(window).picture == weak.picture
        until(qtbot, lambda: studio.cells.queue.left("stage") == 0)
        walk_and_go_back(window, strong, weak)
        press(Key.Key_0)
        assert seen(window).picture == base.picture, "the base, bit for bit"
        press(Key.Key_0)
        assert seen(window).picture == weak.picture
        toggle_a_row(window, qtbot)
        assert seen(window).picture == weak.picture
        run_cues(window, strong, weak)

        press(Key.Key_Escape)
        assert window.stage.window is None
        assert (focused(), window.saveGeometry()) == (before, geometry)
        assert studio.stack.stack == stack
        until(qtbot, lambda: settled(window, "current"))
        assert shown_by(studio.panes.pane("current")).picture == weak.picture

    run_studio(visit)


def take_snapshots(window: MainWindow, qtbot: QtBot) -> Rendered:
    """One of the first rows, and one with the first of them weaker; the picture of the former."""
    studio = window._controller
    strong = shown_by(studio.panes.pane("current"))
    press(Key.Key_N, CONTROL | SHIFT)
    studio.stack.set_scale(studio.stack.stack.entries[0].entry_id, 0.3)
    until(qtbot, lambda: settled(window, "current"))
    press(Key.Key_N, CONTROL | SHIFT)
    assert len(studio.snapshots.snapshots) == 2
    return strong


def walk_and_go_back(window: MainWindow, strong: Rendered, weak: Rendered) -> None:
    """At once: both pictures are there."""
    press(Key.Key_Right)
    assert seen(window).picture == strong.picture
    press(Key.Key_Left)
    assert seen(window).picture == weak.picture


def toggle_a_row(window: MainWindow, qtbot: QtBot) -> None:
    studio = window._controller
    first = studio.stack.stack.entries[0]
    press(Key.Key_1)
    assert not studio.stack.stack.entry(first.entry_id).is_enabled
    until(qtbot, lambda: first.sha256 not in [a.sha256 for a in seen(window).request.adapters])
    press(Key.Key_1)


def run_cues(window: MainWindow, strong: Rendered, weak: Rendered) -> None:
    said = []
    for key, picture in ((Key.Key_Space, strong), (Key.Key_PageDown, weak)):
        press(key)
        said.append(on_stage(window).view.sentence.words)
        assert seen(window).picture == picture.picture
    assert said == ["As trained.", "Less."]
