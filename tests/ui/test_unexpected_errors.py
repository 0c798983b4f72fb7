"""What a slot, an event or a thread raises is one sentence; the studio goes on."""

import sys
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.app.unexpected_errors import UnexpectedErrors
from loraviewer.core.stack import AdapterStack
from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import Desk, entry


@pytest.fixture
def errors(
    qapp: QApplication, window: MainWindow, controller: Desk, monkeypatch
) -> Iterator[UnexpectedErrors]:
    # The hooks of the test runner would take what is raised here for a fault of the test.
    monkeypatch.setattr(sys, "excepthook", lambda *_: None)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    made = UnexpectedErrors()
    made.told.connect(controller.notice)
    yield made
    made.close()


def sentences(window: MainWindow) -> list[str]:
    return [bar.sentence for bar in window.notices.bars]


def test_a_slot_that_raises_is_one_sentence_however_often(
    qtbot: QtBot, window: MainWindow, controller: Desk, errors, caplog
) -> None:
    def fail(stack: AdapterStack) -> None:
        raise KeyError(f"no {len(stack.entries)}")

    controller.stack.stack_changed.connect(fail)
    for name in ("manga", "birds"):
        controller.stack.add(entry(name))
    controller.stack.stack_changed.disconnect(fail)
    (sentence,) = sentences(window)
    assert sentence == (
        "Something unexpected went wrong (KeyError: 'no 1'); the studio goes on, and the log has "
        "the details."
    )
    assert "in fail" in window.notices.bars[0].detail
    assert len(window.stack_panel.strips.strips()) == 2
    assert [record.exc_info is not None for record in caplog.records] == [True]


def test_a_thread_that_raises_is_told_on_the_thread_of_the_window(
    qtbot: QtBot, window: MainWindow, errors
) -> None:
    def fail() -> None:
        raise ValueError("two\nlines")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert sentences(window) == []
    qtbot.waitUntil(lambda: len(sentences(window)) == 1)
    assert "(ValueError: two lines)" in sentences(window)[0]


def test_the_hooks_are_given_back(window: MainWindow, errors: UnexpectedErrors) -> None:
    errors.close()
    QTimer.singleShot(0, window, lambda: 1 // 0)
    QApplication.processEvents()
    assert sentences(window) == []
