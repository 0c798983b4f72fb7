"""What is kept, how soon, and that nothing is written twice at once. The clock is the test's."""

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from loraviewer.bridge.sessions.autosave import DELAY_S, Autosave
from loraviewer.core.document import Document
from loraviewer.core.outcome import FileError
from loraviewer.core.request import Sampling
from loraviewer.core.session import Session


class ManualTimer:
    def __init__(self) -> None:
        self.started: list[float] = []
        self._then: Callable[[], None] | None = None

    def start(self, seconds: float, then: Callable[[], None]) -> None:
        self.started.append(seconds)
        self._then = then

    def stop(self) -> None:
        self._then = None

    def ring(self) -> None:
        then, self._then = self._then, None
        assert then is not None
        then()


class Edited:
    """Something with a number that grows, and what was written of it."""

    def __init__(self) -> None:
        self.number = 0
        self.written: list[int] = []
        self.error: FileError | None = None
        self.timer = ManualTimer()
        self.autosave = Autosave(self.state, self.write, timer=self.timer)

    def state(self) -> Session:
        return Session(document=Document(sampling=Sampling(seed=self.number)))

    def edit(self) -> None:
        self.number += 1
        self.autosave.edited()

    def edit_and_wait(self, qtbot: QtBot) -> None:
        self.edit()
        self.timer.ring()
        qtbot.waitUntil(lambda: not self.autosave.is_writing)

    def write(self, session: Session) -> None:
        if self.error is not None:
            raise self.error
        self.written.append(session.document.sampling.seed)


@pytest.fixture
def edited(qapp):
    edited = Edited()
    yield edited
    edited.autosave.close(edited.state(), 5_000)


def test_edits_that_follow_each_other_are_written_together(edited: Edited, qtbot: QtBot):
    for _ in range(50):
        edited.edit()
    assert edited.timer.started == [DELAY_S]  # a drag never puts it off
    edited.timer.ring()
    qtbot.waitUntil(lambda: edited.written == [50])


def test_it_is_never_a_second_behind():
    assert DELAY_S <= 0.5


def test_an_edit_while_a_state_is_written_is_written_next(edited: Edited, qtbot: QtBot):
    edited.edit()
    edited.timer.ring()
    edited.edit()  # its answer is not here yet
    qtbot.waitUntil(lambda: len(edited.timer.started) == 2)
    edited.timer.ring()
    qtbot.waitUntil(lambda: edited.written == [1, 2])


def test_nothing_is_written_without_an_edit(edited: Edited):
    assert edited.timer.started == []


def test_a_full_disk_is_told_once_and_tried_again(edited: Edited, qtbot: QtBot):
    told: list[str] = []
    edited.autosave.failed.connect(lambda failure: told.append(failure.message))
    edited.error = FileError("“x” cannot be written: No space left on device.")
    for _ in range(2):
        edited.edit_and_wait(qtbot)
    assert told == ["“x” cannot be written: No space left on device."]
    edited.error = None
    edited.edit_and_wait(qtbot)
    assert edited.written == [3]
    edited.error = FileError("again")
    edited.edit_and_wait(qtbot)
    assert told[1:] == ["again"]


def test_closing_writes_the_last_state_behind_all_others(edited: Edited):
    edited.edit()
    edited.timer.ring()
    edited.edit()
    assert edited.autosave.close(edited.state(), 5_000)
    assert edited.written == [1, 2]
