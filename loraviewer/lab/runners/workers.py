"""Those who make pictures for somebody else: a process with an engine of its own, or a thread with
the engine of this process. Both are given batches through a pipe and answer through it."""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import NoReturn, Protocol

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.outcome import Failure, FailureKind, LoraviewerError, text_of
from loraviewer.core.sentences import say
from loraviewer.lab.runners.quiet_processes import deaf
from loraviewer.lab.runners.runner import Batch, Painter, answered

_PATIENCE_S = 5.0

StartPainter = Callable[[], Painter]
"""A function of a module, or a partial of one: it runs in the new process."""


class Worker(Protocol):
    """`pipe` takes a `Batch` and gives `Made` for each of its shots, then None; a `Failure` ends
    it."""

    @property
    def pipe(self) -> Connection: ...

    def stop(self) -> None:
        """Ask it to end; returns at once."""
        ...

    def wait(self) -> None:
        """Until it has ended, after `stop`."""
        ...


class ProcessWorker:
    """Implements `Worker`."""

    def __init__(self, start: StartPainter) -> None:
        """start: called once in the process, which holds what it returns."""
        spawn = multiprocessing.get_context("spawn")
        self.pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_work_alone, args=(start, theirs), daemon=True)
        with deaf():
            self._process.start()
        theirs.close()

    def stop(self) -> None:
        self._process.terminate()

    def wait(self) -> None:
        self._process.join(_PATIENCE_S)
        self._process.kill()  # in the midst of something that nothing interrupts
        self._process.join()
        self.pipe.close()


class ThreadWorker:
    """Implements `Worker`. Meanwhile nobody else uses the painter."""

    def __init__(self, painter: Painter) -> None:
        self.pipe, theirs = multiprocessing.Pipe()
        self._token = CancelToken()
        work = (lambda: painter, theirs, self._token)
        self._thread = threading.Thread(target=_work, args=work, name="painter", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """It ends within a step of denoising."""
        self._token.cancel()
        self.pipe.close()

    def wait(self) -> None:
        self._thread.join()


def _work_alone(start: StartPainter, pipe: Connection) -> None:
    """All of a process. Ended from outside, it still clears up; whoever began it may be killed."""
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    _work(start, pipe, CancelToken())


def _work(start: StartPainter, pipe: Connection, token: CancelToken) -> None:
    """All of a worker, and its boundary."""
    with pipe, contextlib.suppress(EOFError, ConnectionError, Cancelled):  # nobody asks any more
        try:
            _answer_all(start(), pipe, token)
        except (EOFError, ConnectionError, Cancelled):
            raise
        except LoraviewerError as error:
            pipe.send(error.failure())
        except Exception as error:  # noqa: BLE001 - nothing above would tell of it
            told = say("unexpected {kind}: {what}", kind=type(error).__name__, what=text_of(error))
            pipe.send(Failure(FailureKind.INTERNAL, told))


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)  # what is half made is nobody's any more


def _end(number: int, frame: object) -> NoReturn:
    sys.exit()


def _answer_all(painter: Painter, pipe: Connection, token: CancelToken) -> None:
    while True:
        batch: Batch = pipe.recv()
        for shot in batch:
            pipe.send(answered(painter, shot, token))
        pipe.send(None)
