"""Dialogs that remember, names that tell, drops that copy, and saving that is told."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.bridge.drops import Dropped
from loraviewer.core.request import Sampling
from loraviewer.core.stack import AdapterStack
from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import Desk, entry, plain_picture, rendered

COPY, MOVE, LINK = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction, Qt.DropAction.LinkAction
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def asked(window: MainWindow, action: str) -> QFileDialog:
    window.actions_table[action].trigger()
    return next(d for d in window.findChildren(QFileDialog) if d.isVisible())


def choose(dialog: QFileDialog, path: Path) -> None:
    dialog.fileSelected.emit(str(path))
    dialog.filesSelected.emit([str(path)])
    dialog.close()
    dialog.deleteLater()
    QApplication.sendPostedEvents(dialog)


def place(dialog: QFileDialog) -> Path:
    path = Path(dialog.directory().absolutePath())
    dialog.close()
    return path


@pytest.mark.parametrize("action", ["add_files", "open_file", "open_folder", "save_picture"])
def test_a_dialog_begins_where_files_of_its_sort_were_chosen_last(
    window: MainWindow, controller: Desk, tmp_path: Path, action: str
) -> None:
    controller.show("current", shown=rendered(plain_picture((1, 2, 3))))
    (tmp_path / "deep" / "folder").mkdir(parents=True)
    assert place(asked(window, action)) == Path.home()
    choose(asked(window, action), tmp_path / "deep" / "folder" / "chosen.safetensors")
    assert place(asked(window, action)) == tmp_path / "deep" / "folder"
    others = {"add_files", "open_file", "save_picture"} - {action}
    if action != "open_folder":
        assert all(place(asked(window, other)) == Path.home() for other in others)
    (tmp_path / "deep" / "folder").rmdir()
    assert place(asked(window, action)) == tmp_path / "deep"


def test_the_suggested_name_is_of_the_picture(
    window: MainWindow, controller: Desk, tmp_path: Path
) -> None:
    controller.settings.change(folders={"pictures": str(tmp_path)})
    stack = AdapterStack(entries=(entry("birds"), entry("night", 0.7)))
    shown = rendered(
        plain_picture((1, 2, 3)), stack, sampling=Sampling(prompt="a boat in the sea", seed=6)
    )
    controller.show("current", shown=shown)
    controller.prompt.change(seed=99, prompt="something else")
    wanted = "a boat in the sea - birds 1 + night 0.7 - seed 6"
    dialog = asked(window, "save_picture")
    assert [Path(path).name for path in dialog.selectedFiles()] == [f"{wanted}.png"]
    dialog.close()
    (tmp_path / f"{wanted}.png").touch()
    dialog.deleteLater()
    QApplication.sendPostedEvents(dialog)
    again = asked(window, "save_picture")
    assert [Path(path).name for path in again.selectedFiles()] == [f"{wanted} (2).png"]
    again.close()


def test_what_is_saved_is_what_was_asked_for_and_it_is_said(
    qtbot: QtBot, window: MainWindow, controller: Desk, monkeypatch
) -> None:
    revealed: list[Path] = []
    monkeypatch.setattr("loraviewer.ui.main_window.reveal", revealed.append)
    first, second = (rendered(plain_picture((i, i, i))) for i in (1, 2))
    controller.show("current", shown=first)
    dialog = asked(window, "save_picture")
    controller.show("current", shown=second)  # a fader goes on meanwhile
    choose(dialog, Path("/out/first.png"))
    qtbot.waitUntil(lambda: controller.saved == {Path("/out/first.png"): first})
    qtbot.waitUntil(lambda: len(window.notices.bars) == 1)
    bar = window.notices.bars[0]
    assert bar.sentence == "The picture is saved as “first.png”."
    QTest.mouseClick(bar.buttons()[0], LEFT)
    assert revealed == [Path("/out/first.png")]
    choose(asked(window, "save_picture"), Path("/out/second.png"))
    qtbot.waitUntil(lambda: "second.png" in window.notices.bars[0].sentence)
    assert len(window.notices.bars) == 1


def test_the_settled_picture_is_saved_in_place_of_its_draft(
    qtbot: QtBot, window: MainWindow, controller: Desk
) -> None:
    draft = rendered(plain_picture((1, 1, 1)), is_draft=True)
    settled = rendered(plain_picture((2, 2, 2)))
    controller.show("current", shown=draft)
    dialog = asked(window, "save_picture")
    controller.show("current", shown=settled)
    choose(dialog, Path("/out/a.png"))
    qtbot.waitUntil(lambda: controller.saved == {Path("/out/a.png"): settled})
    qtbot.waitUntil(lambda: len(window.notices.bars) == 1)


def test_without_a_picture_there_is_nothing_to_save(window: MainWindow, controller: Desk) -> None:
    save, copy = window.actions_table["save_picture"], window.actions_table["copy_picture"]
    assert (save.isEnabled(), copy.isEnabled()) == (False, False)
    controller.show("current", shown=rendered(plain_picture((1, 2, 3))))
    assert (save.isEnabled(), copy.isEnabled()) == (True, True)


# -- drops ------------------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path) -> QMimeData:
    file = tmp_path / "manga.safetensors"
    file.touch()
    made = QMimeData()
    made.setUrls([QUrl.fromLocalFile(str(file))])
    return made


def sign(window: MainWindow) -> str:
    """What is said over the window while files hover."""
    shown = [w for w in window.findChildren(QWidget) if w.accessibleName().startswith("Drop to")]
    return next((w.accessibleName() for w in shown if w.isVisible()), "")


def over_stack(window: MainWindow) -> QPoint:
    return window.stack_panel.mapTo(window, QPoint(30, 90))


def test_a_source_that_offers_to_move_keeps_its_file(
    window: MainWindow, controller: Desk, data: QMimeData, qtbot: QtBot
) -> None:
    where = over_stack(window)
    enter = QDragEnterEvent(where, COPY | MOVE, data, LEFT, NONE)
    enter.setDropAction(MOVE)
    QApplication.sendEvent(window, enter)
    assert (enter.isAccepted(), enter.dropAction()) == (True, COPY)
    drop = QDropEvent(QPointF(where), COPY | MOVE, data, LEFT, NONE)
    drop.setDropAction(MOVE)
    QApplication.sendEvent(window, drop)
    assert (drop.isAccepted(), drop.dropAction()) == (True, COPY)
    qtbot.waitUntil(lambda: len(controller.stack.stack.entries) == 1)


@pytest.mark.parametrize("actions", [MOVE, LINK])
def test_what_cannot_be_copied_is_not_taken(window: MainWindow, data: QMimeData, actions) -> None:
    enter = QDragEnterEvent(over_stack(window), actions, data, LEFT, NONE)
    QApplication.sendEvent(window, enter)
    assert not enter.isAccepted()
    assert sign(window) == ""


def test_hovering_shows_where_it_would_land(window: MainWindow, data: QMimeData) -> None:
    QApplication.sendEvent(window, QDragEnterEvent(over_stack(window), COPY, data, LEFT, NONE))
    assert sign(window) == "Drop to add adapters, or to open a base"
    on_base = window.top_bar.mapTo(window, QPoint(60, 10))
    QApplication.sendEvent(window, QDragMoveEvent(on_base, COPY, data, LEFT, NONE))
    assert sign(window) == "Drop to open it as the base"
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert sign(window) == ""


def test_many_adapters_come_switched_off(
    qtbot: QtBot, window: MainWindow, controller: Desk
) -> None:
    paths = tuple(f"/many/{i}.safetensors" for i in range(75))
    controller.many_dropped.emit(Dropped(adapters=paths, collection="/many"))
    (bar,) = window.notices.bars
    assert bar.sentence == "“many” holds 75 adapters. Add them all, switched off?"
    QTest.mouseClick(bar.buttons()[0], LEFT)
    qtbot.waitUntil(lambda: len(controller.stack.stack.entries) == 75)
    assert not any(row.is_enabled for row in controller.stack.stack.entries)
    controller.intake.add(["/a/one.safetensors"])
    qtbot.waitUntil(lambda: len(controller.stack.stack.entries) == 76)
    assert controller.stack.stack.entries[-1].is_enabled


def test_many_chosen_files_come_switched_off_as_well(
    qtbot: QtBot, window: MainWindow, controller: Desk
) -> None:
    dialog = asked(window, "add_files")
    dialog.filesSelected.emit([f"/many/{i}.safetensors" for i in range(13)])
    dialog.close()
    qtbot.waitUntil(lambda: len(controller.stack.stack.entries) == 13)
    assert controller.stack.stack.is_all_off
