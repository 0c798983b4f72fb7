"""Finished pictures by request, the most recently used kept, up to so many bytes."""

from collections import OrderedDict

from loraviewer.core.outcome import Rendered


class ImageCache:
    """Least recently used first out. Used on the engine thread only."""

    def __init__(self, limit_bytes: int = 256 * 2**20) -> None:
        self._limit_bytes = limit_bytes
        self._bytes = 0
        self._images: OrderedDict[str, Rendered] = OrderedDict()

    def get(self, sha256: str) -> Rendered | None:
        """The picture of the request with this digest."""
        rendered = self._images.get(sha256)
        if rendered is not None:
            self._images.move_to_end(sha256)
        return rendered

    def put(self, sha256: str, rendered: Rendered) -> None:
        self._forget(sha256)
        self._images[sha256] = rendered
        self._bytes += len(rendered.picture.rgb)
        while self._bytes > self._limit_bytes:
            self._forget(next(iter(self._images)))

    def clear(self) -> None:
        self._images.clear()
        self._bytes = 0

    def _forget(self, sha256: str) -> None:
        rendered = self._images.pop(sha256, None)
        if rendered is not None:
            self._bytes -= len(rendered.picture.rgb)

    def __len__(self) -> int:
        return len(self._images)
