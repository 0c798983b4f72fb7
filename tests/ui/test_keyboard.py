"""Everything by keyboard: rows, regions, menus, and the base while a key is held."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QWidget,
)
from pytestqt.qtbot import QtBot

from loraviewer.bridge.rendering.jobs import RenderJob
from loraviewer.bridge.services import DemoAdapter
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.number_edit import NumberEdit
from tests.ui.fakes import Desk, entry, plain_picture, rendered
from tests.ui.focus import focused

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def rows(window: MainWindow, controller: Desk) -> MainWindow:
    for name in ("manga", "birds", "neon"):
        controller.stack.add(entry(name, 0.5))
    QApplication.processEvents()
    window.activateWindow()
    return window


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(focused(), key, modifiers)
    QApplication.processEvents()


def names(controller: Desk) -> list[str]:
    return [row.name for row in controller.stack.stack.entries]


def row_with_keyboard(window: MainWindow) -> str:
    found = [strip for strip in window.stack_panel.strips.strips() if strip.has_keyboard]
    return found[0].entry.name if found else ""


def named(window: QWidget, kind: type, name: str):
    return next(w for w in window.findChildren(kind) if w.accessibleName() == name)


@pytest.mark.parametrize(("key", "name"), [
    (Qt.Key.Key_1, "manga"), (Qt.Key.Key_3, "neon"), (Qt.Key.Key_9, "manga"),
])  # fmt: skip
def test_control_and_a_figure_go_to_a_row(rows: MainWindow, key: Qt.Key, name: str) -> None:
    rows.stack_panel.go_to_row(0)
    press(key, CONTROL)
    assert row_with_keyboard(rows) == name
    assert focused().accessibleName() == "Strength"


def test_a_row_far_below_is_built_and_shown(window: MainWindow, controller: Desk) -> None:
    controller.stack.add_all([entry(f"adapter {i}") for i in range(60)])
    QApplication.processEvents()
    window.activateWindow()
    window.stack_panel.go_to_row(30)
    assert row_with_keyboard(window) == "adapter 30"
    assert not focused().visibleRegion().isEmpty()


def test_delete_removes_the_row_and_the_next_one_has_the_keyboard(
    rows: MainWindow, controller: Desk
) -> None:
    rows.stack_panel.go_to_row(1)
    press(Qt.Key.Key_Delete)
    assert names(controller) == ["manga", "neon"]
    assert row_with_keyboard(rows) == "neon"
    press(Qt.Key.Key_Delete)
    assert row_with_keyboard(rows) == "manga"
    press(Qt.Key.Key_Delete)
    assert names(controller) == []
    assert focused().accessibleName() == "Add an adapter"
    controller.document.undo_stack.undo()
    assert names(controller) == ["manga"]


def test_undo_goes_to_the_row_that_came_back(rows: MainWindow, controller: Desk) -> None:
    rows.stack_panel.go_to_row(1)
    press(Qt.Key.Key_Delete)
    assert row_with_keyboard(rows) == "neon"
    rows.actions_table["undo"].trigger()
    assert row_with_keyboard(rows) == "birds"
    rows.actions_table["redo"].trigger()
    assert row_with_keyboard(rows) == "neon"
    rows.compare.take_focus()
    rows.actions_table["undo"].trigger()
    assert rows.compare.isAncestorOf(focused()), "whoever is elsewhere stays there"


def test_undo_after_the_last_row_went_goes_to_it(rows: MainWindow, controller: Desk) -> None:
    rows.stack_panel.go_to_row(0)
    for _ in range(3):
        press(Qt.Key.Key_Delete)
    rows.actions_table["undo"].trigger()
    assert row_with_keyboard(rows) == "neon"


def test_delete_in_a_number_deletes_figures(rows: MainWindow, controller: Desk) -> None:
    number = named(rows, NumberEdit, "Strength as a number")
    number.setFocus()
    number.selectAll()
    press(Qt.Key.Key_Delete)
    assert number.text() == ""
    assert len(names(controller)) == 3


def test_a_clicked_row_takes_its_keys(rows: MainWindow, controller: Desk) -> None:
    strip = rows.stack_panel.strips.strips()[0]
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
    assert strip.hasFocus()
    for _ in range(2):  # two presses are two steps
        press(Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert names(controller) == ["birds", "neon", "manga"]
    controller.document.undo_stack.undo()
    assert names(controller) == ["birds", "manga", "neon"]
    press(Qt.Key.Key_Delete)
    assert names(controller) == ["birds", "neon"]


@pytest.fixture
def menus(qtbot: QtBot) -> Iterator[None]:
    yield
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QMenu) and widget.isVisible():
            widget.close()


def open_menu() -> QMenu:
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def choose(menu: QMenu, text: str) -> None:
    next(action for action in menu.actions() if action.text() == text).trigger()
    menu.close()


@pytest.mark.parametrize("how", ["mouse", "Shift+F10", "Menu"])
def test_a_row_has_a_menu_of_all_that_its_buttons_do(
    rows: MainWindow, controller: Desk, menus, how: str
) -> None:
    rows.stack_panel.go_to_row(1)
    if how == "mouse":
        strip = rows.stack_panel.strips.strips()[1]
        where = QPoint(5, 5)
        reason = QContextMenuEvent.Reason.Mouse
        QApplication.sendEvent(strip, QContextMenuEvent(reason, where, strip.mapToGlobal(where)))
    elif how == "Menu":
        press(Qt.Key.Key_Menu)
    else:
        press(Qt.Key.Key_F10, SHIFT)
    menu = open_menu()
    choose(menu, "On")
    choose(menu, "Solo")
    choose(menu, "Move up")
    row = controller.stack.stack.entries[0]
    assert (row.name, row.is_enabled, row.is_solo) == ("birds", False, True)
    choose(menu, "Remove")
    assert names(controller) == ["manga", "neon"]


def test_a_menu_is_empty_before_it_is_opened_and_filled_once(
    rows: MainWindow, controller: Desk, menus
) -> None:
    controls = rows.stack_panel.strips.strips()[1]._controls
    assert controls is not None
    assert controls.menu.isEmpty()
    counts: list[int] = []
    for _ in range(2):
        rows.stack_panel.go_to_row(1)
        press(Qt.Key.Key_F10, SHIFT)
        counts.append(len(open_menu().actions()))
        open_menu().close()
    assert counts[0] > 10
    assert counts[0] == counts[1]


def test_the_menu_shows_what_is_on(rows: MainWindow, controller: Desk, menus) -> None:
    controller.stack.set_enabled("manga", False)
    rows.stack_panel.go_to_row(0)
    press(Qt.Key.Key_F10, SHIFT)
    checked = {a.text(): a.isChecked() for a in open_menu().actions() if a.isCheckable()}
    assert (checked["On"], checked["Solo"]) == (False, False)


def test_f6_goes_round_the_parts_of_the_window(rows: MainWindow) -> None:
    parts = [rows.top_bar, rows.compare, rows.stack_panel, rows.prompt_panel]
    rows.top_bar.picker.setFocus()
    for part in (*parts[1:], parts[0]):
        press(Qt.Key.Key_F6)
        assert part.isAncestorOf(focused())
    press(Qt.Key.Key_F6, SHIFT)
    assert rows.prompt_panel.isAncestorOf(focused())


def test_f6_comes_back_to_where_the_keyboard_was(rows: MainWindow, controller: Desk) -> None:
    rows.stack_panel.go_to_row(2)
    press(Qt.Key.Key_F6)
    press(Qt.Key.Key_F6, SHIFT)
    assert row_with_keyboard(rows) == "neon"
    press(Qt.Key.Key_F6)
    controller.stack.remove("neon")
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    press(Qt.Key.Key_F6, SHIFT)
    assert row_with_keyboard(rows) == "manga"


@pytest.mark.parametrize("opener", ["map", "history", "shortcuts"])
def test_f6_comes_back_from_a_window_beside_the_panes(rows: MainWindow, opener: str) -> None:
    rows.stack_panel.go_to_row(1)
    rows.actions_table[opener].trigger()
    QApplication.processEvents()
    assert focused().window() is not rows
    press(Qt.Key.Key_F6)
    assert QApplication.activeWindow() is rows
    assert row_with_keyboard(rows) == "birds"
    press(Qt.Key.Key_F6)
    assert rows.prompt_panel.isAncestorOf(focused())


@pytest.mark.parametrize("name", ["Prompt", "Without"])
def test_enter_in_the_prompt_lets_b_show_the_base(
    rows: MainWindow, controller: Desk, name: str
) -> None:
    controller.show("base", shown=rendered(plain_picture((1, 1, 1))))
    controller.show("current", shown=rendered(plain_picture((2, 2, 2))))
    line = named(rows, QLineEdit, name)
    line.setFocus()
    QTest.keyClicks(line, "a cat")
    press(Qt.Key.Key_Return)
    assert focused() is rows.compare.active.view
    QTest.keyPress(focused(), Qt.Key.Key_B)
    assert title(rows) == "Base (held)"
    QTest.keyRelease(focused(), Qt.Key.Key_B)
    assert title(rows) == "Current"
    assert line.text() == "a cat"


@pytest.mark.parametrize("name", ["Seed", "Steps", "Guidance", "Size"])
def test_enter_in_any_field_of_the_prompt_goes_to_the_picture(rows: MainWindow, name: str) -> None:
    kind = QComboBox if name == "Size" else QAbstractSpinBox
    named(rows.prompt_panel, kind, name).setFocus()
    press(Qt.Key.Key_Return)
    assert focused() is rows.compare.active.view


def test_what_cannot_be_used_keeps_the_keyboard(rows: MainWindow) -> None:
    field = named(rows.prompt_panel, QAbstractSpinBox, "Steps")
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "many")
    press(Qt.Key.Key_Return)
    assert rows.prompt_panel.isAncestorOf(focused())
    assert rows.prompt_panel.note.text().startswith("Steps must be a number")


def test_enter_in_a_strength_goes_to_its_fader(rows: MainWindow, controller: Desk) -> None:
    number = named(rows, NumberEdit, "Strength as a number")
    number.setFocus()
    number.selectAll()
    QTest.keyClicks(number, "0.9")
    press(Qt.Key.Key_Return)
    assert controller.stack.stack.entries[0].scale == 0.9
    assert focused().accessibleName() == "Strength"
    number.setFocus()
    number.selectAll()
    QTest.keyClicks(number, "x")
    press(Qt.Key.Key_Return)
    assert focused() is number  # it has something to say


def title(window: MainWindow) -> str:
    return window.compare.active.findChildren(QLabel)[0].text()


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_the_button_shows_the_base_while_a_key_holds_it(
    rows: MainWindow, controller: Desk, key: Qt.Key
) -> None:
    controller.works.clear()
    rows.compare.peek.setFocus()
    QTest.keyPress(rows.compare.peek, key)
    assert title(rows) == "Base (held)"
    for kind in (QEvent.Type.KeyRelease, QEvent.Type.KeyPress):  # it repeats
        QApplication.sendEvent(rows.compare.peek, QKeyEvent(kind, key, NONE, "", True))
    assert title(rows) == "Base (held)"
    QTest.keyRelease(rows.compare.peek, key)
    assert title(rows) == "Current"
    assert not [work for work in controller.works if isinstance(work, RenderJob)]


def test_b_in_an_open_menu_holds_nothing(rows: MainWindow) -> None:
    bar = rows.menuBar()
    bar.setActiveAction(bar.actions()[0])
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    QTest.keyClick(menu, Qt.Key.Key_B)
    menu.close()
    assert title(rows) == "Current"


def test_the_button_shows_the_base_while_the_mouse_holds_it(rows: MainWindow) -> None:
    QTest.mousePress(rows.compare.peek, Qt.MouseButton.LeftButton)
    assert title(rows) == "Base (held)"
    QTest.mouseRelease(rows.compare.peek, Qt.MouseButton.LeftButton)
    assert title(rows) == "Current"


def test_leaving_the_button_lets_it_go(rows: MainWindow) -> None:
    rows.compare.peek.setFocus()
    QTest.keyPress(rows.compare.peek, Qt.Key.Key_Space)
    rows.compare.active.view.setFocus()
    assert title(rows) == "Current"


class TestTiles:
    @pytest.fixture
    def controller(self, qapp) -> Iterator[Desk]:
        demos = tuple(DemoAdapter(name, f"/demo/{name}.safetensors") for name in "abcd")
        desk = Desk(demos)
        yield desk
        desk.dispose()

    @pytest.fixture
    def menu(self, window: MainWindow, controller: Desk, menus) -> QMenu:
        controller.stack.add(entry("manga"))
        window.activateWindow()
        add = named(window, IconButton, "Add an adapter")
        menu = add.menu()
        menu.popup(window.mapToGlobal(QPoint(10, 10)))
        QTest.qWaitForWindowExposed(menu)
        return menu

    def press(self, menu: QMenu, *keys: Qt.Key) -> None:
        """Keys go to what has the focus within a popup."""
        for key in keys:
            QTest.keyClick(menu.focusWidget() or menu, key)

    @pytest.mark.parametrize(("keys", "chosen"), [
        (["Down"], "a"),
        (["Down", "Right", "Right"], "c"),
        (["Down", "Right", "Left"], "a"),
        (["Down", "Tab"], "b"),
        (["Tab", "Right"], "b"),
        (["Down", "Down"], "d"),  # three in a row
        (["Down", "Down", "Up"], "a"),
    ])  # fmt: skip
    def test_every_tile_is_reached_and_enter_adds_it(
        self, menu: QMenu, controller: Desk, qtbot: QtBot, keys: list[str], chosen: str
    ) -> None:
        self.press(menu, *(getattr(Qt.Key, f"Key_{key}") for key in keys))
        self.press(menu, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: names(controller) == ["manga", chosen])
        assert not menu.isVisible()

    def test_tab_goes_from_add_over_the_tiles_of_an_empty_stack(
        self, window: MainWindow, controller: Desk, qtbot: QtBot
    ) -> None:
        window.activateWindow()
        named(window, IconButton, "Add an adapter").setFocus()
        seen: list[str] = []
        for _ in "abcd":
            press(Qt.Key.Key_Tab)
            seen.append(focused().accessibleName())
        assert seen == ["a", "b", "c", "d"]
        press(Qt.Key.Key_Tab)
        assert focused().accessibleName() not in "abcd", "and on to the master"
        press(Qt.Key.Key_Tab, SHIFT)
        press(Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: names(controller) == ["d"])
        assert focused().accessibleName() == "Add an adapter", "its tile is seen no more"

    def test_below_the_tiles_the_menu_goes_on(self, menu: QMenu) -> None:
        self.press(menu, Qt.Key.Key_Down, *[Qt.Key.Key_Right] * 3, Qt.Key.Key_Down)
        active = menu.activeAction()
        assert active is not None
        assert active.text() == "Open files…"


def test_the_log_is_found_from_help(
    qtbot: QtBot, controller: Desk, geometry, tmp_path: Path, monkeypatch
) -> None:
    revealed: list[Path] = []
    monkeypatch.setattr(
        "loraviewer.ui.help_actions.reveal", lambda path: revealed.append(path) or ""
    )
    log = tmp_path / "log" / "loraviewer.log"
    shown = MainWindow(controller, geometry, log)
    qtbot.addWidget(shown)
    shown.actions_table["show_log"].trigger()
    assert revealed == [log]
    shown.actions_table["about"].trigger()
    box = next(child for child in shown.children() if type(child).__name__ == "AboutBox")
    assert str(log) in box.property("informativeText")
    shown.close()


def test_undo_is_the_windows_once_a_number_is_taken(window: MainWindow, controller: Desk) -> None:
    field = named(window, QAbstractSpinBox, "Guidance")
    before = controller.prompt.sampling
    window.activateWindow()
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_A, CONTROL)
    QTest.keyClicks(field, "3.25")
    QTest.keyClick(field, Qt.Key.Key_Return)
    controller.prompt.change(prompt="a green cat")
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Z, CONTROL)
    assert controller.prompt.sampling.prompt != "a green cat"
    assert controller.prompt.sampling.guidance_scale == 3.25
    QTest.keyClick(field, Qt.Key.Key_Z, CONTROL)
    assert controller.prompt.sampling == before
