"""The panes of the document beside each other, looking at the same spot."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_panes import DocumentPanes
from loraviewer.bridge.languages import shown
from loraviewer.bridge.rendering.jobs import LoadStep
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.core.captions import Beside, sampling_differences
from loraviewer.core.document import BASE_PANE, Document, PaneId
from loraviewer.core.outcome import Failure
from loraviewer.core.pane import PaneState
from loraviewer.core.pane_names import pane_name
from loraviewer.core.reports import CheckpointInfo
from loraviewer.ui.base.base_picker import loading_text
from loraviewer.ui.panes.empty_place import EmptyPlace
from loraviewer.ui.panes.image_pane import ImagePane
from loraviewer.ui.panes.pair.pair_view import Look, PairView
from loraviewer.ui.panes.pane_drags import PaneDrags
from loraviewer.ui.panes.pane_grid import PaneGrid
from loraviewer.ui.panes.viewport import Viewport
from loraviewer.ui.panes.zoomed_area import ZoomedArea
from loraviewer.ui.widgets.buttons import HoldButton
from loraviewer.ui.widgets.tab_order import put_in_place

_ZOOM_STEP = 1.25


class CompareView(QWidget):
    """A function of the document's panes, with linked zoom and pan. Widgets are known by the ids of
    their panes and live as long as these do."""

    save_requested = Signal(str)
    copied = Signal(bool)
    """A picture lies on the clipboard; whether it is an unfinished one."""
    pin_requested = Signal()
    """An empty place was clicked."""
    look_changed = Signal(str)
    looked_at = Signal(object)
    """Ids of panes whose pictures are wanted because two are compared in one place."""

    def __init__(
        self,
        places: DocumentPanes,
        panes: PaneModel,
        base: BaseModel,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._places = places
        self._panes = panes
        self._loaded = base
        self._is_base_held = False
        self._turn: bool | None = None
        self._is_smooth = True
        self._words = ""
        self._widgets: dict[PaneId, ImagePane] = {}
        self._empties: list[EmptyPlace] = []
        self.viewport = Viewport(self)
        self._pair: PairView | None = None
        self.peek = HoldButton(
            "eye",
            self.tr("Show the base"),
            self.tr("Hold to see the base here, as with the key B."),
        )
        self.peek.held.connect(self.hold_base)
        self._grid = PaneGrid(self)
        self._menu_actions: tuple[QAction, ...] = ()
        self._drags = PaneDrags(self, places)
        self._follow(places.document)
        places.changed.connect(self._on_panes_changed)
        panes.pane_changed.connect(self._on_pane_changed)
        base.loading.connect(self._on_loading)
        base.stopping.connect(self._on_stopping)
        base.failed.connect(self._on_failed)
        base.changed.connect(self._on_checkpoint_changed)
        words = self.tr("Loading the checkpoint…")
        if base.info is not None:
            words = self._how_to_start()
        self._say(words)

    @property
    def base(self) -> ImagePane:
        return self._widget(BASE_PANE)

    @property
    def active(self) -> ImagePane:
        return self._widget(self._places.document.active)

    def shown(self) -> list[ImagePane]:
        """The panes that are seen, in their order."""
        return [self._widget(pane.pane_id) for pane in self._places.document.visible()]

    @property
    def pair(self) -> PairView:
        """Built by that, where nobody has looked at two in one place yet."""
        if self._pair is None:
            self._pair = self._new_pair()
            self._pair.set_smooth(self._is_smooth)
            self._pair.say(self._words)
            self._pair.hold_base(self._is_base_held)
            self._pair.take_turn(self._turn)
        return self._pair

    @property
    def look(self) -> Look:
        return Look.GRID if self._pair is None else self._pair.look

    def set_look(self, look: Look) -> None:
        """All panes in their places, or two of them in one; the keyboard goes there."""
        if look != self.look:
            self.hold_base(False)  # the button that held it up may go
            self.pair.set_look(look)
            self._lay_out(self._places.document)
            self.take_focus()
            self._hide_others()
            self.look_changed.emit(look)

    @Slot()
    def leave_look(self) -> bool:
        """Back to how panes are usually looked at, without the loupe; whether it was otherwise."""
        was_usual = self.look is Look.GRID and not self.viewport.loupe.is_on
        self.set_look(Look.GRID)
        self.viewport.loupe.set_on(False)
        return not was_usual

    @property
    def _seen_through(self) -> ZoomedArea:
        """Where the keyboard is best: the picture of the active pane, or of the pair."""
        return self.active.view if self.look is Look.GRID else self.pair.canvas

    @Slot()
    def take_focus(self) -> None:
        """The keyboard to a picture, where B is no letter."""
        self._seen_through.setFocus(Qt.FocusReason.OtherFocusReason)

    def take_turn(self, turn: bool | None) -> None:
        """Of pictures that are shown in turns: the reference or the first of a pair, the other, or
        none any more."""
        self._turn = turn
        if self._pair is not None:
            self._pair.take_turn(turn)
        self._show_all()

    @Slot(bool)
    def hold_base(self, on: bool) -> None:
        """While on, every pane shows the picture of the base, or of what else they are compared
        with, in place of its own."""
        if on != self._is_base_held:
            self._is_base_held = on
            if self._pair is not None:
                self._pair.hold_base(on)
            self._show_all()

    def set_smooth(self, is_smooth: bool) -> None:
        self._is_smooth = is_smooth
        if self._pair is not None:
            self._pair.set_smooth(is_smooth)
        for pane in self._widgets.values():
            pane.view.set_smooth(is_smooth)

    @Slot()
    def copy_picture(self) -> None:
        self.active.copy_picture()

    @Slot()
    def zoom_in(self) -> None:
        self.viewport.zoom_about(self.viewport.centre, _ZOOM_STEP)

    @Slot()
    def zoom_out(self) -> None:
        self.viewport.zoom_about(self.viewport.centre, 1 / _ZOOM_STEP)

    @Slot()
    def show_actual_size(self) -> None:
        self._seen_through.show_actual_size()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._lay_out(self._places.document)

    # -- following the document -----------------------------------------------------------

    @Slot(object)
    def _on_panes_changed(self, document: Document) -> None:
        focused = self.window().focusWidget()  # also while another window has the keyboard
        here = focused if focused is not None and self.isAncestorOf(focused) else None
        self._follow(document)
        # Before the one with the keyboard goes, and Qt puts it anywhere.
        place = self.active if self.look is Look.GRID else self.pair
        if here is not None and not place.isAncestorOf(here):
            self.take_focus()
        self._hide_others()
        self._drop_gone(document)

    def _follow(self, document: Document) -> None:
        for pane in document.visible():
            widget = self._widget(pane.pane_id)
            widget.set_title(shown(pane_name(document, pane.pane_id)))
            is_active = pane.pane_id == document.active
            widget.set_active(is_active and document.layout > 1)
            if is_active and not pane.is_base:
                widget.add_tool(self.peek)
            shared, own = document.sampling, pane.sampling or document.sampling
            widget.set_own(pane.is_frozen, sampling_differences(own, shared))
        self._tell_beside()
        self._show_all()
        self._lay_out(document)

    def _tell_beside(self) -> None:
        """Captions may say what differs from the active pane, or from the reference where that is
        a stack; those two, and that of the base, need no other to be understood."""
        document = self._places.document
        told = [document.active]
        if document.reference not in (document.active, BASE_PANE):
            told.append(document.reference)
        others = {
            pane_id: Beside(pane_name(document, pane_id), self._panes.pane(pane_id).seen_stack)
            for pane_id in told
        }
        for pane in document.visible():
            is_known = pane.is_base or pane.pane_id in told
            # Whatever their stacks are, pictures of other prompts or seeds are not alike.
            own = document.sampling_of(pane.pane_id)
            alike = [b for at, b in others.items() if document.sampling_of(at) == own]
            self._widget(pane.pane_id).set_others(() if is_known else alike)

    def _lay_out(self, document: Document) -> None:
        if self.look is Look.GRID:
            seen, layout = self._in_places(document), document.layout
        else:
            seen, layout = [self.pair], 1
        self._grid.lay_out(seen, layout, self.size())
        for widget in seen:
            widget.show()
        self._keep_tab_order()

    def _in_places(self, document: Document) -> list[QWidget]:
        """The panes that are seen, and empty places for those that are missing."""
        shown = self.shown()
        missing = document.layout - len(shown)
        while len(self._empties) < missing:
            self._empties.append(self._new_empty())
        return [*shown, *self._empties[: max(0, missing)]]

    def _hide_others(self) -> None:
        is_grid = self.look is Look.GRID
        seen = self._in_places(self._places.document) if is_grid else [self.pair]
        for widget in (*self._widgets.values(), *self._empties):
            widget.setVisible(widget in seen)
        if self._pair is not None:
            self._pair.setVisible(self._pair in seen)

    def _keep_tab_order(self) -> None:
        """In the order in which they are seen; new widgets would otherwise come last."""
        stops = [view for pane in self.shown() for view in self._stops(pane)]
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)

    def _stops(self, pane: ImagePane) -> list[QWidget]:
        tools = [self.peek] if pane.isAncestorOf(self.peek) else []
        return [pane.view, pane.thaw, *tools]

    def _drop_gone(self, document: Document) -> None:
        left = {pane.pane_id for pane in document.panes}
        for pane_id in [known for known in self._widgets if known not in left]:
            gone = self._widgets.pop(pane_id)
            if gone.isAncestorOf(self.peek):
                self.peek.setParent(self)
                self.peek.hide()
            gone.hide()
            gone.deleteLater()

    def _widget(self, pane_id: PaneId) -> ImagePane:
        if pane_id not in self._widgets:
            self._widgets[pane_id] = self._new_pane(pane_id)
        return self._widgets[pane_id]

    def _new_pane(self, pane_id: PaneId) -> ImagePane:
        pane = ImagePane(self._panes.pane(pane_id), self.viewport, self)
        pane.view.set_smooth(self._is_smooth)
        pane.show_waiting(self._words)
        pane.save_requested.connect(self.save_requested)
        pane.copied.connect(self.copied)
        pane.entered.connect(self._places.activate)
        pane.set_menu_actions(self._menu_actions)
        pane.thaw.clicked.connect(partial(self._places.set_frozen, pane_id, False))
        self._drags.watch(pane)
        return pane

    def set_menu(self, actions: Sequence[QAction], copy_menu: QMenu) -> None:
        """What the context menu of every pane offers about it."""
        self._menu_actions = (*actions, copy_menu.menuAction())
        for pane in self._widgets.values():
            pane.set_menu_actions(self._menu_actions)

    @Slot(QPointF)
    def _on_menu_requested(self, where: QPointF) -> None:
        self.active.context_menu().popup(where.toPoint())

    def _new_pair(self) -> PairView:
        pair = PairView(self._places, self._panes, self.viewport, self)
        pair.leave_requested.connect(self.leave_look)
        pair.base_held.connect(self.hold_base)
        pair.looked_at.connect(self.looked_at)
        for canvas in (pair.wipe, pair.difference):
            canvas.menu_requested.connect(self._on_menu_requested)
        put_in_place(self, pair)
        return pair

    def _new_empty(self) -> EmptyPlace:
        empty = EmptyPlace(self)
        empty.chosen.connect(self.pin_requested)
        return empty

    # -- what is shown --------------------------------------------------------------------

    @property
    def _is_reference_up(self) -> bool:
        """In place of every other picture: a key is held, or it is its turn."""
        return self._is_base_held or self._turn is True

    def _show_all(self) -> None:
        for pane in self.shown():
            self._show(pane)

    def _show(self, pane: ImagePane) -> None:
        reference = self._places.document.reference
        if self._is_reference_up and pane.pane_id != reference:
            name = shown(pane_name(self._places.document, reference))
            pane.show_state(self._panes.pane(reference), self.tr("{} (held)").format(name))
        else:
            pane.show_state(self._panes.pane(pane.pane_id))

    def _say(self, words: str) -> None:
        self._words = words
        if self._pair is not None:
            self._pair.say(words)
        for pane in self._widgets.values():
            pane.show_waiting(words)

    def _how_to_start(self) -> str:
        return self.tr("No picture yet. Press Space to render.")

    @Slot(object)
    def _on_pane_changed(self, state: PaneState) -> None:
        document = self._places.document
        if state.pane_id in (document.active, document.reference):
            self._tell_beside()
        is_held_up = self._is_reference_up and state.pane_id == document.reference
        for pane in self.shown():
            if pane.pane_id == state.pane_id or is_held_up:
                self._show(pane)
        if state.failure is not None:
            self._keep_tab_order()  # what can be done about it is built with the first failure

    @Slot(object)
    def _on_loading(self, step: LoadStep) -> None:
        self._say(loading_text(step))

    @Slot()
    def _on_stopping(self) -> None:
        self._say(self.tr("Stopping…"))

    @Slot(object)
    def _on_failed(self, _: Failure) -> None:
        if self._loaded.info is None:
            self._say(self.tr("No checkpoint is loaded. Choose another one under Base."))

    @Slot(object)
    def _on_checkpoint_changed(self, _: CheckpointInfo) -> None:
        self._say(self._how_to_start())
