"""Pictures made one after the other, by one engine in this process."""

from collections.abc import Generator, Iterable

from loraviewer.core.cancel import CancelToken
from loraviewer.lab.runners.runner import Batch, Made, Painter, answered


class LocalRunner:
    """Implements `Runner`."""

    def __init__(self, painter: Painter, token: CancelToken | None = None) -> None:
        self._painter = painter
        self._token = token or CancelToken()

    def made(self, batches: Iterable[Batch]) -> Generator[Made]:
        """Raises `Cancelled`, too."""
        for batch in batches:
            for shot in batch:
                yield answered(self._painter, shot, self._token)
