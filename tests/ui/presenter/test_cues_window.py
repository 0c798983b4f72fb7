"""Cues edited in the studio's own window, by mouse and key; each edit can be undone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.presenter.cues_window import CuesWindow
from tests.ui.fakes import Desk
from tests.ui.presenter.conftest import press

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def cues(studio: MainWindow) -> CuesWindow:
    """Open over a studio with three snapshots, one cue for each."""
    studio.actions_table["cues"].trigger()
    (window,) = studio.findChildren(CuesWindow)
    QApplication.processEvents()
    QTest.mouseClick(window.fill, LEFT)
    return window


def rows(cues: CuesWindow) -> list[str]:
    model = cues.list.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def type_sentence(cues: CuesWindow, words: str) -> None:
    cues.sentence.setFocus()
    cues.sentence.selectAll()
    QTest.keyClicks(cues.sentence, words)
    QTest.keyClick(cues.sentence, Key.Key_Return)


def test_every_snapshot_gets_a_cue(cues: CuesWindow) -> None:
    assert rows(cues) == ["manga .1 + birds .4", "manga .3 + birds .4", "manga .5 + birds .4"]
    assert cues.list.currentIndex().row() == 0
    assert not cues.fill.isEnabled()


def test_a_sentence_is_typed_and_undone(cues: CuesWindow, controller: Desk) -> None:
    type_sentence(cues, "A little.")
    assert rows(cues)[0] == "manga .1 + birds .4 — A little."
    controller.document.undo_stack.undo()
    assert rows(cues)[0] == "manga .1 + birds .4"
    assert cues.sentence.text() == ""


def test_fields_are_of_the_cue_with_the_cursor(cues: CuesWindow) -> None:
    type_sentence(cues, "A little.")
    cues.list.select(2)
    assert cues.sentence.text() == ""
    assert cues.snapshot.currentText() == "manga .5 + birds .4"


def test_another_snapshot_is_chosen(cues: CuesWindow, controller: Desk) -> None:
    cues.snapshot.setCurrentIndex(0)
    cues.snapshot.activated.emit(0)
    assert controller.document.document.cues[0].snapshot_id == ""
    assert rows(cues)[0] == "nothing yet"


def test_cues_are_moved_and_deleted_by_key(cues: CuesWindow) -> None:
    first, second, third = rows(cues)
    cues.list.setFocus()
    QTest.keyClick(cues.list, Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert rows(cues) == [second, first, third]
    assert cues.list.currentIndex().row() == 1
    QTest.keyClick(cues.list, Key.Key_Delete)
    assert rows(cues) == [second, third]
    QTest.mouseClick(cues.up, LEFT)
    assert rows(cues) == [third, second]
    QTest.mouseClick(cues.delete, LEFT)
    QTest.mouseClick(cues.delete, LEFT)
    assert rows(cues) == []
    assert not cues.sentence.isEnabled()


def test_a_new_cue_comes_after_the_selected_one(cues: CuesWindow) -> None:
    QTest.mouseClick(cues.add, LEFT)
    assert len(rows(cues)) == 4
    assert cues.list.currentIndex().row() == 1
    assert cues.snapshot.currentText() == "manga .1 + birds .4"


def test_what_is_typed_counts_when_the_window_goes(cues: CuesWindow, controller: Desk) -> None:
    cues.sentence.setFocus()
    QTest.keyClicks(cues.sentence, "Half a")
    press(Key.Key_Escape)
    assert not isValid(cues)
    assert controller.document.document.cues[0].sentence == "Half a"


def test_a_snapshot_that_is_gone_is_said_so(cues: CuesWindow, controller: Desk) -> None:
    controller.snapshots.remove(controller.snapshots.snapshots[0].snapshot_id)
    assert cues.snapshot.currentText() == "a snapshot that is gone"
    assert rows(cues)[0] == "a snapshot that is gone"


def test_it_is_one_window(cues: CuesWindow, studio: MainWindow) -> None:
    studio.actions_table["cues"].trigger()
    assert studio.findChildren(CuesWindow) == [cues]


def test_without_cues_one_can_be_added(window: MainWindow, controller: Desk) -> None:
    window.actions_table["cues"].trigger()
    (cues,) = window.findChildren(CuesWindow)
    assert not cues.fill.isEnabled()
    QTest.mouseClick(cues.add, LEFT)
    type_sentence(cues, "Words alone.")
    assert rows(cues) == ["Words alone."]
    cues.close()
