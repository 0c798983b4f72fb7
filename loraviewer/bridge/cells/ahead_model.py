"""Pictures that nobody asked for yet: of states one step away, made while the machine is idle."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.cells.cell_queue import CellQueue
from loraviewer.bridge.cells.cell_requests import CellRequests
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.document import Document
from loraviewer.core.next_states import moved_fader, next_states
from loraviewer.core.reports import CheckpointInfo

OWNER = "ahead"


class AheadModel(QObject):
    """Has up to `Settings.pictures_ahead` of them made as cells are, after all other cells;
    whatever a pane wants breaks them off. They are found as any picture that was made before.
    GUI thread only."""

    def __init__(
        self,
        document: DocumentModel,
        adapters: AdapterModel,
        settings: SettingsModel,
        cells: CellQueue,
        requests: CellRequests,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._settings = settings
        self._cells = cells
        self._requests = requests
        self._last_moved = ""
        self._rests: Callable[[], bool] = bool
        document.changed.connect(self._on_document_changed)
        document.drag_changed.connect(self._on_changed)
        settings.changed.connect(self._on_changed)
        adapters.adapter_changed.connect(self._on_changed)

    def rest_while(self, is_at_work: Callable[[], bool]) -> None:
        """Nothing is asked for meanwhile: of an experiment somebody waits for the end. Whoever
        begins or ends it calls `look_again`."""
        self._rests = is_at_work

    @Slot()
    @Slot(object)
    def look_again(self, _: object = None) -> None:
        """Something else began or ended that these are to leave alone."""
        self._want()

    def use_base(self, _: CheckpointInfo) -> None:
        """Another base is loaded: what was wanted of the former one is forgotten already."""
        self._want()

    def _want(self) -> None:
        most = self._settings.settings.pictures_ahead
        if not most or self._rests():
            if self._cells.left(OWNER):
                self._cells.drop(OWNER)
            return
        if self._document.is_dragging:
            return
        document = self._document.document
        sampling = document.active_sampling
        ready = filter(self._requests.is_ready, next_states(document.stack, self._last_moved))
        asked = dict.fromkeys(self._requests.request(stack, sampling) for stack in ready)
        self._cells.want(OWNER, list(asked)[:most], is_least=True)

    @Slot(object, object)
    def _on_document_changed(self, document: Document, before: Document) -> None:
        if document.active == before.active:
            self._last_moved = moved_fader(document.stack, before.stack) or self._last_moved
        self._want()

    @Slot(object)
    @Slot(bool)
    @Slot(str)
    def _on_changed(self, _: object = None) -> None:
        self._want()
