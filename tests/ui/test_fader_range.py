"""How far a row's fader goes: from its menu, in a dialog, and what stays as it is."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.range_menu import RangeDialog, RangeMenu
from loraviewer.ui.strips.strength_slider import StrengthSlider
from tests.ui.fakes import Desk, entry

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def rows(window: MainWindow, controller: Desk) -> MainWindow:
    for name in ("manga", "birds"):
        controller.stack.add(entry(name, 0.5))
    QApplication.processEvents()
    window.activateWindow()
    return window


def faders(window: MainWindow, row: int = 0) -> list[StrengthSlider]:
    strip = window.stack_panel.strips.strips()[row]
    return [s for s in strip.findChildren(StrengthSlider) if not s.isHidden()]


def menu_of(window: MainWindow, row: int = 0) -> RangeMenu:
    controls = window.stack_panel.strips.strips()[row]._controls
    assert controls is not None
    controls.menu.aboutToShow.emit()
    (menu,) = controls.findChildren(RangeMenu)
    assert any(action.menu() is menu for action in controls.menu.actions())
    return menu


def choose(menu: QMenu, text: str) -> None:
    next(action for action in menu.actions() if action.text() == text).trigger()
    QApplication.processEvents()


def checked(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if action.isChecked()]


def drag_to_the_end(fader: StrengthSlider) -> None:
    y = fader.height() // 2
    QTest.mousePress(fader, LEFT, pos=QPoint(fader.width() // 2, y))
    QTest.mouseMove(fader, QPoint(fader.width() + 50, y))
    QTest.mouseRelease(fader, LEFT, pos=QPoint(fader.width() + 50, y))


def test_a_fader_reaches_from_minus_1_to_2_before_anything_is_chosen(
    rows: MainWindow, controller: Desk
) -> None:
    assert faders(rows)[0].ends == (-1.0, 2.0)
    assert checked(menu_of(rows)) == ["−1 … 2"]
    drag_to_the_end(faders(rows)[0])
    assert controller.stack.stack.entries[0].scale == 2.0


def test_a_preset_is_one_step_for_both_of_its_faders(rows: MainWindow, controller: Desk) -> None:
    controller.stack.set_text_scale("manga", 0.25)
    steps = controller.document.undo_stack.count()
    choose(menu_of(rows), "−15 … 15")
    assert [fader.ends for fader in faders(rows)] == [(-15.0, 15.0)] * 2
    assert faders(rows, 1)[0].ends == (-1.0, 2.0)
    assert controller.document.undo_stack.count() == steps + 1
    assert controller.document.undo_stack.undoText() == "Fader of manga from −15 to 15"
    assert checked(menu_of(rows)) == ["−15 … 15"]
    drag_to_the_end(faders(rows)[0])
    assert controller.stack.stack.entries[0].scale == 15.0
    for _ in range(2):
        controller.document.undo_stack.undo()
    assert [fader.ends for fader in faders(rows)] == [(-1.0, 2.0)] * 2


def test_a_strength_beyond_a_narrower_range_stays(rows: MainWindow, controller: Desk) -> None:
    controller.stack.set_scale("manga", 1.75)
    choose(menu_of(rows), "0 … 1")
    fader = faders(rows)[0]
    assert (fader.strength, controller.stack.stack.entries[0].scale) == (1.75, 1.75)
    assert (fader.minimum(), fader.maximum(), fader.value()) == (0, 100, 100)


def test_no_picture_is_asked_for(rows: MainWindow, controller: Desk) -> None:
    controller.render()
    QApplication.processEvents()
    before = len(controller.works)
    choose(menu_of(rows), "−5 … 5")
    assert len(controller.works) == before


def test_selected_rows_get_it_together(rows: MainWindow, controller: Desk) -> None:
    rows.stack_panel.strips.selection.select_all()
    choose(menu_of(rows), "−5 … 5")
    assert [row.fader_range for row in controller.stack.stack.entries] == [(-5.0, 5.0)] * 2


def test_any_other_range_is_typed(rows: MainWindow, controller: Desk, qtbot: QtBot) -> None:
    choose(menu_of(rows), "Other…")
    (dialog,) = rows.findChildren(RangeDialog)
    lowest, highest = dialog.ends
    assert (lowest.text(), highest.text()) == ("-1.00", "2.00")
    type_into(lowest, "-0,5")
    type_into(highest, "-3")
    dialog.accept()
    assert dialog.isVisible()
    assert dialog.problem == "A fader must end at least 0.01 above where it begins."
    type_into(highest, "a lot")
    dialog.accept()
    assert dialog.problem.startswith("To must be a number between")
    type_into(highest, "3")
    dialog.accept()
    assert controller.stack.stack.entries[0].fader_range == (-0.5, 3.0)
    assert faders(rows)[0].ends == (-0.5, 3.0)
    assert checked(menu_of(rows)) == ["Other: −0.5 … 3…"]


def type_into(field, text: str) -> None:
    field.selectAll()
    QTest.keyClicks(field, text)


def test_a_dialog_that_is_given_up_changes_nothing(rows: MainWindow, controller: Desk) -> None:
    before = controller.document.document
    choose(menu_of(rows), "Other…")
    (dialog,) = rows.findChildren(RangeDialog)
    type_into(dialog.ends[0], "-7")
    dialog.reject()
    assert controller.document.document == before
    assert checked(menu_of(rows)) == ["−1 … 2"]


def test_a_row_that_went_meanwhile_is_not_missed(rows: MainWindow, controller: Desk) -> None:
    choose(menu_of(rows), "Other…")
    (dialog,) = rows.findChildren(RangeDialog)
    controller.stack.remove("manga")
    QApplication.processEvents()
    dialog.accept()
    assert [row.fader_range for row in controller.stack.stack.entries] == [None]
