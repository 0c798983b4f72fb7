"""What the bridge needs of a store of finished pictures, without knowing where it keeps them."""

from typing import Protocol

from loraviewer.core.outcome import Rendered
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stack import AdapterStack
from loraviewer.core.stored_picture import StoredPicture


class PicturePort(Protocol):
    """Any thread. What goes wrong raises nothing: it is as if the picture were not there, and
    `complaint` has one sentence about it, once."""

    def key(self, request: GenerationRequest) -> str:
        """Under which the answer to a request is known here."""
        ...

    def has(self, request: GenerationRequest) -> bool:
        """Whether `find` is likely to find it, without reading it."""
        ...

    def find(self, request: GenerationRequest) -> Rendered | None:
        """The settled picture that answers it, whole and checked."""
        ...

    def read(self, key: str) -> Rendered | None:
        """As `find`, of a picture that is listed."""
        ...

    def keep(self, rendered: Rendered, stack: AdapterStack | None) -> StoredPicture | None:
        """Keep a settled picture; None where that cannot be, and for drafts. stack: all rows of the
        pane that shows it; None where no pane does: then it is found, but not listed."""
        ...

    def earlier(self, count: int, before: StoredPicture | None = None) -> list[StoredPicture]:
        """Pictures that panes of other sessions showed, newest first; those that follow `before` in
        that order."""
        ...

    def thumbnail(self, key: str) -> bytes:
        """A small JPEG; empty where the picture is gone."""
        ...

    def star(self, key: str, on: bool) -> bool:
        """Whether it is never to give way to others; False where that was not done."""
        ...

    def delete(self, key: str) -> None: ...

    def complaint(self) -> str:
        """What has not been told yet of what went wrong; "" for nothing."""
        ...

    def close(self) -> None:
        """The studio closes: what takes long is left out from now on."""
        ...
