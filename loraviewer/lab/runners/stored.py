"""Pictures that were made before, from the studio's picture store; new ones are kept there."""

from collections.abc import Generator, Iterable
from contextlib import closing

from loraviewer.core.experiments.shots import Shot
from loraviewer.core.outcome import Rendered
from loraviewer.core.picture_port import PicturePort
from loraviewer.lab.runners.runner import Batch, Made, Runner

THREADS = 1
"""Of each computation of an experiment's pictures on a CPU; those of others differ in last digits.
Pictures of accelerators count none."""


class StoredRunner:
    """Implements `Runner`. Only plain shots are looked for and kept: a stop of a way must be made
    in its place, and what was disturbed is no answer to a request. The other runner is not even
    asked where nothing is left for it."""

    def __init__(self, runner: Runner, store: PicturePort) -> None:
        self._runner = runner
        self._store = store

    def made(self, batches: Iterable[Batch]) -> Generator[Made]:
        left = list[Batch]()
        for batch in batches:
            rest = list[Shot]()
            for shot in batch:
                found = self._found(shot)
                if found is None:
                    rest.append(shot)
                else:
                    yield Made(shot, found)
            if rest:
                left.append(tuple(rest))
        if left:
            with closing(self._runner.made(left)) as made:
                yield from map(self._kept, made)

    def _found(self, shot: Shot) -> Rendered | None:
        found = self._store.find(shot.request) if shot.is_plain else None
        return found if found is not None and found.threads in (0, THREADS) else None

    def _kept(self, made: Made) -> Made:
        if made.asked.is_plain and isinstance(made.rendered, Rendered):
            self._store.keep(made.rendered, None)
        return made
