"""The library of files in the studio: builds what asks it, scans, notes and adds."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from loraviewer.bridge.adapters.adapter_intake import AdapterIntake
from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.cells.cell_queue import CellQueue
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.document_panes import DocumentPanes
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.library.library_adding import LibraryAdding
from loraviewer.bridge.library.library_details import LibraryDetails
from loraviewer.bridge.library.library_list import LibraryList
from loraviewer.bridge.library.library_model import LibraryModel
from loraviewer.bridge.library.library_notes import LibraryNotes
from loraviewer.bridge.library.library_preview import LibraryPreview
from loraviewer.bridge.library.library_scan import LibraryScan
from loraviewer.bridge.library.library_watch import LibraryWatch
from loraviewer.bridge.library.own_thumbnails import OwnThumbnails
from loraviewer.bridge.library.thumbnails import Thumbnails
from loraviewer.bridge.opened_once import OpenedOnce
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.services import Services
from loraviewer.bridge.settings_model import SettingsModel

_IDLE_MS = 2_000
_PORTION_BYTES = 64_000_000
"""Hashed at once while idle: a fraction of a second."""


class LibraryDesk(QObject):
    """Nothing of it touches the disk before `open`. GUI thread only."""

    notice = Signal(object)  # Failure

    def __init__(
        self,
        document: DocumentModel,
        panes: PaneModel,
        base: BaseModel,
        stack: StackModel,
        places: DocumentPanes,
        intake: AdapterIntake,
        adapters: AdapterModel,
        settings: SettingsModel,
        cells: CellQueue,
        services: Services,
        is_idle: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        """is_idle: whether nothing else is at work; asked now and then."""
        super().__init__(parent)
        opening = services.open_library
        index = None if opening is None else OpenedOnce(opening)
        self._is_idle = is_idle
        self._scanned_folders: tuple[str, ...] = ()
        self.model = LibraryModel(index, base, stack, self)
        self.own_thumbnails = OwnThumbnails(
            services.thumbnails_folder, document, panes, self.model, self
        )
        own = self.own_thumbnails
        self.thumbnails = Thumbnails(own.chosen_place, own.first_place, self)
        own.kept.connect(self.thumbnails.forget)
        self.list = LibraryList(self.model, self.thumbnails, self)
        self.scan = LibraryScan(index, self)
        self.notes = LibraryNotes(index, self.model, self.list, self)
        self.adding = LibraryAdding(intake, base, places, self)
        self.preview = LibraryPreview(
            document, base, adapters, settings, cells, services.summarise, self
        )
        self.details = LibraryDetails(adapters, services.summarise, self)
        self.watch = LibraryWatch(self.model, self.scan, self)
        self._idle = QTimer(self, interval=_IDLE_MS)
        self._idle.timeout.connect(self._on_idle)
        self.scan.index_changed.connect(self.model.refresh)
        self.model.folders_changed.connect(self._on_folders_changed)
        for source in (self.model, self.scan, self.notes, own, self.details):
            source.notice.connect(self.notice)

    @property
    def is_idle(self) -> bool:
        """Whether nothing else is at work, so that nobody waits for a picture."""
        return self._is_idle()

    def open(self) -> None:
        """Somebody looks at the library: it is brought up to date, once its folders are known."""
        if self.model.is_there and not self.model.is_open:
            self.model.open()
            self._idle.start()

    @Slot()
    def rest(self) -> None:
        """Something else is at work: what nobody waits for stops."""
        self.scan.pause()

    def begin_closing(self) -> None:
        self._idle.stop()
        self.watch.close()
        self.scan.begin_closing()

    def close(self, patience_ms: int) -> bool:
        """Notes that wait are written. Whether all has ended."""
        self.begin_closing()
        ends = [self.model.close(patience_ms), self.notes.finish(patience_ms)]
        ends += [self.scan.close(patience_ms), self.thumbnails.close(patience_ms)]
        ends += [self.preview.close(patience_ms), self.details.close(patience_ms)]
        return all([*ends, self.own_thumbnails.close(patience_ms)])

    @Slot()
    def _on_folders_changed(self) -> None:
        folders = self.model.folders or ()
        has_new = bool(set(folders) - set(self._scanned_folders))
        self._scanned_folders = folders
        if has_new:
            self.scan.start()

    @Slot()
    def _on_idle(self) -> None:
        if self._is_idle():
            self.scan.hash_some(_PORTION_BYTES)
