"""Pictures that were made before, from the studio's picture store; new ones are kept there."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import Protocol

from loraviewer.core.experiments.shots import Shot
from loraviewer.core.outcome import Rendered
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stack import AdapterStack
from loraviewer.lab.runners.runner import Batch, Made, Runner

THREADS = 1
"""Of each computation of an experiment's pictures on a CPU; those of others differ in last digits.
Pictures of accelerators count none."""


class Keeping(Protocol):
    """The part of `core.picture_port.PicturePort` that it needs."""

    def find(self, request: GenerationRequest) -> Rendered | None: ...

    def keep(self, rendered: Rendered, stack: AdapterStack | None) -> object: ...


class StoredRunner:
    """Implements `Runner`. Only plain shots are looked for and kept: a stop of a way must be made
    in its place, and what was disturbed is no answer to a request. The other runner is not even
    asked where nothing is left for it."""

    def __init__(self, runner: Runner, store: Keeping, *, takes_foreign: bool = False) -> None:
        """takes_foreign: also what other kinds of devices made, whose last digits differ."""
        self._runner = runner
        self._store = store
        self._takes_foreign = takes_foreign

    def made(self, batches: Iterable[Batch]) -> Generator[Made]:
        """batches: gone through twice, so that nobody keeps those that are left."""
        found, is_all = set[str](), True
        for batch in batches:
            for shot in batch:
                stored = self._found(shot)
                if stored is None:
                    is_all = False
                else:
                    found.add(shot.key)
                    yield Made(shot, stored)
        if not is_all:
            with closing(self._runner.made(_left(batches, found))) as made:
                yield from map(self._kept, made)

    def _found(self, shot: Shot) -> Rendered | None:
        found = self._store.find(shot.request) if shot.is_plain else None
        if found is None or found.threads not in (0, THREADS):
            return None
        return found if self._takes_foreign or not found.made_on else None

    def _kept(self, made: Made) -> Made:
        if made.asked.is_plain and isinstance(made.rendered, Rendered):
            self._store.keep(made.rendered, None)
        return made


def _left(batches: Iterable[Batch], found: set[str]) -> Iterator[Batch]:
    """Those that were not found, as they are asked for."""
    for batch in batches:
        rest = tuple(shot for shot in batch if shot.key not in found)
        if rest:
            yield rest
