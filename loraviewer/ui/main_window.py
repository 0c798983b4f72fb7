"""The studio's window: lays out its parts and wires them to the controller, nothing more."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QSettings, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QSplitter,
    QWidget,
)

from loraviewer.bridge.controller import StudioController
from loraviewer.core.document import PaneId
from loraviewer.ui.choices import Choices
from loraviewer.ui.drop_place import DropPlace
from loraviewer.ui.dropped_files import DroppedFiles
from loraviewer.ui.menu_keys import asks_for_menu, open_menu_of
from loraviewer.ui.regions import Region, Regions
from loraviewer.ui.tour.hints import usual_hints
from loraviewer.ui.tour.tour import Tour
from loraviewer.ui.widgets.scroll_area import Column, ScrollArea
from loraviewer.ui.widgets.theme import GAP, is_palette_change
from loraviewer.ui.window_parts import WindowParts
from loraviewer.ui.window_place import USUAL_SIZE, WindowPlace

_STACK_WIDTH = 340
_LOW_PX = 560
_NARROW_PX = 1000


class MainWindow(WindowParts):
    """`geometry` keeps the window's place only; every other choice is the controller's.
    `log_file`: None where there is none."""

    closing = Signal()
    """The window goes; what follows only ends threads."""

    def __init__(
        self, controller: StudioController, geometry: QSettings, log_file: Path | None = None
    ) -> None:
        super().__init__(controller, log_file)
        self._geometry = geometry
        self.setAcceptDrops(True)
        self._take_drops()
        self._build_tour()
        self._name_regions()
        submenus = {
            "save_session": self.session_actions.recent_menu,
            "save_picture": self.examples_menu,
            "swap_next": self._pane_actions.copy_menu,
        }
        self.actions_table.fill(self.menuBar(), submenus)
        self._choices = Choices(controller.settings, self.actions_table, self._theme, self.compare)
        self.actions_table.connect_to(self._slots())
        self._lay_out()
        self._connect()
        self._place = WindowPlace(geometry, self, self._splitter)
        self._place.restore()
        self.weights.restore(geometry)
        self.experiments.restore(geometry)
        self.library.restore(geometry)
        self.compare.take_focus()

    # -- laying out -----------------------------------------------------------------------

    def _build_tour(self) -> None:
        models, actions = self._controller, self.actions_table
        parts = (self.menuBar(), self.stack_panel, self.compare, self.prompt_panel)
        self.tour = Tour(
            *(actions, models.settings, models.document, models.panes),
            *(usual_hints(actions, *parts), self),
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
                Region(self.tour.bubble, self.tour.bubble.take_focus),
                Region(self.guide, self.guide.take_focus),
                Region(self.library.place.frame, self.library.place.take_focus),
                Region(self.compare, self.compare.take_focus),
                Region(self.filmstrip.view, self.filmstrip.take_focus),
                Region(self.weights.frame, self.weights.take_focus),
                Region(self.experiments.frame, self.experiments.take_focus),
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
        self.tour.bubble.leaving.connect(self._regions.go_back)
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
            **self.tour.slots(),
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
        """What runs comes first; at rest Esc is for the newest sentence, the tour, a wipe."""
        if self._controller.stop() or self.notices.dismiss_newest() or self.tour.skip():
            return
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
