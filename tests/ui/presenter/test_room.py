"""The screen that the room sees: pictures alone, in step with the stage."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.presenter import stage_place
from loraviewer.ui.presenter.presenter_window import PresenterWindow
from loraviewer.ui.presenter.room_window import RoomWindow
from loraviewer.ui.presenter.stage_fader import StageFader
from tests.ui.fakes import Desk
from tests.ui.presenter.two_screens import SCREENS


@pytest.fixture
def room(stage: PresenterWindow, controller: Desk, qtbot: QtBot) -> RoomWindow:
    desk = controller.stage
    shown = RoomWindow(desk.model, desk.pictures, controller.settings)
    qtbot.addWidget(shown)
    shown.resize(640, 480)
    shown.show()
    return shown


def test_it_shows_what_the_stage_shows_and_nothing_to_operate(
    room: RoomWindow, stage: PresenterWindow, controller: Desk
) -> None:
    desk = controller.stage
    desk.cues.say(desk.cues.add(0, controller.snapshots.snapshots[2].snapshot_id), "Much.")
    desk.model.next_cue()
    assert room.view.own.seen == stage.view.own.seen
    assert room.view.sentence.words == "Much."
    desk.model.hold_base(True)
    assert room.view.own.seen.title == "Base"
    assert room.findChildren(StageFader) == []


def test_one_screen_has_no_room(stage: PresenterWindow, studio: MainWindow) -> None:
    assert studio.stage.room is None
    assert not stage.strip.coming.isVisible()


def test_with_another_screen_the_next_cue_is_told_to_the_presenter(
    stage: PresenterWindow, studio: MainWindow, controller: Desk, monkeypatch
) -> None:
    controller.stage.cues.say(controller.stage.cues.add(0), "Much.")
    monkeypatch.setattr(stage_place, "screen_for_room", lambda own, screens: 0)
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    application.screenAdded.emit(studio.screen())
    assert studio.stage.room is not None
    assert stage.strip.coming.text() == "Next: Much."
    monkeypatch.setattr(stage_place, "screen_for_room", lambda own, screens: None)
    application.screenRemoved.emit(studio.screen())
    assert studio.stage.room is None
    assert not stage.strip.coming.isVisible()


def test_it_goes_with_the_stage(stage: PresenterWindow, studio: MainWindow, monkeypatch) -> None:
    monkeypatch.setattr(stage_place, "screen_for_room", lambda own, screens: 0)
    studio.stage.leave()
    studio.stage.enter()
    room = studio.stage.room
    assert room is not None
    studio.stage.leave()
    assert not room.isVisible()


def test_before_two_screens_the_room_sees_the_other_one(tmp_path: Path) -> None:
    script = [sys.executable, "-m", "tests.ui.presenter.two_screens", str(tmp_path)]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["stage"] == list(SCREENS["laptop"])
    assert told["room"] == list(SCREENS["projector"])
    assert told["keyboard"], "the room's window takes nothing"
    assert told["room after"] is None
