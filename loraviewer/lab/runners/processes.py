"""Pictures made side by side by several processes, each with an engine of its own.

Small networks leave cores idle while one thread waits for another: two processes of one thread each
make a quarter to a half more of them than one process of two.
"""

import contextlib
import multiprocessing
import signal
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import NoReturn

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Failure, FailureKind, LoraviewerError, OutOfMemory, text_of
from loraviewer.core.sentences import say
from loraviewer.lab.runners.quiet_processes import deaf
from loraviewer.lab.runners.runner import Batch, Made, Painter, WorkerFailed, answered

_PATIENCE_S = 5.0
_TURN_S = 0.2

StartPainter = Callable[[], Painter]
"""A function of a module, or a partial of one: it runs in the new process."""


@dataclass(frozen=True)
class _Worker:
    process: SpawnProcess
    pipe: Connection


class ProcessRunner:
    """Implements `Runner`. `start` is called once in each process, which holds what it returns."""

    def __init__(
        self, start: StartPainter, workers: int, check: Callable[[], None] = lambda: None
    ) -> None:
        """check: asked while nothing comes; what it raises ends the run."""
        self._start = start
        self._workers = workers
        self._check = check

    def made(self, batches: Iterable[Batch]) -> Generator[Made]:
        """Also raises `OutOfMemory` where the system ended a process."""
        waiting = iter(batches)
        with self._started() as workers:
            busy = {worker.pipe: worker for worker in workers if _given(worker, waiting)}
            while busy:
                self._check()
                for pipe in wait(list(busy), _TURN_S):
                    assert isinstance(pipe, Connection)
                    answer = _answer(busy[pipe])
                    if answer is not None:
                        yield answer
                    elif not _given(busy[pipe], waiting):
                        del busy[pipe]

    @contextlib.contextmanager
    def _started(self) -> Generator[list[_Worker]]:
        """None of them is left afterwards."""
        workers = list[_Worker]()
        try:
            for _ in range(self._workers):
                workers.append(_start_worker(self._start))
            yield workers
        finally:
            for worker in workers:
                worker.process.terminate()
            for worker in workers:
                _wait_for_end(worker)


def _start_worker(start: StartPainter) -> _Worker:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_work, args=(start, theirs), daemon=True)
    with deaf():
        process.start()
    theirs.close()
    return _Worker(process, ours)


def _wait_for_end(worker: _Worker) -> None:
    worker.process.join(_PATIENCE_S)
    worker.process.kill()  # in the midst of something that nothing interrupts
    worker.process.join()
    worker.pipe.close()


def _given(worker: _Worker, waiting: Iterator[Batch]) -> bool:
    """Whether there was another batch for it."""
    batch = next(waiting, None)
    if batch is not None:
        with contextlib.suppress(BrokenPipeError):  # the answer says that it has ended
            worker.pipe.send(batch)
    return batch is not None


def _answer(worker: _Worker) -> Made | None:
    """A picture; None where its batch is done."""
    try:
        answer: Made | Failure | None = worker.pipe.recv()
    except (EOFError, ConnectionResetError):
        raise OutOfMemory(
            say(
                "A process that made pictures was ended by the system, most likely for memory; "
                "give fewer --workers."
            )
        ) from None
    if isinstance(answer, Failure):
        raise WorkerFailed(answer)
    return answer


def _work(start: StartPainter, pipe: Connection) -> None:
    """All of a process, and its boundary. Ended from outside, it still clears up."""
    signal.signal(signal.SIGTERM, _end)
    with contextlib.suppress(EOFError, BrokenPipeError):  # nobody asks any more
        try:
            _answer_all(start(), pipe)
        except LoraviewerError as error:
            pipe.send(error.failure())
        except (EOFError, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001 - nothing above would tell of it
            told = say("unexpected {kind}: {what}", kind=type(error).__name__, what=text_of(error))
            pipe.send(Failure(FailureKind.INTERNAL, told))


def _end(number: int, frame: object) -> NoReturn:
    sys.exit()


def _answer_all(painter: Painter, pipe: Connection) -> None:
    token = CancelToken()
    while True:
        batch: Batch = pipe.recv()
        for shot in batch:
            pipe.send(answered(painter, shot, token))
        pipe.send(None)
