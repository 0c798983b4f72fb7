"""Pictures made side by side by several processes, each with an engine of its own.

Small networks leave cores idle while one thread waits for another: two processes of one thread each
make a quarter to a half more of them than one process of two.
"""

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator
from multiprocessing.connection import Connection, wait

from loraviewer.core.outcome import Failure, OutOfMemory
from loraviewer.core.sentences import say
from loraviewer.lab.runners.runner import Batch, Made, Painter, WorkerFailed
from loraviewer.lab.runners.workers import ProcessWorker, StartPainter, ThreadWorker, Worker

_TURN_S = 0.2


class ProcessRunner:
    """Implements `Runner`. `start` is called once in each process, which holds what it returns."""

    def __init__(
        self,
        start: StartPainter,
        workers: int,
        check: Callable[[], None] = lambda: None,
        *,
        own: Painter | None = None,
        is_worth_it: Callable[[int], bool] = lambda made: True,
    ) -> None:
        """check: asked while nothing comes; what it raises ends the run. own: one of the workers,
        on a thread of this process; it begins at once. is_worth_it: whether the processes are to be
        started beside it, when so many pictures are made; counts with `own` alone."""
        self._start = start
        self._workers = workers
        self._check = check
        self._own = own
        self._is_worth_it = is_worth_it

    def made(self, batches: Iterable[Batch]) -> Generator[Made]:
        """Also raises `OutOfMemory` where the system ended a process."""
        waiting = iter(batches)
        count = 0
        with _crew() as crew:
            busy = _set_to_work(self._first(crew), waiting)
            while busy:
                self._check()
                if len(crew) < self._workers and self._is_worth_it(count):
                    busy |= _set_to_work(self._others(crew), waiting)
                for pipe in wait(list(busy), _TURN_S):
                    assert isinstance(pipe, Connection)
                    answer = _answer(busy[pipe])
                    if answer is not None:
                        count += 1
                        yield answer
                    elif not _given(busy[pipe], waiting):
                        del busy[pipe]

    def _first(self, crew: list[Worker]) -> list[Worker]:
        if self._own is None:
            return self._others(crew)
        crew.append(ThreadWorker(self._own))
        return crew[-1:]

    def _others(self, crew: list[Worker]) -> list[Worker]:
        """The rest of them, in processes."""
        there = len(crew)
        while len(crew) < self._workers:
            crew.append(ProcessWorker(self._start))
        return crew[there:]


@contextlib.contextmanager
def _crew() -> Generator[list[Worker]]:
    """None of those that are in the list is left afterwards."""
    workers = list[Worker]()
    try:
        yield workers
    finally:
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.wait()


def _set_to_work(workers: list[Worker], waiting: Iterator[Batch]) -> dict[Connection, Worker]:
    return {worker.pipe: worker for worker in workers if _given(worker, waiting)}


def _given(worker: Worker, waiting: Iterator[Batch]) -> bool:
    """Whether there was another batch for it."""
    batch = next(waiting, None)
    if batch is not None:
        with contextlib.suppress(BrokenPipeError):  # the answer says that it has ended
            worker.pipe.send(batch)
    return batch is not None


def _answer(worker: Worker) -> Made | None:
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
