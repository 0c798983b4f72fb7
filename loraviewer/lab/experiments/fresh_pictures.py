"""Pictures that were made now and are not measured yet: to read them again would take longer than
to measure. As many as fit; where some wait for one that comes late, the oldest are read again."""

from collections import OrderedDict

from loraviewer.core.outcome import Rendered

MOST_BYTES = 256 << 20


class FreshPictures:
    """By the keys of their shots."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, Rendered] = OrderedDict()

    def add(self, key: str, rendered: Rendered) -> None:
        self.drop(key)
        self._kept[key] = rendered
        self._bytes += len(rendered.picture.rgb)
        while self._bytes > self._most_bytes:
            self.drop(next(iter(self._kept)))

    def find(self, key: str) -> Rendered | None:
        return self._kept.get(key)

    def drop(self, key: str) -> None:
        dropped = self._kept.pop(key, None)
        if dropped is not None:
            self._bytes -= len(dropped.picture.rgb)
