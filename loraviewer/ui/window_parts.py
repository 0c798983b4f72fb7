"""The panels of the studio's window, built from the controller, and what menus and keys do with
them.

What they look like together, and what follows from what, is `main_window`'s.
"""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
)

from loraviewer.bridge.controller import StudioController
from loraviewer.ui.actions import Actions
from loraviewer.ui.base.base_actions import BaseActions
from loraviewer.ui.cards.adapter_cards import AdapterCards
from loraviewer.ui.example_guide import ExampleGuide
from loraviewer.ui.examples_menu import ExamplesMenu
from loraviewer.ui.export.export_actions import ExportActions
from loraviewer.ui.filmstrip.filmstrip import Filmstrip
from loraviewer.ui.help_actions import HelpActions
from loraviewer.ui.integrity_lamp import IntegrityLamp
from loraviewer.ui.lab.dock_place import DockPlace
from loraviewer.ui.lab.experiments.experiments_place import ExperimentsPlace
from loraviewer.ui.lab.lab_dock import LabDock
from loraviewer.ui.lab.sum_note import SumNote
from loraviewer.ui.lab.weights_pages import WeightsPages
from loraviewer.ui.library.library_actions import LibraryActions
from loraviewer.ui.map.map_actions import MapActions
from loraviewer.ui.notices import Notices
from loraviewer.ui.panes.compare_view import CompareView
from loraviewer.ui.panes.pane_actions import PaneActions
from loraviewer.ui.pictures.picture_actions import PictureActions
from loraviewer.ui.pictures.picture_dialogs import PictureDialogs
from loraviewer.ui.presenter.stage_place import StagePlace
from loraviewer.ui.prompt.prompt_actions import PromptActions
from loraviewer.ui.prompt.prompt_panel import PromptPanel
from loraviewer.ui.saved_pictures import SavedPictures
from loraviewer.ui.session_actions import SessionActions
from loraviewer.ui.settings.settings_actions import SettingsActions
from loraviewer.ui.snapshots.snapshot_actions import SnapshotActions
from loraviewer.ui.status_line import StatusLine
from loraviewer.ui.strips.ablation_strips import AblationStrips
from loraviewer.ui.strips.blocks.block_windows import BlockWindows
from loraviewer.ui.strips.draft_notices import DraftNotices
from loraviewer.ui.strips.energy_strips import EnergyStrips
from loraviewer.ui.strips.row_actions import RowActions
from loraviewer.ui.strips.stack_actions import StackActions
from loraviewer.ui.strips.stack_panel import StackPanel
from loraviewer.ui.top_bar import TopBar
from loraviewer.ui.widgets.theme import Theme


class WindowParts(QMainWindow):
    """Gives each widget the models that it shows. `log_file`: None where there is none."""

    restart_wanted = Signal()
    """Close, and open again with everything that is open now."""

    def __init__(self, controller: StudioController, log_file: Path | None = None) -> None:
        self._theme = Theme(_application())
        super().__init__()
        self._controller = controller
        self.actions_table = Actions(self)
        self.examples_menu = ExamplesMenu(self)
        self._dialogs = PictureDialogs(self, controller.settings)
        self._cards = AdapterCards(controller.stack, controller.adapters, controller.previews, self)
        self._build_bar_and_panes()
        self._build_pictures()
        self._build_stack()
        self._build_library()
        self._build_prompt()
        self._build_rest(log_file)

    def _build_bar_and_panes(self) -> None:
        actions, models = self.actions_table, self._controller
        lamp = IntegrityLamp(
            models.document, models.panes, models.base, models.status, models.checks
        )
        self.top_bar = TopBar(models.base, models.bases, models.status, lamp, actions)
        self.compare = CompareView(models.places, models.panes, models.base)
        self._pane_actions = PaneActions(
            actions, models.places, models.panes, models.base, models.status, self.compare
        )
        self.notices = Notices(self.compare)
        self._base_actions = BaseActions(
            *(actions, models.base, models.bases, models.settings),
            *(self.top_bar.picker, self._dialogs, self.notices),
        )
        self.session_actions = SessionActions(
            self, models.sessions, models.openings, models.status, self.notices
        )

    def _build_pictures(self) -> None:
        actions, models = self.actions_table, self._controller
        self.filmstrip = Filmstrip(
            *(actions, models.store.filmstrip, models.store.restore, models.document, models.base),
            *(models.settings, self.compare, self._dialogs, self.notices),
        )
        self.guide = ExampleGuide(models.examples)
        self.saved_pictures = SavedPictures(models.saver, models.panes, self._dialogs, self.notices)
        shown = (models.pictures, models.places, models.panes, models.base, models.status)
        means = (self._dialogs, self.notices, self.compare)
        self._picture_actions = PictureActions(actions, *shown, *means)

    def _build_stack(self) -> None:
        actions, models = self.actions_table, self._controller
        self.stack_panel = StackPanel(
            models.stack,
            models.adapters,
            models.prompt,
            models.intake,
            models.demo_adapters,
            models.snapshots,
            [actions[name] for name in ("all_off", "take_snapshot", "undo", "redo")],
        )
        self._stack_actions = StackActions(
            *(actions, models.stack, models.document.undo_stack, models.intake),
            *(self.stack_panel, self._dialogs),
        )
        self.row_actions = RowActions(
            *(actions, models.stack, models.adapters, models.row_paste),
            *(self.stack_panel, self.notices),
        )
        self._draft_notices = DraftNotices(models.draft_offers, self.notices, self)
        self.row_actions.use_norms(models.weights.live)
        models.weights.live.changed.connect(self.row_actions.show_norms)
        self._snapshot_actions = SnapshotActions(
            actions, models.document, models.snapshots, self.stack_panel.snapshots, self
        )
        self.ablation = AblationStrips(
            self.stack_panel, models.cells.ablation, models.settings, actions
        )
        self.blocks = BlockWindows(
            *(self.stack_panel, models.stack, models.adapters, models.settings, actions),
            models.weights.live,
            beside=self.compare,
        )
        self.energies = EnergyStrips(self.stack_panel, models.stack, models.weights.live)
        self.exports = ExportActions(
            *(actions, models.exports, models.settings, self.notices), self
        )
        self.map = MapActions(actions, models.cells.map, self._dialogs, self.compare)
        self._build_lab()

    def _build_lab(self) -> None:
        """One dock within the other; of both, one is open at a time."""
        actions, models = self.actions_table, self._controller
        focus_pictures = self.compare.take_focus
        self.weights = DockPlace(actions, self.filmstrip, self._weights_dock, focus_pictures)
        self.lab = ExperimentsPlace(
            *(actions, self, self.weights, self.filmstrip.look, focus_pictures),
            experiments=models.experiments,
            copies=models.experiment_copies,
            document=models.document,
            adapters=models.adapters,
            base=models.base,
            wildcards=models.wildcards,
            demo=models.demo_checkpoint,
            scenes=models.examples,
            restore=models.store.restore,
            settings=models.settings,
            notices=self.notices,
        )
        self.experiments = self.lab.place

    def _weights_dock(self) -> LabDock:
        models, verify = self._controller, self.actions_table["verify"]
        pages = WeightsPages(self, models.weights, models.base, models.settings, verify)
        dock = LabDock(pages.words(), pages.specs())
        dock.add_note(SumNote(models.stack, dock))
        pages.page_wanted.connect(dock.open_page)
        return dock

    def _build_library(self) -> None:
        models = self._controller
        self.library = LibraryActions(
            *(self.actions_table, self, self.experiments, self.stack_panel, models.library),
            *(models.stack, models.prompt, models.settings),
            *(self.compare, self._dialogs, self.notices, self._cards),
        )

    def _build_prompt(self) -> None:
        models = self._controller
        self.prompt_panel = PromptPanel(models.prompt, models.base, models.triggers)
        self.status_line = StatusLine(models.status, self.prompt_panel.note)
        self._prompt_actions = PromptActions(
            *(self.actions_table, self.prompt_panel, models.prompt, models.prompt_history),
            *(models.prompt_writer, models.wildcards, models.settings, self._dialogs, self.notices),
        )

    def _build_rest(self, log_file: Path | None) -> None:
        actions, models = self.actions_table, self._controller
        self.settings_actions = SettingsActions(
            actions, models.settings, self._dialogs, models.precision, models.compiling, self
        )
        self.settings_actions.restart_wanted.connect(self.restart_wanted)
        self._help_actions = HelpActions(*(actions, self, self.notices, models.base), log_file)
        self.stage = StagePlace(
            *(actions, models.stage, models.weights.live, models.settings),
            *(models.document.undo_stack, self.notices, self),
        )


def _application() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app
