"""Presenting: its models, wired."""

from PySide6.QtCore import QObject

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.cells.cell_queue import CellQueue
from loraviewer.bridge.document.cue_model import CueModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.document_panes import DocumentPanes
from loraviewer.bridge.document.snapshot_model import SnapshotModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.presenter.midi_faders import MidiFaders
from loraviewer.bridge.presenter.presenter_model import PresenterModel
from loraviewer.bridge.presenter.stage_pictures import StagePictures
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.midi import OpenMidi


class PresenterDesk(QObject):
    """`cues`: what may be edited of it before. GUI thread only."""

    def __init__(
        self,
        document: DocumentModel,
        places: DocumentPanes,
        stack: StackModel,
        snapshots: SnapshotModel,
        panes: PaneModel,
        adapters: AdapterModel,
        base: BaseModel,
        cells: CellQueue,
        settings: SettingsModel,
        open_midi: OpenMidi | None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.cues = CueModel(document, self)
        self.model = PresenterModel(document, places, stack, snapshots, self.cues, adapters, self)
        self.pictures = StagePictures(
            *(self.model, document, snapshots, panes, adapters, base, cells, settings, self)
        )
        self.midi = MidiFaders(self.model, settings, open_midi, self)
