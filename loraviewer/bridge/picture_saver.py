"""Writing the shown pictures to files, off the GUI thread."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.pane_model import PaneModel
from loraviewer.core.outcome import Failure, FailureKind, Rendered
from loraviewer.core.pane import PaneId


class PictureSaver(QObject):
    """GUI thread only; `write` is called in the pool."""

    notice = Signal(object)  # Failure

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

    def save(self, pane_id: PaneId, path: str) -> None:
        """Write the shown picture with its full request inside; says so where it is a draft."""
        rendered = self._panes.pane(pane_id).shown
        if rendered is None:
            return
        is_draft = rendered.request.is_draft

        def receive(failure: Failure | None) -> None:
            if failure is None and is_draft:
                words = self.tr("{} is a draft; save it again once the fader is let go.")
                failure = Failure(FailureKind.FILE, words.format(Path(path).name))
            if failure is not None:
                self.notice.emit(failure)

        self._tasks.run(lambda: self._write(Path(path), rendered), receive)
