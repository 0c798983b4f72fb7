"""What the menu of a snapshot offers."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import Desk
from tests.ui.pane_windows import SHIFT, press
from tests.ui.snapshots.shown_rows import Key, choose, editor, names, open_menu, rows, scale


def test_the_menu_does_all_that_can_be_done(taken: MainWindow, controller: Desk, menus) -> None:
    choose(open_menu(taken, 0), "Apply")
    assert scale(controller) == 0.1
    controller.stack.set_scale("manga", 0.9)
    choose(open_menu(taken, 1), "Update to the present")
    assert names(taken)[1] == "manga .9"
    choose(open_menu(taken, 1), "Copy name")
    assert QGuiApplication.clipboard().text() == "manga .9"
    choose(open_menu(taken, 0), "Delete")
    assert names(taken) == ["manga .9", "manga .3"]
    choose(open_menu(taken, 1), "Rename…")
    QTest.keyClicks(editor(taken), "x")
    press(taken, Key.Key_Return)
    assert names(taken) == ["manga .9", "x"]


def test_prompt_and_seed_come_back_where_asked_for(
    taken: MainWindow, controller: Desk, menus
) -> None:
    controller.prompt.change(prompt="a green cat", seed=99)
    choose(open_menu(taken, 0), "Apply with prompt and seed")
    assert (scale(controller), controller.prompt.sampling.seed) == (0.1, 7)
    taken.actions_table["undo"].trigger()
    assert controller.prompt.sampling.prompt == "a green cat"


def test_the_menu_opens_by_key_for_the_current_row(taken: MainWindow, menus) -> None:
    rows(taken).setFocus()
    rows(taken).setCurrentIndex(rows(taken).model().index(1, 0))
    press(taken, Key.Key_F10, SHIFT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    choose(menu, "Delete")
    assert names(taken) == ["manga .1", "manga .3"]
