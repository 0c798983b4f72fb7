"""A MIDI control is learnt on the stage, and moves the large fader."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from loraviewer.core.midi import ControlMoved
from loraviewer.ui.presenter.presenter_window import PresenterWindow
from tests.ui.fakes import Desk
from tests.ui.presenter.conftest import press

Tell = Callable[[ControlMoved], None]


@pytest.fixture
def told() -> list[Tell]:
    """To whom a device speaks that was opened."""
    return []


@pytest.fixture
def controller(qapp, told: list[Tell]) -> Iterator[Desk]:
    def open_midi(tell: Tell) -> Callable[[], None]:
        told.append(tell)
        return told.clear

    desk = Desk(open_midi=open_midi)
    yield desk
    desk.dispose()


def test_m_learns_and_the_fader_follows(stage: PresenterWindow, told: list[Tell]) -> None:
    press(Qt.Key.Key_Tab)
    press(Qt.Key.Key_M)
    assert stage.strip.hint.text().endswith("moves birds.")
    assert not stage.strip.hint.toolTip(), "it would say what is cut off"
    for value in (1, 127):
        told[0](ControlMoved(0, 7, value))
        QApplication.processEvents()
    assert stage.strip.hint.text() == "Control 1/7 moves row 2 now."
    assert stage.strip.faders[1].value == "2.00"
    press(Qt.Key.Key_2)
    assert "moves" not in stage.strip.hint.text()
    press(Qt.Key.Key_Escape)
    assert told == []
