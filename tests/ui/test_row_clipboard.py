"""Copying rows and pasting them: in the same pane, in another one, as tags, and what is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.adapters.files.hashing import file_sha256
from loraviewer.app.pictures import picture_services
from loraviewer.bridge.services import DemoAdapter
from loraviewer.core.resources import demo_adapters
from loraviewer.core.row_clipboard import MIME, rows_from_json
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.strength_slider import StrengthSlider
from loraviewer.ui.widgets.number_edit import NumberEdit
from tests.ui.fakes import Desk, entry
from tests.ui.focus import focused

CONTROL = Qt.KeyboardModifier.ControlModifier
PATHS = {path.stem: path for path in demo_adapters()}
DEMOS = tuple(DemoAdapter(name, str(path)) for name, path in PATHS.items())


@pytest.fixture
def controller(qapp, tmp_path: Path) -> Iterator[Desk]:
    services = picture_services(lambda: HashCache(tmp_path / "hashes.sqlite"))
    desk = Desk(DEMOS, pictures=services)
    yield desk
    desk.dispose()


@pytest.fixture
def rows(window: MainWindow, controller: Desk) -> Iterator[MainWindow]:
    for name, scale in (("manga", 0.5), ("birds", 0.75), ("neon", 1.0)):
        controller.stack.add(entry(name, scale))
    QApplication.processEvents()
    window.activateWindow()
    go_to(window, 0)
    yield window
    QGuiApplication.clipboard().clear()


def go_to(window: MainWindow, row: int) -> None:
    strip = window.stack_panel.strips.strips()[row]
    next(s for s in strip.findChildren(StrengthSlider) if s.isVisible()).setFocus()


def press(key: Qt.Key) -> None:
    QTest.keyClick(focused(), key, CONTROL)
    QApplication.processEvents()


def told(controller: Desk) -> list[tuple[str, float]]:
    return [(row.name, row.scale) for row in controller.stack.stack.entries]


def paste_text(window: MainWindow, qtbot: QtBot, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    tasks = window._controller._hashing
    window.actions_table["paste_rows"].trigger()
    qtbot.waitUntil(lambda: not tasks._receivers, timeout=20_000)


def test_the_row_with_the_keyboard_is_copied_below_itself(
    rows: MainWindow, controller: Desk
) -> None:
    steps = controller.document.undo_stack.count()
    go_to(rows, 1)
    press(Qt.Key.Key_C)
    press(Qt.Key.Key_V)
    assert told(controller) == [("manga", 0.5), ("birds", 0.75), ("birds", 0.75), ("neon", 1.0)]
    ids = [row.entry_id for row in controller.stack.stack.entries]
    assert len(set(ids)) == 4
    assert controller.document.undo_stack.count() == steps + 1
    assert controller.document.undo_stack.undoText() == "Paste birds"
    assert rows.stack_panel.strips.strips()[2].has_keyboard
    controller.document.undo_stack.undo()
    assert [name for name, _ in told(controller)] == ["manga", "birds", "neon"]


def test_selected_rows_are_copied_in_their_order_and_selected_where_they_arrive(
    rows: MainWindow, controller: Desk
) -> None:
    selection = rows.stack_panel.strips.selection
    selection.select(["neon", "manga"])
    press(Qt.Key.Key_C)
    selection.clear()
    go_to(rows, 1)
    press(Qt.Key.Key_V)
    assert [name for name, _ in told(controller)] == ["manga", "birds", "manga", "neon", "neon"]
    new = [row.entry_id for row in controller.stack.stack.entries[2:4]]
    assert list(selection.ids) == new
    assert rows.stack_panel.strips.strips()[2].has_keyboard


def test_rows_go_to_another_pane(rows: MainWindow, controller: Desk) -> None:
    rows.actions_table["select_rows"].trigger()
    rows.actions_table["copy_rows"].trigger()
    rows.actions_table["duplicate_pane"].trigger()
    controller.stack.reset(type(controller.stack.stack)())
    rows.actions_table["paste_rows"].trigger()
    assert told(controller) == [("manga", 0.5), ("birds", 0.75), ("neon", 1.0)]
    copies = {row.entry_id for row in controller.stack.stack.entries}
    assert not copies & {"manga", "birds", "neon"}


def test_nothing_of_rows_is_offered_while_the_base_is_active(
    rows: MainWindow, controller: Desk
) -> None:
    names = ("add_files", "reset_master", "select_rows", "copy_rows", "paste_rows", "remove_rows")
    actions = [rows.actions_table[name] for name in (*names, "balance_rows")]
    press(Qt.Key.Key_C)
    assert all(action.isEnabled() for action in actions)
    controller.places.activate("base")
    assert not any(action.isEnabled() for action in actions)
    rows.actions_table["paste_rows"].trigger()
    assert [name for name, _ in told(controller)] == []
    controller.places.activate("current")
    assert all(action.isEnabled() for action in actions)
    assert [name for name, _ in told(controller)] == ["manga", "birds", "neon"]


def test_another_studio_reads_the_rows_and_other_programs_their_tags(
    rows: MainWindow, controller: Desk
) -> None:
    controller.stack.set_block_scales("manga", {"IN04": 0.5})
    press(Qt.Key.Key_C)
    copied = QGuiApplication.clipboard().mimeData()
    (row,) = rows_from_json(bytes(copied.data(MIME).data()))
    assert (row.name, row.scale, row.block_scales) == ("manga", 0.5, (("IN04", 0.5),))
    assert copied.text().startswith("<lora:manga:0.5:lbw=1,1,1,1,1,0.5,")


def test_the_menu_of_a_row_copies_it(rows: MainWindow) -> None:
    strip = rows.stack_panel.strips.strips()[2]
    controls = strip._controls
    assert controls is not None
    controls.menu.aboutToShow.emit()
    next(action for action in controls.menu.actions() if action.text() == "Copy").trigger()
    assert QGuiApplication.clipboard().text() == "<lora:neon:1>"


def test_a_field_copies_and_pastes_its_own_text(rows: MainWindow, controller: Desk) -> None:
    number = next(n for n in rows.stack_panel.strips.findChildren(NumberEdit) if n.isVisible())
    number.setFocus()
    number.selectAll()
    press(Qt.Key.Key_C)
    assert QGuiApplication.clipboard().text() == "0.50"
    press(Qt.Key.Key_V)
    assert len(told(controller)) == 3


def test_elsewhere_in_the_window_the_keys_are_not_about_rows(
    rows: MainWindow, controller: Desk
) -> None:
    press(Qt.Key.Key_C)
    rows.compare.take_focus()
    press(Qt.Key.Key_V)
    assert len(told(controller)) == 3


# -- texts --------------------------------------------------------------------------------


def test_tags_of_a_prompt_become_rows(rows: MainWindow, controller: Desk, qtbot: QtBot) -> None:
    controller.stack.reset(type(controller.stack.stack)())
    paste_text(rows, qtbot, "a girl <lora:manga:0.8>, <lora:birds:0.5:0.25>")
    assert told(controller) == [("manga", 0.8), ("birds", 0.25)]
    assert controller.stack.stack.entries[1].text_scale == 0.5
    for row in controller.stack.stack.entries:
        assert row.path == str(PATHS[row.name])
        assert row.sha256 == file_sha256(PATHS[row.name])
    assert controller.document.undo_stack.undoText() == "Paste 2 rows"


def test_names_that_are_nowhere_are_told_in_one_sentence(
    rows: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    before = len(told(controller))
    paste_text(rows, qtbot, "<lora:nowhere:1> <lora:frog skin:0.4> <lora:<b>:1> <lora:away:1>")
    assert told(controller)[before:] == []
    (bar,) = rows.notices.bars
    assert bar.sentence.startswith("Not found by that name: “nowhere”")
    assert "“away”" in bar.sentence


def test_what_is_found_is_pasted_also_where_something_is_missing(
    rows: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    before = len(told(controller))
    rows.prompt_panel.focus_prompt()
    paste_text(rows, qtbot, "<lora:birds:0.4> <lora:nowhere:1>")
    assert told(controller)[before:] == [("birds", 0.4)]
    assert "“nowhere”" in rows.notices.bars[0].sentence


@pytest.mark.parametrize("text", ["", "a girl in a meadow", "<b>bold</b>", "0.8"])
def test_a_text_without_tags_is_refused(
    rows: MainWindow, controller: Desk, qtbot: QtBot, text: str
) -> None:
    before = controller.document.document
    paste_text(rows, qtbot, text)
    assert controller.document.document == before
    assert rows.notices.bars[0].sentence.startswith("There is nothing to paste")


def test_rows_that_are_damaged_are_refused(rows: MainWindow, controller: Desk) -> None:
    before = controller.document.document
    copied = QMimeData()
    copied.setData(MIME, b'{"loraviewer": "rows", "version": 1, "rows": [{}]}')
    copied.setText("<lora:manga:1>")
    QGuiApplication.clipboard().setMimeData(copied)
    rows.actions_table["paste_rows"].trigger()
    assert controller.document.document == before
    assert rows.notices.bars[0].sentence.startswith("What was copied cannot be pasted")


def test_many_at_once_arrive_switched_off(rows: MainWindow, controller: Desk, qtbot: QtBot) -> None:
    before = len(told(controller))
    rows.prompt_panel.focus_prompt()
    paste_text(rows, qtbot, " ".join(["<lora:birds:0.4>"] * 13))
    new = controller.stack.stack.entries[before:]
    assert [row.is_enabled for row in new] == [False] * 13


def test_stopping_gives_up_a_text_that_is_looked_for(
    rows: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    before = controller.document.document
    QGuiApplication.clipboard().setText("<lora:birds:0.4>")
    rows.actions_table["paste_rows"].trigger()
    controller.stop()
    qtbot.waitUntil(lambda: not controller._hashing._receivers, timeout=20_000)
    assert controller.document.document == before


def test_nothing_to_copy_is_said(window: MainWindow) -> None:
    window.actions_table["copy_rows"].trigger()
    assert window.notices.bars[0].sentence.startswith("Choose a row first")
