"""Finished pictures that are kept: the store, the list of what is in it, and going back to one."""

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.pictures.filmstrip_model import FilmstripModel
from loraviewer.bridge.pictures.picture_restore import PictureRestore
from loraviewer.bridge.pictures.shown_pictures import ShownPictures
from loraviewer.bridge.pictures.stored_pictures import StoredPictures
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.services import Services
from loraviewer.bridge.weight_checks import WeightChecks


class StoreDesk(QObject):
    """Builds what handles them. GUI thread only."""

    notice = Signal(object)  # Failure

    def __init__(
        self,
        document: DocumentModel,
        panes: PaneModel,
        base: BaseModel,
        adapters: AdapterModel,
        checks: WeightChecks,
        tasks: BackgroundTasks,
        services: Services,
        parent: QObject | None = None,
    ) -> None:
        """tasks: for what is hashed."""
        super().__init__(parent)
        self._checks = checks
        self.pictures = StoredPictures(services.open_pictures, self)
        self.shown = ShownPictures(document, panes, self.pictures, self)
        self.filmstrip = FilmstripModel(self.pictures, self)
        self.restore = PictureRestore(document, base, adapters, services, tasks, self)
        self.pictures.notice.connect(self.notice)
        checks.changed.connect(self._on_checked)

    @Slot()
    def _on_checked(self) -> None:
        if self._checks.result is not None:
            self.pictures.learn_check(is_exact=not self._checks.result.differing)
