"""Writing pictures to files, off the GUI thread."""

from collections.abc import Callable
from enum import StrEnum, auto
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.core.drafts import is_settled_of
from loraviewer.core.outcome import Failure, FailureKind, Rendered


class PictureAge(StrEnum):
    """A saved picture against what its pane is to show."""

    PRESENT = auto()
    NEXT_UNDER_WAY = auto()
    """Something was changed since, and the picture of that is being painted."""
    BEFORE = auto()
    """Something was changed since."""


class SavedPicture(msgspec.Struct, frozen=True):
    path: str
    age: PictureAge = PictureAge.PRESENT


class PictureSaver(QObject):
    """GUI thread only; `write` is called in the pool."""

    notice = Signal(object)  # Failure
    saved = Signal(object)  # SavedPicture that is there now
    settled = Signal()  # nothing is being saved any more

    def __init__(
        self,
        panes: PaneModel,
        tasks: BackgroundTasks,
        write: Callable[[Path, Rendered], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._panes = panes
        self._tasks = tasks
        self._write = write
        self._under_way: list[str] = []

    @property
    def under_way(self) -> tuple[str, ...]:
        """Paths of pictures that are being saved, or wait for it."""
        return tuple(self._under_way)

    def save(self, rendered: Rendered, path: str) -> None:
        """Write a picture with its full request inside; in place of a draft the settled picture, if
        it is there by now, and otherwise it says so."""
        rendered = self._settled(rendered)
        saved = SavedPicture(path, self._age(rendered))

        def receive(failure: Failure | None) -> None:
            self._under_way.remove(path)
            if failure is None:
                self.saved.emit(saved)
            if failure is None and rendered.request.is_draft:
                words = self.tr("{} is a draft; save it again once the fader is let go.")
                failure = Failure(FailureKind.FILE, words.format(Path(path).name))
            if failure is not None:
                self.notice.emit(failure)
            if not self._under_way:
                self.settled.emit()

        self._under_way.append(path)
        self._tasks.run(lambda: self._write(Path(path), rendered), receive)

    def finish(self, patience_ms: int) -> bool:
        """Wait for all pictures that are being saved; tells of those that are not after so long."""
        has_ended = self._tasks.finish(patience_ms)
        for path in self._under_way:
            words = self.tr("“{}” was not saved: the window closed before it was written.")
            self.notice.emit(Failure(FailureKind.FILE, words.format(path)))
        return has_ended

    def _age(self, rendered: Rendered) -> PictureAge:
        """A draft says by itself that it is none of the settled pictures."""
        panes = [pane for pane in self._panes.panes() if pane.shown is rendered]
        if rendered.request.is_draft or any(not pane.is_outdated for pane in panes):
            return PictureAge.PRESENT
        is_busy = any(pane.is_busy for pane in panes)
        return PictureAge.NEXT_UNDER_WAY if is_busy else PictureAge.BEFORE

    def _settled(self, rendered: Rendered) -> Rendered:
        if rendered.request.is_draft:
            for pane in self._panes.panes():
                if pane.shown is not None and is_settled_of(rendered.request, pane.shown.request):
                    return pane.shown
        return rendered
