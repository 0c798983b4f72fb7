"""Pictures made by a Ray cluster, as an experiment asks for them."""

import contextlib
import multiprocessing
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from loraviewer.core.experiments.shots import Shot
from loraviewer.core.infotext import installed_versions
from loraviewer.core.outcome import LoraviewerError
from loraviewer.core.sentences import say
from loraviewer.lab.runners.cluster.connecting import ClusterError
from loraviewer.lab.runners.cluster.messages import (
    Answer,
    Begin,
    Broke,
    FromDriver,
    Give,
    Got,
    Needs,
    NoMore,
    SetAside,
    ToDriver,
    Told,
    Want,
    Wishes,
    Working,
    decoded,
    encoded,
    read_sentence,
    rendered,
    shot_bytes,
)
from loraviewer.lab.runners.cluster.own_folder import own_folder
from loraviewer.lab.runners.cluster.ray_driver import drive
from loraviewer.lab.runners.quiet_processes import deaf
from loraviewer.lab.runners.runner import Batch, Made, WorkerFailed

_PATIENCE_S = 15.0
"""So long a driver may take to close its cluster."""
_TURN_S = 0.2


class PicturesSetAside(LoraviewerError):  # noqa: N818 - it says what happened
    """Pictures that ended worker after worker; everything else is made."""


@dataclass(frozen=True)
class ClusterWish:
    """`address`: “local”, or where a Ray cluster listens. `here`: what this computer's own pictures
    are made on, "" where it makes none."""

    address: str
    needs: Needs
    files: Mapping[str, str]
    """Path of each adapter → its sha256."""
    wishes: Wishes
    here: Callable[[], str] = lambda: ""
    patience_s: float = 60.0
    join_s: float = 60.0


class ClusterRunner:
    """Implements `Runner`. Batches are asked for as workers come free: of a hundred thousand
    pictures, a few for each worker are known at a time."""

    def __init__(
        self,
        wish: ClusterWish,
        on_working: Callable[[Working], None] = lambda working: None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """check: asked while nothing comes; what it raises ends the run."""
        self._wish = wish
        self._on_working = on_working
        self._check = check

    def made(self, batches: Iterable[Batch]) -> Generator[Made]:
        """Raises `WorkerFailed`, `ClusterError`, and once all others are there,
        `PicturesSetAside`."""
        with _driver(self._wish) as pipe:
            talk = _Talk(pipe, self._wish, iter(batches), self._on_working, self._check)
            yield from talk.made()


def asked_once(wish: ClusterWish, question: str, payload: bytes) -> bytes:
    """What one worker of the cluster says. question: as in `messages.Begin`. Raises
    `WorkerFailed` and `ClusterError`."""
    with _driver(wish, question, payload) as pipe:
        message = _received(pipe, wish.address)
    if isinstance(message, Broke):
        raise WorkerFailed(message.failure())
    assert isinstance(message, Told)
    return message.content


def _received(
    pipe: Connection, address: str, check: Callable[[], None] = lambda: None
) -> FromDriver:
    try:
        while not pipe.poll(_TURN_S):
            check()
        return decoded(pipe.recv_bytes(), FromDriver)
    except (EOFError, OSError):
        raise ClusterError(
            say("The connection to the Ray cluster “{address}” was lost.", address=address)
        ) from None


class _Talk:
    """With one driver, until everything is made."""

    def __init__(
        self,
        pipe: Connection,
        wish: ClusterWish,
        batches: Iterator[Batch],
        on_working: Callable[[Working], None],
        check: Callable[[], None],
    ) -> None:
        self._pipe, self._wish, self._batches = pipe, wish, batches
        self._on_working, self._check = on_working, check
        self._open = dict[int, tuple[Batch, set[int]]]()
        """By number: a batch, and the places that are not answered yet."""
        self._given = 0
        self._set_aside = list[str]()
        self._here = ""

    def made(self) -> Iterator[Made]:
        self._here = self._wish.here()
        while True:
            message = self._heard()
            if isinstance(message, Got):
                yield self._answer(message)
            elif isinstance(message, Want):
                self._give(message.batches)
            elif isinstance(message, SetAside):
                self._put_aside(message)
            elif isinstance(message, Working):
                self._on_working(message)
            elif isinstance(message, Broke):
                raise WorkerFailed(message.failure())
            else:
                break
        if self._set_aside:
            raise PicturesSetAside(_set_aside_words(self._set_aside))

    def _heard(self) -> FromDriver:
        return _received(self._pipe, self._wish.address, self._check)

    def _send(self, message: ToDriver) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # `_heard` tells
            self._pipe.send_bytes(encoded(message))

    def _give(self, count: int) -> None:
        for _ in range(count):
            batch = next(self._batches, None)
            if batch is None:
                self._send(NoMore())
                return
            self._given += 1
            self._open[self._given] = (batch, set(range(len(batch))))
            self._send(_give(self._given, batch, self._wish.files))

    def _answer(self, got: Got) -> Made:
        asked = self._taken(got.number, got.at)
        answer: Answer = decoded(got.answer, Answer)
        if isinstance(answer, Broke):
            raise WorkerFailed(answer.failure())
        other = got.made_on if got.made_on != self._here else ""
        return Made(asked, rendered(answer, asked, other))

    def _put_aside(self, told: SetAside) -> None:
        asked = self._taken(told.number, told.at)
        sampling = asked.request.sampling
        self._set_aside.append(
            say(
                "“{prompt}”, seed {seed}, {count} adapters: {why}",
                prompt=sampling.prompt,
                seed=sampling.seed,
                count=len(asked.request.adapters),
                why=read_sentence(told.sentence),
            )
        )

    def _taken(self, number: int, at: int) -> Shot:
        batch, left = self._open[number]
        left.discard(at)
        if not left:
            del self._open[number]
        return batch[at]


def _give(number: int, batch: Batch, files: Mapping[str, str]) -> Give:
    request = batch[0].request
    stack = repr((request.adapters, request.merge_rule))
    shots = [shot_bytes(shot, files) for shot in batch]
    return Give(number, shots, stack, is_way=any(shot.visit for shot in batch))


def _set_aside_words(told: list[str]) -> str:
    return say(
        "Pictures were set aside, since they ended worker after worker: {count} of them, the "
        "first is {first}.",
        count=len(told),
        first=told[0],
    )


@contextlib.contextmanager
def _driver(wish: ClusterWish, question: str = "", payload: bytes = b"") -> Generator[Connection]:
    """Begun; nothing of it is left afterwards, its folder neither."""
    with own_folder() as folder:
        ours, theirs = multiprocessing.get_context("spawn").Pipe()
        process = multiprocessing.get_context("spawn").Process(
            target=drive, args=(theirs,), daemon=False
        )
        try:
            with deaf():
                process.start()
            theirs.close()
            begin = Begin(
                address=wish.address,
                needs=wish.needs,
                wishes=wish.wishes,
                versions=installed_versions(),
                folder=str(folder),
                patience_s=wish.patience_s,
                join_s=wish.join_s,
                question=question,
                payload=payload,
            )
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                ours.send_bytes(encoded(begin))
            yield ours
        finally:
            _close(process, ours)


def _close(process: SpawnProcess, pipe: Connection) -> None:
    """A closed pipe is what a driver that is at work hears first."""
    pipe.close()
    process.join(_PATIENCE_S)
    if process.is_alive():
        process.terminate()
        process.join(_PATIENCE_S)
    process.kill()
    process.join()
