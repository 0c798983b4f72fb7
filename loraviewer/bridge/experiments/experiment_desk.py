"""Experiments in the studio: what runs them, and the model that the window knows."""

from PySide6.QtCore import QObject, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.cells.cell_queue import CellQueue
from loraviewer.bridge.cells.cell_requests import CellRequests
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.experiments.experiment_drafts import ExperimentDrafts
from loraviewer.bridge.experiments.experiment_lane import ExperimentLane
from loraviewer.bridge.experiments.experiment_plans import ExperimentPlans
from loraviewer.bridge.experiments.experiment_services import ExperimentServices
from loraviewer.bridge.experiments.experiment_thread import ExperimentThread
from loraviewer.bridge.experiments.experiments_model import ExperimentsModel
from loraviewer.bridge.experiments.past_experiments import PastExperiments
from loraviewer.bridge.pictures.stored_pictures import StoredPictures
from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.rendering.wishes import Wishes
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.outcome import Rendered


class ExperimentDesk(QObject):
    """Builds what handles them; pictures that the store has are not made again. GUI thread only."""

    def __init__(
        self,
        engine: Engine,
        document: DocumentModel,
        panes: PaneModel,
        adapters: AdapterModel,
        base: BaseModel,
        cells: CellQueue,
        stored: StoredPictures,
        services: ExperimentServices,
        settings: SettingsModel,
        wishes: Wishes,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._cells = cells
        self._stored = stored
        self.lane = ExperimentLane(engine, panes, document, base, cells, settings, wishes, self)
        self.lane.made.connect(self._on_made)
        self.experiments = ExperimentsModel(
            ExperimentDrafts(document, base, CellRequests(base, adapters)),
            ExperimentPlans(base, stored.has_here, cells.expected_s, self),
            PastExperiments(services, self),
            self.lane,
            ExperimentThread(services, stored.find_here, self),
            settings,
            self,
        )
        self.experiments.made_elsewhere.connect(self._on_made_elsewhere)

    @Slot(object)
    def _on_made_elsewhere(self, rendered: Rendered) -> None:
        """It says nothing of how fast this computer is."""
        self._stored.keep(rendered, None)

    @Slot(object)
    def _on_made(self, rendered: Rendered) -> None:
        self._cells.learn_pace(rendered)
        self._stored.keep(rendered, None)
