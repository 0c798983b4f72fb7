"""Small pictures: the queue that has them made, and the models that ask for them."""

from functools import partial

from PySide6.QtCore import QObject

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.cells.ablation_model import AblationModel
from loraviewer.bridge.cells.ahead_model import AheadModel
from loraviewer.bridge.cells.cell_queue import CellQueue, Paced
from loraviewer.bridge.cells.cell_requests import CellRequests
from loraviewer.bridge.cells.map_model import MapModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.pictures.stored_pictures import StoredPictures
from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.settings_model import SettingsModel


class CellDesk(QObject):
    """Builds what handles them; those that the store has are not made again. GUI thread only."""

    def __init__(
        self,
        engine: Engine,
        document: DocumentModel,
        stack: StackModel,
        panes: PaneModel,
        adapters: AdapterModel,
        base: BaseModel,
        settings: SettingsModel,
        scheduler: Paced,
        stored: StoredPictures,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.queue = CellQueue(
            *(engine, panes, document, base, scheduler),
            find=stored.find,
            keep=partial(stored.keep, rows=None),
            parent=self,
        )
        requests = CellRequests(base, adapters, settings)
        self.ablation = AblationModel(
            document, panes, adapters, settings, self.queue, requests, self
        )
        self.ahead = AheadModel(document, adapters, settings, self.queue, requests, self)
        self.map = MapModel(document, stack, panes, adapters, base, self.queue, requests, self)
