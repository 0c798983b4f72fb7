"""The experiments dock, built for the window: its pages, its place around the pictures, and what
its cells open."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.example_scenes import ExampleScenes
from loraviewer.bridge.experiments.experiments_port import Experiments
from loraviewer.bridge.experiments.folder_copies import FolderCopies
from loraviewer.bridge.pictures.picture_restore import PictureRestore
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.bridge.words.wildcard_model import WildcardModel
from loraviewer.ui.actions import Actions
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from loraviewer.ui.lab.dock_place import DockPlace
from loraviewer.ui.lab.experiments.active_pane import ActivePane
from loraviewer.ui.lab.experiments.cell_opening import CellOpening, OverPane
from loraviewer.ui.lab.experiments.experiments_actions import ExperimentsActions, FolderDialogs
from loraviewer.ui.lab.experiments.experiments_pages import ExperimentsPages
from loraviewer.ui.lab.experiments.shown_experiment import ShownExperiment
from loraviewer.ui.lab.lab_dock import LabDock
from loraviewer.ui.notices import Notices

_USUAL = 620
"""Thousandths: pictures of a grid need room, and the panes are still seen."""


class ExperimentsPlace(QObject):
    """Of this dock and the weights dock one is open at a time: there is no room for both."""

    def __init__(
        self,
        actions: Actions,
        window: QWidget,
        weights: DockPlace,
        look: OverPane,
        leave: Callable[[], object],
        *,
        experiments: Experiments,
        copies: FolderCopies,
        document: DocumentModel,
        adapters: AdapterModel,
        base: BaseModel,
        wildcards: WildcardModel,
        demo: str,
        scenes: ExampleScenes,
        restore: PictureRestore,
        settings: SettingsModel,
        notices: Notices,
    ) -> None:
        """look: over the active pane. leave: as of `DockPlace`. demo: where the bundled base
        lies."""
        super().__init__(window)
        pane = ActivePane(document, adapters, base, wildcards, demo, self)
        shown = ShownExperiment(experiments, self)
        dialogs = ChartDialogs(window, settings)
        self.pages = ExperimentsPages(experiments, pane, shown, scenes, dialogs)
        self.place = DockPlace(actions, weights, self._dock, leave, "experiments", _USUAL)
        self.opening = CellOpening(experiments, shown, document, restore, look, self)
        self.pages.cell_chosen.connect(self.opening.open)
        self.opening.told.connect(notices.mention)
        self._actions = ExperimentsActions(
            *(self.place, self.pages, copies, FolderDialogs(window, settings), notices, window),
            experiments,
        )
        self.place.opened.connect(weights.close_dock)
        weights.opened.connect(self.place.close_dock)

    def slots(self) -> dict[str, Callable[..., object]]:
        """For the rows of the table that are about experiments."""
        return self._actions.slots()

    def _dock(self) -> LabDock:
        dock = LabDock(self.pages.words(), self.pages.specs())
        self.pages.page_wanted.connect(dock.open_page)
        return dock
