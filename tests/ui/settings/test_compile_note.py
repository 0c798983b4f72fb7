"""What Settings says of compiling, and what the status line says of a picture that came of it."""

import pytest
from PySide6.QtWidgets import QApplication

from loraviewer.core.compiling import CompileReport
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.settings.compile_note import CompileNote
from tests.ui.fakes import Desk


@pytest.fixture
def note(window: MainWindow) -> CompileNote:
    window.actions_table["settings"].trigger()
    QApplication.processEvents()
    assert window.settings_actions.window is not None
    return window.settings_actions.window.compile_note


def test_it_is_off_at_first_and_says_nothing(note: CompileNote, controller: Desk):
    assert controller.settings.settings.compiles == "off"
    assert not note.isVisible()


def test_it_says_how_far_it_is(note: CompileNote, controller: Desk):
    controller.settings.change(compiles="idle")
    assert note.isVisible()
    assert note.text().startswith("Begins after the next picture")
    told = {
        CompileReport(waiting=1): "Will be compiled once",
        CompileReport(waiting=1, is_building=True): "Being compiled in the background",
        CompileReport(ready=1): "Pictures of this base now come of a compiled denoiser.",
        CompileReport(ready=1, remark="They are slow."): "They are slow.",
        CompileReport(problem="It cannot be."): "It cannot be.",
    }
    for report, words in told.items():
        controller.compiling.on_ended(report)
        assert note.text().startswith(words)
    controller.settings.change(compiles="off")
    assert not note.isVisible()


def test_the_status_line_names_a_compiled_picture(window: MainWindow, controller: Desk):
    assert "compiled" not in window.status_line.times
    controller.status.change(denoise_ms=100.0, is_compiled=True)
    assert "compiled" in window.status_line.times
