"""The studio's window: lays out the panels and wires them to the controller, nothing more."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QSettings, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QMainWindow,
    QSplitter,
    QWidget,
)

from loraviewer.bridge.controller import StudioController
from loraviewer.core.document import PaneId
from loraviewer.ui.actions import Actions
from loraviewer.ui.base.base_actions import BaseActions
from loraviewer.ui.cards.adapter_cards import AdapterCards
from loraviewer.ui.choices import Choices
from loraviewer.ui.drop_place import DropPlace
from loraviewer.ui.dropped_files import DroppedFiles
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
from loraviewer.ui.menu_keys import asks_for_menu, open_menu_of
from loraviewer.ui.notices import Notices
from loraviewer.ui.panes.compare_view import CompareView
from loraviewer.ui.panes.pane_actions import PaneActions
from loraviewer.ui.pictures.picture_actions import PictureActions
from loraviewer.ui.pictures.picture_dialogs import PictureDialogs
from loraviewer.ui.presenter.stage_place import StagePlace
from loraviewer.ui.prompt.prompt_actions import PromptActions
from loraviewer.ui.prompt.prompt_panel import PromptPanel
from loraviewer.ui.regions import Region, Regions
from loraviewer.ui.saved_pictures import SavedPictures
from loraviewer.ui.session_actions import SessionActions
from loraviewer.ui.settings.settings_actions import SettingsActions
from loraviewer.ui.snapshots.snapshot_actions import SnapshotActions
from loraviewer.ui.status_line import StatusLine
from loraviewer.ui.strips.ablation_strips import AblationStrips
from loraviewer.ui.strips.blocks.block_windows import BlockWindows
from loraviewer.ui.strips.energy_strips import EnergyStrips
from loraviewer.ui.strips.row_actions import RowActions
from loraviewer.ui.strips.stack_actions import StackActions
from loraviewer.ui.strips.stack_panel import StackPanel
from loraviewer.ui.top_bar import TopBar
from loraviewer.ui.widgets.scroll_area import Column, ScrollArea
from loraviewer.ui.widgets.theme import GAP, Theme, is_palette_change
from loraviewer.ui.window_place import USUAL_SIZE, WindowPlace

_STACK_WIDTH = 340
_LOW_PX = 560
_NARROW_PX = 1000


class MainWindow(QMainWindow):
    """Lays out the widgets and gives each the models that it shows. `geometry` keeps the window's
    place only; every other choice is the controller's. `log_file`: None where there is none."""

    closing = Signal()
    """The window goes; what follows only ends threads."""
    restart_wanted = Signal()
    """Close, and open again with everything that is open now."""

    def __init__(
        self, controller: StudioController, geometry: QSettings, log_file: Path | None = None
    ) -> None:
        theme = Theme(_application())
        super().__init__()
        self._controller = controller
        self._geometry = geometry
        self.setAcceptDrops(True)
        self.actions_table = Actions(self)
        self.examples_menu = ExamplesMenu(self)
        self._dialogs = PictureDialogs(self, controller.settings)
        self._cards = AdapterCards(controller.stack, controller.adapters, controller.previews, self)
        self._build_bar_and_panes()
        self._build_pictures()
        self._build_stack()
        self._build_library()
        self._build_prompt()
        self.settings_actions = SettingsActions(
            *(self.actions_table, controller.settings, self._dialogs),
            *(controller.precision, self),
        )
        self.settings_actions.restart_wanted.connect(self.restart_wanted)
        self._help_actions = HelpActions(
            *(self.actions_table, self, self.notices, controller.base), log_file
        )
        self.stage = StagePlace(
            *(self.actions_table, controller.stage, controller.weights.live, controller.settings),
            *(controller.document.undo_stack, self.notices, self),
        )
        self._take_drops()
        self._name_regions()
        submenus = {
            "save_session": self.session_actions.recent_menu,
            "save_picture": self.examples_menu,
            "swap_next": self._pane_actions.copy_menu,
        }
        self.actions_table.fill(self.menuBar(), submenus)
        self._choices = Choices(controller.settings, self.actions_table, theme, self.compare)
        self.actions_table.connect_to(self._slots())
        self._lay_out()
        self._connect()
        self._place = WindowPlace(geometry, self, self._splitter)
        self._place.restore()
        self.weights.restore(geometry)
        self.experiments.restore(geometry)
        self.library.restore(geometry)
        self.compare.take_focus()

    # -- building -------------------------------------------------------------------------

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
        pages = WeightsPages(self, models.weights, models.base, models.settings, actions["verify"])
        dock = LabDock(pages.words(), pages.specs())
        dock.add_note(SumNote(models.stack, dock))
        pages.page_wanted.connect(dock.open_page)
        self.weights = DockPlace(actions, self.filmstrip, dock, self.compare.take_focus)
        self.lab = ExperimentsPlace(
            *(actions, self, self.weights, self.filmstrip.look, self.compare.take_focus),
            experiments=models.experiments,
            copies=models.experiment_copies,
            document=models.document,
            adapters=models.adapters,
            base=models.base,
            demo=models.demo_checkpoint,
            scenes=models.examples,
            restore=models.store.restore,
            settings=models.settings,
            notices=self.notices,
        )
        self.experiments = self.lab.place

    def _build_library(self) -> None:
        models = self._controller
        self.library = LibraryActions(
            *(self.actions_table, self, self.experiments, self.stack_panel, models.library),
            *(models.stack, models.prompt, models.settings),
            *(self.compare, self._dialogs, self.notices, self._cards.open),
        )

    def _build_prompt(self) -> None:
        models = self._controller
        self.prompt_panel = PromptPanel(models.prompt, models.base, models.triggers)
        self.status_line = StatusLine(models.status, self.prompt_panel.note)
        self._prompt_actions = PromptActions(
            *(self.actions_table, self.prompt_panel, models.prompt, models.prompt_history),
            *(models.prompt_writer, models.wildcards, models.settings, self._dialogs, self.notices),
        )

    def _take_drops(self) -> None:
        models = self._controller
        place = self._picture_actions.place_under
        self._drops = DropPlace(self, self.top_bar, self.stack_panel, place)
        DroppedFiles(
            self._drops, models.openings, models.intake, self._picture_actions, self.notices
        )

    def _name_regions(self) -> None:
        self._regions = Regions(
            [
                Region(self.top_bar, self.top_bar.picker.setFocus),
                Region(self.notices, self.notices.take_focus),
                Region(self.guide, self.guide.take_focus),
                Region(self.library.dock, self.library.dock.take_focus),
                Region(self.compare, self.compare.take_focus),
                Region(self.filmstrip.view, self.filmstrip.take_focus),
                Region(self.weights.dock, self.weights.dock.take_focus),
                Region(self.experiments.dock, self.experiments.dock.take_focus),
                Region(self.stack_panel, self.stack_panel.take_focus),
                Region(self.prompt_panel, self.prompt_panel.focus_prompt),
            ],
            self,
        )
        self._regions.listen_everywhere(self.actions_table)

    def _lay_out(self) -> None:
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setHandleWidth(2 * GAP)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.library.place)
        self._splitter.addWidget(self.stack_panel)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 0)
        self._splitter.setSizes([USUAL_SIZE[0] - _STACK_WIDTH, _STACK_WIDTH])
        central = QWidget()
        column = Column(central)
        column.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self.top_bar)
        column.addWidget(self._splitter, 1)
        # What there is to see in an example is told beside the pictures, never over them.
        column.addWidget(self.guide)
        column.addSpacing(GAP // 2)
        column.addWidget(self.prompt_panel)
        column.addWidget(self.status_line)
        self.notices.setParent(central)
        # Whatever the screen, the scale and the sentences are: all of it can be reached.
        self.setCentralWidget(ScrollArea(central))

    def _connect(self) -> None:
        controller = self._controller
        controller.notice.connect(self.notices.say)
        self.saved_pictures.close_wanted.connect(self.close)
        self.notices.leaving.connect(self._regions.go_back)
        self.guide.leaving.connect(self._regions.go_back)
        self.guide.action_requested.connect(self.prompt_panel.roll_seed)
        self.examples_menu.chosen.connect(controller.examples.open)
        controller.places.refused.connect(self.notices.mention)
        controller.snapshots.refused.connect(self.notices.mention)
        self.closing.connect(self._pane_actions.stop)
        self.closing.connect(self.stage.leave)
        controller.places.activated.connect(self._on_activated)
        self.prompt_panel.entered.connect(self.compare.take_focus)
        self.stack_panel.card_requested.connect(self._cards.open)
        self.stack_panel.locate_requested.connect(self.session_actions.locate)
        self.session_actions.base_gone.connect(self.top_bar.picker.show_gone)
        controller.prompt_tags.taken.connect(self.prompt_panel.drop_tags)
        controller.prompt_tags.told.connect(self.notices.mention_good)
        controller.prompt_tags.mentioned.connect(self.notices.mention)
        self._cards.trigger_word_chosen.connect(controller.prompt.add_word)
        self.compare.looked_at.connect(controller.look_at)
        self.compare.save_requested.connect(self.saved_pictures.save)

    def _slots(self) -> dict[str, Callable[..., object]]:
        """One slot per row of the table of actions."""
        return {
            **self._base_actions.slots(),
            **self.session_actions.slots(),
            **self._stack_actions.slots(),
            **self.row_actions.slots(),
            **self._snapshot_actions.slots(),
            **self._prompt_actions.slots(),
            **self._pane_actions.slots(),
            **self._picture_actions.slots(),
            **self._regions.slots(),
            **self._choices.slots(),
            **self._help_actions.slots(),
            **self.filmstrip.slots(),
            **self.ablation.slots(),
            **self.map.slots(),
            **self.exports.slots(),
            **self.settings_actions.slots(),
            **self.weights.slots(),
            **self.lab.slots(),
            **self.library.slots(),
            **self.stage.slots(),
            "save_picture": self._on_save_picture,
            "verify": self.top_bar.lamp.verify,
            "render": self._on_render,
            "stop": self._on_stop,
            "live": self._controller.set_live,
            "quit": self.close,
        }

    # -- actions --------------------------------------------------------------------------

    @Slot()
    def _on_save_picture(self) -> None:
        self.saved_pictures.save(self._controller.document.document.active)

    @Slot(str)
    def _on_activated(self, _: PaneId) -> None:
        # Where the keyboard was last is another pane's place now.
        self._regions.forget_place(self.compare)

    @Slot()
    def _on_render(self) -> None:
        self.prompt_panel.prepare_render()
        self._controller.render()

    @Slot()
    def _on_stop(self) -> None:
        """What runs comes first; at rest Esc is for the newest sentence, then for a wipe."""
        if not self._controller.stop() and not self.notices.dismiss_newest():
            self.compare.leave_look()

    # -- events ---------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # An open menu hands on what it cannot use, but not that the key was let go.
        is_in_menu = QApplication.activePopupWidget() is not None
        if event.key() == Qt.Key.Key_B and not event.modifiers() and not is_in_menu:
            self.compare.hold_base(True)
        elif asks_for_menu(event):
            open_menu_of(self.focusWidget())
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        # A held key repeats as release and press.
        if event.key() == Qt.Key.Key_B and not event.isAutoRepeat():
            self.compare.hold_base(False)
        else:
            super().keyReleaseEvent(event)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        is_low = self.height() < _LOW_PX
        self.guide.set_brief(is_low)
        self.stack_panel.set_low(is_low)
        self.prompt_panel.set_low(is_low)
        self.weights.set_narrow(self.width() < _NARROW_PX)
        self.experiments.set_narrow(self.width() < _NARROW_PX)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            if self.isActiveWindow():
                self._controller.look_again()
            else:
                self.compare.hold_base(False)
        if is_palette_change(event):
            self.actions_table.draw_icons(self.palette())

    def dragEnterEvent(self, event) -> None:
        self._drops.hover(event)

    def dragMoveEvent(self, event) -> None:
        self._drops.hover(event)

    def dragLeaveEvent(self, event) -> None:
        self._drops.leave()

    def dropEvent(self, event) -> None:
        self._drops.drop(event)

    def closeEvent(self, event) -> None:
        """The window goes at once, unless pictures are being saved; ending the engine thread may
        take a moment longer."""
        if self.saved_pictures.holds_closing():
            event.ignore()
            return
        self.closing.emit()
        self.weights.keep(self._geometry)
        self.experiments.keep(self._geometry)
        self.library.keep(self._geometry)
        self._place.keep()
        for dialog in self.findChildren(QDialog):
            dialog.close()
        self.hide()
        QGuiApplication.sync()
        self._controller.close()
        super().closeEvent(event)


def _application() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app
