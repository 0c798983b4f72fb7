"""What Settings says of bfloat16 on this processor."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loraviewer.bridge.rendering.jobs import SpeedJob
from loraviewer.core.precision_speed import PrecisionSpeed
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.settings.precision_note import PrecisionNote
from tests.ui.fakes import DEMO, Desk


@pytest.fixture
def note(window: MainWindow) -> PrecisionNote:
    window.actions_table["settings"].trigger()
    QApplication.processEvents()
    assert window.settings_actions.window is not None
    return window.settings_actions.window.precision_note


def answer(controller: Desk, speed: PrecisionSpeed) -> None:
    controller.engine.take()
    controller.engine.finish(speed)


def test_it_is_measured_when_asked_and_says_what_came(note: PrecisionNote, controller: Desk):
    assert note.isVisible()
    assert "Nobody has measured" in note.words
    QTest.mouseClick(note.measure, Qt.MouseButton.LeftButton)
    assert controller.works == [SpeedJob()]
    assert "Being measured" in note.words
    assert not note.measure.isEnabled()
    answer(controller, PrecisionSpeed(machine="here", has_bfloat16=True, ratio=1.42))
    assert "1.4 times as fast" in note.words
    assert note.measure.isEnabled()
    assert controller.settings.settings.dtype == "", "nothing is switched"


def test_a_processor_without_it_is_not_offered_it(note: PrecisionNote, controller: Desk):
    QTest.mouseClick(note.measure, Qt.MouseButton.LeftButton)
    answer(controller, PrecisionSpeed(machine="here", has_bfloat16=False))
    assert not note.isVisible()
    assert "bfloat16" not in note.words


def test_a_graphics_card_is_not_spoken_of(note: PrecisionNote, controller: Desk):
    controller.use_checkpoint(msgspec.structs.replace(DEMO, device="cuda", dtype="float16"))
    assert not note.isVisible()
    controller.use_checkpoint()
    assert note.isVisible()
