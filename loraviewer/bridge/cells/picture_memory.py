"""Finished pictures by their requests: those that were used last are kept, up to so many bytes."""

from collections import OrderedDict

from loraviewer.core.outcome import Rendered
from loraviewer.core.request import GenerationRequest


class PictureMemory:
    """GUI thread only."""

    def __init__(self, limit_bytes: int) -> None:
        """A picture that is larger than the limit is not kept."""
        self._limit_bytes = limit_bytes
        self._bytes = 0
        self._pictures: OrderedDict[GenerationRequest, Rendered] = OrderedDict()

    def get(self, request: GenerationRequest) -> Rendered | None:
        rendered = self._pictures.get(request)
        if rendered is not None:
            self._pictures.move_to_end(request)
        return rendered

    def put(self, request: GenerationRequest, rendered: Rendered) -> None:
        self._forget(request)
        self._pictures[request] = rendered
        self._bytes += len(rendered.picture.rgb)
        while self._bytes > self._limit_bytes:
            self._forget(next(iter(self._pictures)))

    def clear(self) -> None:
        self._pictures.clear()
        self._bytes = 0

    def _forget(self, request: GenerationRequest) -> None:
        rendered = self._pictures.pop(request, None)
        if rendered is not None:
            self._bytes -= len(rendered.picture.rgb)
