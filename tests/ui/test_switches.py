"""All off and on again, rows that are off, and what undo says: the window answers every move."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.core.draft_ways import DraftWay
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.strength_slider import StrengthSlider
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.demo_tiles import DemoTiles
from tests.ui.fakes import Desk, entry
from tests.ui.test_stack_panel import trigger

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def rows(window: MainWindow, controller: Desk) -> MainWindow:
    for name in ("manga", "birds", "neon"):
        controller.stack.add(entry(name, 0.5))
    controller.stack.set_enabled("birds", False)
    QApplication.processEvents()
    return window


def on(controller: Desk) -> list[str]:
    return [row.name for row in controller.stack.stack.entries if row.is_enabled]


def button(window: MainWindow, text: str) -> IconButton:
    found = window.stack_panel.findChildren(IconButton)
    return next(b for b in found if b.text() == text)


def test_all_off_pressed_again_restores_what_was_on(rows: MainWindow, controller: Desk) -> None:
    controller.stack.set_solo("neon", True)
    QTest.mouseClick(button(rows, "All off"), LEFT)
    assert on(controller) == []
    assert rows.actions_table["all_off"].text() == "On again"
    QTest.mouseClick(button(rows, "On again"), LEFT)
    assert on(controller) == ["manga", "neon"]
    assert [row.is_solo for row in controller.stack.stack.entries] == [False, False, True]
    assert button(rows, "All off").isEnabled()


def test_what_was_on_is_known_whatever_happens_between(rows: MainWindow, controller: Desk) -> None:
    history = controller.document.undo_stack
    controller.stack.all_off()
    history.undo()
    history.redo()
    controller.stack.remove("manga")
    controller.stack.move("neon", 0)
    controller.stack.set_scale("neon", 0.9)
    controller.stack.all_off()
    assert on(controller) == ["neon"]
    assert controller.stack.stack.entries[0].scale == 0.9
    history.undo()
    assert on(controller) == []


def test_all_off_has_nothing_to_do_where_nothing_was_on(window: MainWindow, controller) -> None:
    all_off = window.actions_table["all_off"]
    assert not all_off.isEnabled()
    controller.stack.add(entry("manga", is_enabled=False))
    assert not all_off.isEnabled()
    controller.stack.set_enabled("manga", True)
    assert all_off.isEnabled()


def texts(row: QWidget) -> list[str]:
    return [label.text() for label in row.findChildren(QLabel) if label.isVisible()]


def fader(window: MainWindow, row: int) -> StrengthSlider:
    return window.stack_panel.strips.strips()[row].findChildren(StrengthSlider)[0]


def move(fader: StrengthSlider, x: int = 20) -> None:
    QTest.mouseClick(fader, LEFT, pos=QPoint(x, 12))


OFF = "This row is off; switch it on to see its strength."
SOLOED = "Another row is soloed; solo this one too to see its strength."


def test_a_moved_fader_of_a_row_that_is_off_says_so(rows: MainWindow, controller: Desk) -> None:
    row = rows.stack_panel.strips.strips()[1]
    assert OFF not in texts(row)
    move(fader(rows, 1))
    assert OFF in texts(row)
    controller.stack.set_enabled("birds", True)
    assert OFF not in texts(row)
    move(fader(rows, 0))
    assert OFF not in texts(rows.stack_panel.strips.strips()[0])


def test_a_typed_strength_of_a_row_that_is_off_says_so(rows: MainWindow, controller: Desk) -> None:
    trigger(rows.stack_panel.strips.strips()[1], "Reset to 1.0")
    controller.stack.set_text_scale("birds", 0.5)
    text_fader = rows.stack_panel.strips.strips()[1].findChildren(StrengthSlider)[1]
    move(text_fader)
    assert OFF in texts(rows.stack_panel.strips.strips()[1])


def test_a_row_that_a_solo_silences_says_that(rows: MainWindow, controller: Desk) -> None:
    controller.stack.set_solo("neon", True)
    move(fader(rows, 0))
    assert SOLOED in texts(rows.stack_panel.strips.strips()[0])


def test_the_master_says_that_no_row_is_on(rows: MainWindow, controller: Desk) -> None:
    master = next(
        s for s in rows.stack_panel.findChildren(StrengthSlider) if s.accessibleName() == "Master"
    )
    words = "No row is on; the master changes nothing."
    move(master)
    assert words not in texts(rows.stack_panel)
    controller.stack.all_off()
    move(master, 60)
    assert words in texts(rows.stack_panel)
    controller.stack.all_off()
    assert words not in texts(rows.stack_panel)


def test_the_master_says_that_it_leaves_rows_for_drafts_alone(
    window: MainWindow, controller: Desk
) -> None:
    controller.stack.add(entry("lcm", for_drafts=DraftWay("lcm")))
    (master,) = [
        s for s in window.stack_panel.findChildren(StrengthSlider) if s.accessibleName() == "Master"
    ]
    move(master)
    assert "Only rows for drafts are on; the master leaves those alone." in texts(
        window.stack_panel
    )


def test_both_faders_of_a_row_are_of_one_length(rows: MainWindow, controller: Desk) -> None:
    controller.stack.set_text_scale("manga", 0.5)
    QApplication.processEvents()
    row = rows.stack_panel.strips.strips()[0]
    main, text = row.findChildren(StrengthSlider)
    assert (main.mapTo(row, QPoint()).x(), main.width()) == (
        text.mapTo(row, QPoint()).x(), text.width()
    )  # fmt: skip
    assert {"Picture", "Text"} <= set(texts(row))
    controller.stack.set_text_scale("manga", None)
    assert "Picture" not in texts(row)


def said(action: QAction) -> tuple[str, str]:
    return action.text(), action.toolTip()


def test_undo_and_redo_say_what_they_would_do(window: MainWindow, controller: Desk) -> None:
    undo, redo = window.actions_table["undo"], window.actions_table["redo"]
    controller.stack.add(entry("Q&A <b>"))
    assert undo.text() == "Undo: Add Q&&A <b>"
    assert "Undo: Add Q&amp;A &lt;b&gt; (Ctrl+Z)" in undo.toolTip()
    controller.stack.set_scale("Q&A <b>", 0.3)
    assert undo.text() == "Undo: Strength of Q&&A <b> to 0.3"
    undo.trigger()
    assert redo.text() == "Redo: Strength of Q&&A <b> to 0.3"
    undo.trigger()
    assert said(undo) == ("Undo", "Take back the last change of stack or prompt. (Ctrl+Z)")


def test_what_undo_says_is_short(window: MainWindow, controller: Desk) -> None:
    controller.stack.add(entry("x" * 250))
    assert len(window.actions_table["undo"].text()) < 64


class TestStart:
    """The page of an empty stack is for an empty stack, not for one that is being read."""

    @pytest.fixture
    def early(self, qtbot: QtBot, controller: Desk, geometry) -> MainWindow:
        controller.intake.expect()
        shown = MainWindow(controller, geometry)
        qtbot.addWidget(shown)
        shown.show()
        return shown

    @staticmethod
    def begins(window: MainWindow) -> bool:
        """Whether the panel says how to begin."""
        tiles = window.stack_panel.findChildren(DemoTiles)
        return any(tile.isVisible() for tile in tiles)

    def test_nothing_flashes_up_before_the_rows(
        self, qtbot: QtBot, early: MainWindow, controller: Desk
    ) -> None:
        assert not self.begins(early)
        seen: list[bool] = []
        controller.intake.reading_changed.connect(lambda *_: seen.append(self.begins(early)))
        controller.intake.start_with([("/a/manga.safetensors", 0.5, True)])
        qtbot.waitUntil(lambda: len(early.stack_panel.strips.strips()) == 1)
        assert not any(seen)
        early.close()

    @pytest.mark.parametrize("paths", [[], ["/a/truncated.safetensors"]])
    def test_where_no_row_comes_it_says_how_to_begin(
        self, qtbot: QtBot, early: MainWindow, controller: Desk, paths: list[str]
    ) -> None:
        controller.intake.add(paths)
        qtbot.waitUntil(lambda: self.begins(early))
        early.close()

    def test_a_start_that_is_stopped_says_how_to_begin(self, early, controller: Desk) -> None:
        controller.stop()
        assert self.begins(early)
        early.close()


def test_escape_with_nothing_under_way_is_no_stop(window: MainWindow, controller: Desk) -> None:
    window.activateWindow()
    controller.status.change(activity="idle")
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.status_line.times == "idle"
    controller.prompt.change(seed=3)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.status_line.times == "stopped"
