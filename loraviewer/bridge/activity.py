"""What the studio does, as the status line says it."""

from PySide6.QtCore import QObject, Slot

from loraviewer.bridge.adapters.adapter_intake import AdapterIntake
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.cells.cell_queue import CellQueue
from loraviewer.bridge.compile_model import CompileModel
from loraviewer.bridge.document.document_panes import DocumentPanes
from loraviewer.bridge.experiments.experiments_model import ExperimentsModel
from loraviewer.bridge.languages import shown
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.status_model import StatusModel
from loraviewer.core.document import PaneId
from loraviewer.core.outcome import Failure, Rendered
from loraviewer.core.pane import PaneState


class Activity(QObject):
    """Hears what is being read, loaded and rendered, and how long the picture took that is seen.
    GUI thread only."""

    def __init__(
        self,
        base: BaseModel,
        intake: AdapterIntake,
        places: DocumentPanes,
        panes: PaneModel,
        cells: CellQueue,
        experiments: ExperimentsModel,
        status: StatusModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._base = base
        self._places = places
        self._panes = panes
        self._cells = cells
        self._experiments = experiments
        self._status = status
        self._compiling: CompileModel | None = None
        intake.reading_changed.connect(self._on_reading_changed)
        base.opened.connect(self._on_base_opened)
        base.planned.connect(self._on_base_planned)
        base.failed.connect(self._on_base_failed)
        panes.pane_changed.connect(self._on_pane_changed)
        places.activated.connect(self._on_activated)
        cells.changed.connect(self._on_small_work_changed)
        experiments.state_changed.connect(self._on_small_work_changed)

    def follow(self, compiling: CompileModel) -> None:
        """What a process does meanwhile is told where nothing else is."""
        self._compiling = compiling
        compiling.changed.connect(self._on_small_work_changed)

    def tell_stopped(self) -> None:
        """Unless something goes on for a moment."""
        goes_on = self._base.is_loading or self._panes.is_busy
        self._status.change(activity=self._words() if goes_on else self.tr("stopped"))

    @Slot(int, int)
    def _on_reading_changed(self, done: int, total: int) -> None:
        words = self.tr("reading {done} of {total} files").format(done=done, total=total)
        self._status.change(activity=words if total else self._words())

    @Slot()
    def _on_base_opened(self) -> None:
        self._status.change(activity=self._loading())

    @Slot()
    def _on_base_planned(self) -> None:
        if self._base.is_loading:
            self._status.change(activity=self._words())

    @Slot(object)
    def _on_base_failed(self, _: Failure) -> None:
        self._status.change(activity=self._words())

    @Slot(object)
    def _on_pane_changed(self, state: PaneState) -> None:
        self._status.change(activity=self._words())
        if state.pane_id == self._places.document.active and state.shown is not None:
            self._tell_times(state.shown)

    @Slot()
    def _on_small_work_changed(self) -> None:
        if not self._panes.is_busy and not self._base.is_loading:
            self._status.change(activity=self._words())

    @Slot(str)
    def _on_activated(self, pane_id: PaneId) -> None:
        shown = self._panes.pane(pane_id).shown
        if shown is not None:
            self._tell_times(shown)

    def _tell_times(self, shown: Rendered) -> None:
        """Those of the picture that is seen, and none where it was not made anew."""
        times = None if shown.is_from_cache else shown.timings
        self._status.change(
            merge_ms=times.merge_ms if times else None,
            denoise_ms=times.denoise_ms if times else None,
            is_from_cache=shown.is_from_cache,
            is_from_store=shown.is_from_store,
            is_compiled=shown.request.is_compiled,
        )

    def _loading(self) -> str:
        """With how the base fits, where that is known."""
        plan = self._base.plan_sentence
        if not plan:
            return self.tr("loading")
        return self.tr("loading: {plan}").format(plan=shown(plan).rstrip("."))

    def _words(self) -> str:
        if self._base.is_loading:
            return self.tr("stopping") if self._base.is_stopping else self._loading()
        if self._panes.is_busy:
            return self.tr("rendering")
        if self._cells.is_at_work:
            return self.tr("small pictures")
        if self._experiments.is_running:
            return self.tr("experiment")
        is_building = self._compiling is not None and self._compiling.report.is_building
        return self.tr("idle, compiling meanwhile") if is_building else self.tr("idle")
