"""Short work in the pool: values and failures come back on the GUI thread."""

import threading

import pytest

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.core.outcome import AdapterError, Failure, FailureKind


@pytest.fixture
def tasks(qapp):
    tasks = BackgroundTasks()
    yield tasks
    tasks.close()


def result_of(tasks: BackgroundTasks, qtbot, function) -> tuple[object, int]:
    """What came back, and the thread it came back on."""
    received: list[tuple[object, int]] = []
    tasks.run(function, lambda value: received.append((value, threading.get_ident())))
    qtbot.waitUntil(lambda: len(received) == 1)
    return received[0]


def test_work_runs_elsewhere_and_comes_back_here(tasks, qtbot):
    worker, receiver = result_of(tasks, qtbot, threading.get_ident)
    assert worker != receiver
    assert receiver == threading.get_ident()


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (AdapterError("manga is cut short."), FailureKind.ADAPTER, "manga is cut short."),
        (
            FileNotFoundError(2, "No such file", "a.png"),
            FailureKind.FILE,
            "“a.png”: No such file.",
        ),
        (OSError("the disk went away"), FailureKind.FILE, "the disk went away."),
        (KeyError("x"), FailureKind.INTERNAL, "KeyError: 'x'"),
    ],
)
def test_failures_come_back_as_one_sentence(tasks, qtbot, error, kind, sentence):
    def fail() -> None:
        raise error

    failure, _ = result_of(tasks, qtbot, fail)
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.message) == (kind, sentence)
