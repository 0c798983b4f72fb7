"""Experiments of earlier, read off the GUI thread."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.experiments.experiment_services import ExperimentServices
from loraviewer.core.experiments.past import OpenedExperiment, PastExperiment
from loraviewer.core.outcome import Failure, Rendered


class PastExperiments(QObject):
    """GUI thread only."""

    known_changed = Signal()
    opened = Signal(object)  # OpenedExperiment
    picture_read = Signal(object, object, object)  # Path, cell id, Rendered or None
    failed = Signal(object)  # Failure

    def __init__(self, services: ExperimentServices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._tasks = BackgroundTasks(self, threads=1)
        self._known: tuple[PastExperiment, ...] = ()

    def known(self) -> tuple[PastExperiment, ...]:
        """As they were looked up last, the newest first."""
        return self._known

    def look(self) -> None:
        results = self._services.results
        if results is not None:
            self._tasks.run(partial(self._services.past, results), self._on_looked)

    def open(self, folder: Path) -> None:
        self._tasks.run(partial(self._services.open, folder), self._on_opened)

    def read_picture(self, folder: Path, cell_id: str) -> None:
        read = partial(self._services.picture, folder, cell_id)
        self._tasks.run(read, partial(self._on_read, folder, cell_id))

    def close(self, patience_ms: int) -> bool:
        return self._tasks.close(patience_ms)

    def _on_looked(self, found: tuple[PastExperiment, ...] | Failure) -> None:
        known = () if isinstance(found, Failure) else found
        if known != self._known:
            self._known = known
            self.known_changed.emit()

    def _on_opened(self, opened: OpenedExperiment | Failure) -> None:
        (self.failed if isinstance(opened, Failure) else self.opened).emit(opened)

    def _on_read(self, folder: Path, cell_id: str, read: Rendered | Failure | None) -> None:
        shown = read if isinstance(read, Rendered) else None
        self.picture_read.emit(folder, cell_id, shown)
