"""Sessions by menu, key and drop, and what the window says of them."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from loraviewer.bridge.rendering.jobs import LoadJob
from loraviewer.core.document import Document
from loraviewer.core.request import Sampling
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.recent_sessions import moment
from tests.ui.drops import drop
from tests.ui.fakes import DEMO, Desk, entry

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def named(window: MainWindow, controller: Desk, tmp_path: Path, qtbot: QtBot) -> Iterator[Path]:
    """A session that is saved, with a row and a prompt."""
    controller.prompt.change(prompt="a green cat")
    controller.stack.add(entry("manga", 0.8))
    path = tmp_path / "mine.lvsession"
    save_as(window, path, qtbot)
    yield path
    QApplication.processEvents()


def dialog_of(window: MainWindow) -> QFileDialog:
    QApplication.processEvents()
    return window.findChildren(QFileDialog)[-1]


def choose(window: MainWindow, path: Path) -> None:
    """In the dialog that is open, without the system's own."""
    dialog = dialog_of(window)
    dialog.filesSelected.emit([str(path)])
    dialog.fileSelected.emit(str(path))
    dialog.close()
    QApplication.processEvents()


def save_as(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    window.actions_table["save_session_as"].trigger()
    choose(window, path)
    qtbot.waitUntil(lambda: window._controller.sessions.file == str(path))


def open_file(window: MainWindow, path: Path) -> None:
    window.actions_table["open_session"].trigger()
    choose(window, path)


def press(window: MainWindow, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    window.activateWindow()
    QApplication.processEvents()  # a dialog may have been in front
    window.compare.take_focus()
    QTest.keyClick(QApplication.focusWidget() or window, key, modifiers)
    QApplication.processEvents()


def answer(window: MainWindow, words: str) -> None:
    buttons = [button for bar in window.notices.bars for button in bar.buttons()]
    next(button for button in buttons if button.accessibleName() == words).click()


def told(window: MainWindow) -> list[str]:
    return [bar.sentence for bar in window.notices.bars]


def test_saving_asks_for_a_name_once(
    window: MainWindow, controller: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    press(window, Qt.Key.Key_S, CONTROL)
    dialog = dialog_of(window)
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    assert dialog.defaultSuffix() == "lvsession"
    path = tmp_path / "mine.lvsession"
    choose(window, path)
    qtbot.waitUntil(lambda: controller.sessions.file == str(path))
    assert not window.isWindowModified()
    controller.prompt.change(prompt="a red cat")
    assert window.isWindowModified()
    press(window, Qt.Key.Key_S, CONTROL)
    qtbot.waitUntil(lambda: not window.isWindowModified())
    assert json.loads(path.read_text())["document"]["sampling"]["prompt"] == "a red cat"
    assert controller.status.status.activity == "“mine.lvsession” is saved"


def test_the_title_names_session_and_base(
    window: MainWindow, controller: Desk, named: Path, qtbot: QtBot
) -> None:
    assert window.windowTitle() == "mine.lvsession[*] — Demo — loraviewer"
    controller.stack.set_master(0.5)
    assert window.isWindowModified()
    controller.document.undo_stack.undo()
    assert not window.isWindowModified()
    controller.places.activate("base")  # going somewhere is no edit
    assert not window.isWindowModified()


def test_a_name_with_the_sign_of_the_star_is_shown_as_it_is(
    window: MainWindow, controller: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    save_as(window, tmp_path / "a[*]b.lvsession", qtbot)
    assert window.windowTitle() == "a[*][*]b.lvsession[*] — Demo — loraviewer"


def test_new_keeps_what_was_open_and_goes_back_to_it(
    window: MainWindow, controller: Desk, named: Path, qtbot: QtBot
) -> None:
    controller.prompt.change(prompt="a red cat")
    before = controller.document.document
    press(window, Qt.Key.Key_N, CONTROL)
    qtbot.waitUntil(lambda: controller.document.document.stack.entries == ())
    fitted = Sampling(
        steps=DEMO.default_steps, guidance_scale=DEMO.default_guidance_scale, words="weighted"
    )
    assert controller.document.document == Document(sampling=fitted)
    assert window.windowTitle() == "Demo — loraviewer"
    assert not controller.document.undo_stack.canUndo()
    answer(window, "Back to it")
    qtbot.waitUntil(lambda: controller.document.document == before)
    assert window.windowTitle().startswith("mine.lvsession")
    assert window.isWindowModified()


def test_what_is_saved_gives_way_without_a_word(
    window: MainWindow, controller: Desk, named: Path, qtbot: QtBot
) -> None:
    window.actions_table["new_session"].trigger()
    qtbot.waitUntil(lambda: controller.document.document.stack.entries == ())
    assert told(window) == []


def test_opening_shows_the_session(
    window: MainWindow, controller: Desk, named: Path, qtbot: QtBot
) -> None:
    saved = controller.document.document
    window.actions_table["new_session"].trigger()
    qtbot.waitUntil(lambda: controller.sessions.file == "")
    open_file(window, named)
    qtbot.waitUntil(lambda: controller.document.document == saved)
    strips = window.stack_panel.strips.strips()
    assert [(s.entry.name, s.entry.scale) for s in strips] == [("manga", 0.8)]
    assert not any(isinstance(work, LoadJob) for work in controller.works)


def test_a_dropped_session_is_opened_and_what_lies_beside_it_is_added(
    window: MainWindow, controller: Desk, named: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window.actions_table["new_session"].trigger()
    qtbot.waitUntil(lambda: controller.sessions.file == "")
    drop(window, window.rect().center(), named, tmp_path / "birds.safetensors")
    names = ["manga", "birds"]
    qtbot.waitUntil(lambda: [e.name for e in controller.stack.stack.entries] == names)
    assert controller.sessions.file == str(named)


def test_a_session_that_cannot_be_read_changes_nothing(
    window: MainWindow, controller: Desk, named: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    bad = tmp_path / "bad.lvsession"
    bad.write_text('{"loraviewer": "session", "version": 1, "document": {"layout": 3}}')
    before = controller.document.document
    open_file(window, bad)
    qtbot.waitUntil(lambda: any("bad.lvsession" in sentence for sentence in told(window)))
    assert controller.document.document == before
    assert controller.sessions.file == str(named)
    save_as(window, bad, qtbot)
    assert not any("bad.lvsession" in sentence for sentence in told(window)), (
        "by now it is a session"
    )


def test_what_a_newer_version_wrote_is_told_and_saved_again(
    window: MainWindow, controller: Desk, named: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    table = json.loads(named.read_text())
    newer = tmp_path / "newer.lvsession"
    newer.write_text(json.dumps({**table, "presenter": [1]}))
    open_file(window, newer)
    qtbot.waitUntil(lambda: any("“presenter”" in sentence for sentence in told(window)))
    controller.prompt.change(prompt="another")
    window.actions_table["save_session"].trigger()
    qtbot.waitUntil(lambda: not window.isWindowModified())
    assert json.loads(newer.read_text())["presenter"] == [1]


def test_a_file_that_cannot_be_written_is_told(
    window: MainWindow, controller: Desk, named: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "deep").mkdir()
    save_as(window, tmp_path / "deep" / "mine.lvsession", qtbot)
    shutil.rmtree(tmp_path / "deep")
    controller.prompt.change(prompt="another")
    window.actions_table["save_session"].trigger()
    qtbot.waitUntil(lambda: any("does not exist" in sentence for sentence in told(window)))
    assert window.isWindowModified()


def test_what_another_studio_saved_is_not_written_over_without_a_question(
    window: MainWindow, controller: Desk, named: Path, qtbot: QtBot
) -> None:
    theirs = named.read_text().replace("a green cat", "a much greener cat")
    named.write_text(theirs)
    controller.prompt.change(prompt="another")
    window.actions_table["save_session"].trigger()
    qtbot.waitUntil(lambda: any("changed elsewhere" in sentence for sentence in told(window)))
    assert named.read_text() == theirs
    assert window.isWindowModified()
    answer(window, "Save over it")
    qtbot.waitUntil(lambda: not window.isWindowModified())
    assert json.loads(named.read_text())["document"]["sampling"]["prompt"] == "another"


@pytest.mark.parametrize("question", ["restored", "changed_elsewhere"])
def test_what_was_asked_about_a_session_is_not_asked_about_another(
    window: MainWindow, controller: Desk, named: Path, qtbot: QtBot, question: str
) -> None:
    if question == "restored":
        controller.sessions.restored.emit(0.0)
    else:
        controller.sessions.changed_elsewhere.emit(str(named))
    assert len(told(window)) == 1
    window.actions_table["new_session"].trigger()
    qtbot.waitUntil(lambda: controller.document.document.stack.entries == ())
    assert told(window) == []


def test_recent_sessions_are_in_the_menu(
    window: MainWindow, controller: Desk, named: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    saved = controller.document.document
    for number in range(12):
        save_as(window, tmp_path / f"{number}.lvsession", qtbot)
    menu = window.session_actions.recent_menu
    menu.fill()
    names = [action.text() for action in menu.actions() if action.text()]
    assert names == [*(f"{n}.lvsession" for n in range(11, 1, -1)), "Clear the list"]
    (tmp_path / "5.lvsession").unlink()
    menu.fill()
    gone = menu.actions()[6]
    qtbot.waitUntil(lambda: not gone.isEnabled())
    assert gone.text() == "5.lvsession (not there)"
    controller.prompt.change(prompt="another")
    menu.actions()[1].trigger()
    qtbot.waitUntil(lambda: controller.document.document == saved)
    assert controller.sessions.file == str(tmp_path / "10.lvsession")
    menu.actions()[-1].trigger()
    menu.fill()
    assert [(a.text(), a.isEnabled()) for a in menu.actions()] == [("No sessions yet", False)]


def test_the_file_menu_holds_sessions_first(window: MainWindow) -> None:
    file_menu = next(a.menu() for a in window.menuBar().actions() if a.text() == "&File")
    assert isinstance(file_menu, QMenu)
    texts = [action.text() for action in file_menu.actions()][:5]
    assert texts == ["New", "Open session…", "Open &recent", "Save", "Save as…"]


def test_a_row_is_located_from_its_menu(
    window: MainWindow, controller: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    gone = entry("manga", 0.8, sha256="sha-manga")
    controller.stack.add(gone)
    QApplication.processEvents()
    (strip,) = window.stack_panel.strips.strips()
    strip.build()
    menu = next(m for m in strip.findChildren(QMenu) if not m.title())
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text() == "Locate file…").trigger()
    assert dialog_of(window).windowTitle() == "Where is “manga.safetensors” now?"
    choose(window, tmp_path / "moved" / "manga.safetensors")
    where = str(tmp_path / "moved" / "manga.safetensors")
    qtbot.waitUntil(lambda: controller.stack.stack.entries[0].path == where)
    assert controller.stack.stack.entries[0].scale == 0.8
    controller.document.undo_stack.undo()
    assert controller.stack.stack.entries[0] == gone


def test_a_moment_is_told_with_its_day_where_that_was_another_one() -> None:
    day = 24 * 3600.0
    assert len(moment(10 * day, 10 * day)) == len("14:02")
    assert moment(10 * day, 12 * day).startswith("1970-01-")
