"""Pictures of another runner, each told of as it comes."""

from collections.abc import Callable, Generator, Iterable
from contextlib import closing

from loraviewer.lab.runners.runner import Batch, Made, Runner


class ToldRunner:
    """Implements `Runner`. tell: may raise, which ends the other one."""

    def __init__(self, runner: Runner, tell: Callable[[Made], None]) -> None:
        self._runner = runner
        self._tell = tell

    def made(self, batches: Iterable[Batch]) -> Generator[Made]:
        with closing(self._runner.made(batches)) as made:
            for one in made:
                self._tell(one)
                yield one
