"""Dialogs that remember, names that tell, drops that copy, and saving that is told."""

import threading
from collections.abc import Iterator
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
from tests.fakes import PATIENCE_S
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


@pytest.mark.parametrize("odd", ["/" + "x" * 5_000, "/a\0b"])
def test_a_dialog_opens_whatever_the_settings_name(
    window: MainWindow, controller: Desk, odd: str
) -> None:
    controller.settings.change(folders={"pictures": odd})
    controller.show("current", shown=rendered(plain_picture((1, 2, 3))))
    dialog = asked(window, "save_picture")
    assert place(dialog) in (Path("/"), Path.home())
    dialog.close()


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
    monkeypatch.setattr(
        "loraviewer.ui.saved_pictures.reveal", lambda path: revealed.append(path) or ""
    )
    first, second = (rendered(plain_picture((i, i, i))) for i in (1, 2))
    controller.show("current", shown=first)
    dialog = asked(window, "save_picture")
    controller.show("current", shown=second)  # a fader goes on meanwhile
    choose(dialog, Path("/out/first.png"))
    qtbot.waitUntil(lambda: controller.saved == {Path("/out/first.png"): first})
    qtbot.waitUntil(lambda: len(window.notices.bars) == 1)
    bar = window.notices.bars[0]
    assert bar.sentence == (
        "“first.png” is saved in “/out”. It is the picture from before the last change."
    )
    assert bar.accessibleDescription() == "/out/first.png"
    QTest.mouseClick(bar.buttons()[0], LEFT)
    assert revealed == [Path("/out/first.png")]
    choose(asked(window, "save_picture"), Path("/out/second.png"))
    qtbot.waitUntil(lambda: "second.png" in window.notices.bars[0].sentence)
    assert len(window.notices.bars) == 1
    assert window.notices.bars[0].sentence == "“second.png” is saved in “/out”."


def test_a_long_way_to_a_picture_is_cut_in_the_middle(
    qtbot: QtBot, window: MainWindow, controller: Desk
) -> None:
    controller.show("current", shown=rendered(plain_picture((1, 2, 3))))
    folder = Path("/volumes") / ("deep " * 30) / "last"
    choose(asked(window, "save_picture"), folder / "a.png")
    qtbot.waitUntil(lambda: len(window.notices.bars) == 1)
    sentence = window.notices.bars[0].sentence
    assert "“/volumes/deep" in sentence
    assert "last”" in sentence
    assert len(sentence) < 100
    assert window.notices.bars[0].accessibleDescription() == str(folder / "a.png")


def test_a_folder_that_is_gone_is_told(qtbot: QtBot, window: MainWindow, controller: Desk) -> None:
    controller.show("current", shown=rendered(plain_picture((1, 2, 3))))
    choose(asked(window, "save_picture"), Path("/no such place/a.png"))
    qtbot.waitUntil(lambda: len(window.notices.bars) == 1)
    QTest.mouseClick(window.notices.bars[0].buttons()[0], LEFT)
    assert window.notices.bars[0].sentence == "The folder “/no such place” is no longer there."


def test_saving_while_the_next_picture_is_painted_says_which_one_it_is(
    qtbot: QtBot, window: MainWindow, controller: Desk
) -> None:
    before = rendered(plain_picture((1, 2, 3)))
    controller.show("current", shown=before, is_outdated=True, is_busy=True)
    dialog = asked(window, "save_picture")
    assert dialog.windowTitle() == "Save the picture from before the last change"
    choose(dialog, Path("/out/a.png"))
    qtbot.waitUntil(lambda: controller.saved == {Path("/out/a.png"): before})
    qtbot.waitUntil(lambda: len(window.notices.bars) == 1)
    assert window.notices.bars[0].sentence.endswith(
        "It is the picture before the one that is still being painted."
    )


# -- closing ----------------------------------------------------------------------------------


class SlowDisk:
    """Writes when the test lets it; says whether it was written."""

    def __init__(self, controller: Desk, monkeypatch) -> None:
        self.gate = threading.Event()
        self.written: list[Path] = []
        monkeypatch.setattr(controller.saver, "_write", self._write)

    def _write(self, path: Path, _: object) -> None:
        assert self.gate.wait(PATIENCE_S)
        if path.name == "full.png":
            raise OSError(28, "No space left", str(path))
        self.written.append(path)


@pytest.fixture
def disk(controller: Desk, monkeypatch) -> Iterator[SlowDisk]:
    disk = SlowDisk(controller, monkeypatch)
    yield disk
    disk.gate.set()


def save(window: MainWindow, controller: Desk, *names: str) -> None:
    for name in names:
        controller.show("current", shown=rendered(plain_picture((1, 2, 3))))
        choose(asked(window, "save_picture"), Path("/out") / name)


def test_closing_waits_for_all_pictures_and_says_so(
    qtbot: QtBot, window: MainWindow, controller: Desk, disk: SlowDisk
) -> None:
    save(window, controller, "1.png", "2.png", "3.png", "4.png")
    window.close()
    assert window.isVisible()
    assert window.notices.bars[0].sentence == (
        "“1.png” is being saved; the window closes when it is written."
    )
    disk.gate.set()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert sorted(path.name for path in disk.written) == ["1.png", "2.png", "3.png", "4.png"]


def test_closing_once_more_is_not_held_up_and_still_writes(
    qtbot: QtBot, window: MainWindow, controller: Desk, disk: SlowDisk
) -> None:
    save(window, controller, "1.png", "2.png", "3.png", "4.png")
    window.close()
    threading.Timer(0.05, disk.gate.set).start()
    QTest.mouseClick(window.notices.bars[0].buttons()[0], LEFT)
    assert not window.isVisible()
    assert len(disk.written) == 4


def test_dismissing_the_sentence_keeps_the_window(
    qtbot: QtBot, window: MainWindow, controller: Desk, disk: SlowDisk
) -> None:
    save(window, controller, "1.png")
    window.close()
    window.notices.bars[0].dismiss()
    disk.gate.set()
    qtbot.waitUntil(lambda: len(disk.written) == 1 and not controller.saver.under_way)
    assert window.isVisible()


def test_a_picture_that_cannot_be_written_keeps_the_window(
    qtbot: QtBot, window: MainWindow, controller: Desk, disk: SlowDisk
) -> None:
    save(window, controller, "1.png", "full.png")
    window.close()
    disk.gate.set()
    qtbot.waitUntil(lambda: not controller.saver.under_way)
    assert window.isVisible()
    sentences = [bar.sentence for bar in window.notices.bars]
    assert any("No space left" in sentence for sentence in sentences)
    assert not any("closes" in sentence for sentence in sentences)


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
    controller.openings.many_dropped.emit(Dropped(adapters=paths, collection="/many"))
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
