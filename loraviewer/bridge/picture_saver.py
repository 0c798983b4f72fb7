"""Writing pictures to files, off the GUI thread."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.pane_model import PaneModel
from loraviewer.core.drafts import is_settled_of
from loraviewer.core.outcome import Failure, FailureKind, Rendered


class PictureSaver(QObject):
    """GUI thread only; `write` is called in the pool."""

    notice = Signal(object)  # Failure
    saved = Signal(str)  # path of a picture that is there now

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

    def save(self, rendered: Rendered, path: str) -> None:
        """Write a picture with its full request inside; in place of a draft the settled picture, if
        it is there by now, and otherwise it says so."""
        rendered = self._settled(rendered)
        is_draft = rendered.request.is_draft

        def receive(failure: Failure | None) -> None:
            if failure is None:
                self.saved.emit(path)
            if failure is None and is_draft:
                words = self.tr("{} is a draft; save it again once the fader is let go.")
                failure = Failure(FailureKind.FILE, words.format(Path(path).name))
            if failure is not None:
                self.notice.emit(failure)

        self._tasks.run(lambda: self._write(Path(path), rendered), receive)

    def _settled(self, rendered: Rendered) -> Rendered:
        if rendered.request.is_draft:
            for pane in self._panes.panes():
                if pane.shown is not None and is_settled_of(rendered.request, pane.shown.request):
                    return pane.shown
        return rendered
