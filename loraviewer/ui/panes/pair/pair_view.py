"""Two panes in one place: which two, how they are compared, and what they show."""

from enum import StrEnum

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from loraviewer.bridge.document.document_panes import DocumentPanes
from loraviewer.bridge.languages import shown
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.core.document import Document, PaneId
from loraviewer.core.pane import PaneState
from loraviewer.core.pane_names import pane_name
from loraviewer.core.pane_pair import PanePair, chosen, followed, stepped, usual_pair
from loraviewer.ui.message_bar import MessageBar
from loraviewer.ui.panes.pair.difference_legend import DifferenceLegend
from loraviewer.ui.panes.pair.difference_view import DifferenceView
from loraviewer.ui.panes.pair.pair_canvas import PairCanvas
from loraviewer.ui.panes.pair.pair_header import PairHeader
from loraviewer.ui.panes.pair.sides import SideShown
from loraviewer.ui.panes.pair.wipe_view import WipeView
from loraviewer.ui.panes.viewport import Viewport
from loraviewer.ui.widgets.theme import GAP, SignalColour


class Look(StrEnum):
    """How panes are looked at: each in its place, or two of them in one."""

    GRID = "grid"
    WIPE = "wipe"
    DIFFERENCE = "difference"


class PairView(QWidget):
    """At rest while the look is `GRID`. The pair is the usual one whenever it comes up; it is a way
    of looking, and no part of the document."""

    leave_requested = Signal()
    base_held = Signal(bool)
    looked_at = Signal(object)
    """Ids of the panes that are compared; none at rest."""

    def __init__(
        self,
        places: DocumentPanes,
        panes: PaneModel,
        viewport: Viewport,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._places = places
        self._panes = panes
        self._look = Look.GRID
        self._pair = usual_pair(places.document)
        self._was_active = places.document.active
        self._is_base_held = False
        self._turn: bool | None = None
        self._waiting = ""
        self.header = PairHeader()
        self.wipe = WipeView(viewport)
        self.difference = DifferenceView(viewport)
        self.legend = DifferenceLegend()
        self._trouble = MessageBar(SignalColour.ERROR, parent=self)
        self._trouble.buttons()  # built with all else here, for the order of Tab
        self._lay_out()
        self._connect()
        self.hide()

    # -- what is compared -----------------------------------------------------------------

    @property
    def look(self) -> Look:
        return self._look

    @property
    def pair(self) -> PanePair:
        return self._pair

    @property
    def canvas(self) -> PairCanvas:
        """The one that is seen, or would be."""
        return self.difference if self._look is Look.DIFFERENCE else self.wipe

    @property
    def trouble(self) -> MessageBar:
        return self._trouble

    def set_look(self, look: Look) -> None:
        """The pair stays from one comparison to the other."""
        was, self._look = self._look, look
        if was is Look.GRID:
            self._was_active = self._places.document.active
            self._pair = usual_pair(self._places.document)
        if look is not Look.GRID:  # else all of it goes, once the keyboard is elsewhere
            self._show_canvas(is_first=was is Look.GRID)
        self._tell()

    def _show_canvas(self, *, is_first: bool) -> None:
        """The one that is looked at gets the keyboard before the other goes, and Qt puts it
        anywhere."""
        is_wipe = self._look is Look.WIPE
        self.canvas.show()
        if not is_first:
            self.take_focus()
        self.wipe.setVisible(is_wipe)
        self.difference.setVisible(not is_wipe)
        self.legend.setVisible(not is_wipe)
        self.header.show_tools(is_wipe=is_wipe)

    def take_focus(self) -> None:
        self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def say(self, words: str) -> None:
        """What stands where there is no picture yet."""
        self._waiting = words
        self._show()

    def hold_base(self, on: bool) -> None:
        """While on, the picture of the base, or of what else panes are compared with, alone."""
        self._is_base_held = on
        self._show()

    def take_turn(self, turn: bool | None) -> None:
        """The first picture alone, the second alone, or both again."""
        self._turn = turn
        self._show()

    def set_smooth(self, is_smooth: bool) -> None:
        for canvas in (self.wipe, self.difference):
            canvas.set_smooth(is_smooth)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._place_trouble()

    # -- building -------------------------------------------------------------------------

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        column.addWidget(self.header)
        column.addWidget(self.wipe, 1)
        column.addWidget(self.difference, 1)
        column.addWidget(self.legend)
        self.difference.hide()
        self.legend.hide()

    def _connect(self) -> None:
        self._places.changed.connect(self._on_panes_changed)
        self._panes.pane_changed.connect(self._on_pane_changed)
        header = self.header
        header.chosen.connect(self._on_chosen)
        header.swap_requested.connect(self._on_swap)
        header.turn_requested.connect(self.wipe.turn)
        header.gain_chosen.connect(self.difference.set_gain)
        header.base_held.connect(self.base_held)
        header.leave_requested.connect(self.leave_requested)
        self.difference.measured.connect(self._on_measured)
        for canvas in (self.wipe, self.difference):
            canvas.leave_requested.connect(self.leave_requested)
            canvas.swap_requested.connect(self._on_swap)
            canvas.step_requested.connect(self._on_step)

    # -- choosing -------------------------------------------------------------------------

    @Slot(int, str)
    def _on_chosen(self, place: int, pane_id: PaneId) -> None:
        self._compare(chosen(self._pair, place, pane_id))
        # The strips edit one of the two: where that one made way, the one that came.
        if self._places.document.active not in self._pair.ids:
            self._places.activate(pane_id)

    @Slot()
    def _on_swap(self) -> None:
        self._compare(self._pair.swapped())

    @Slot(int)
    def _on_step(self, step: int) -> None:
        self._compare(stepped(self._pair, self._places.document, step))

    def _compare(self, pair: PanePair) -> None:
        self._pair = pair
        self._tell()

    @Slot(object)
    def _on_panes_changed(self, document: Document) -> None:
        if self._look is not Look.GRID:
            self._pair = followed(self._pair, self._was_active, document)
            self._was_active = document.active
            self._tell()

    def _tell(self) -> None:
        """Whom it is about, then what they show."""
        is_at_rest = self._look is Look.GRID
        self.looked_at.emit(() if is_at_rest else self._pair.ids)
        document = self._places.document
        if not is_at_rest:
            names = [(p.pane_id, shown(pane_name(document, p.pane_id))) for p in document.panes]
            self.header.offer(names, self._pair.ids)
            self._show()

    # -- what is shown --------------------------------------------------------------------

    @Slot(object)
    def _on_pane_changed(self, state: PaneState) -> None:
        if state.pane_id in (*self._pair.ids, self._places.document.reference):
            self._show()

    def _show(self) -> None:
        if self._look is Look.GRID:
            return
        left, right = (self._side(pane_id) for pane_id in self._pair.ids)
        self.canvas.show_sides(left, right, self._alone(left, right))
        self._say_trouble((left, right))

    def _alone(self, left: SideShown, right: SideShown) -> SideShown | None:
        """A held key is stronger than turns."""
        if self._is_base_held:
            reference = self._places.document.reference
            name = shown(pane_name(self._places.document, reference))
            return self._side(reference, self.tr("{} (held)").format(name))
        return None if self._turn is None else left if self._turn else right

    def _side(self, pane_id: PaneId, name: str = "") -> SideShown:
        document, state = self._places.document, self._panes.pane(pane_id)
        words = self.tr("Rendering…") if state.is_busy else self._waiting
        name = name or shown(pane_name(document, pane_id))
        return SideShown(name, state, pane_id == document.active, words)

    @Slot()
    def _on_measured(self) -> None:
        self.legend.show_difference(self.difference.found, self.difference.gain)
        self.header.show_gain(self.difference.gain)

    def _say_trouble(self, sides: tuple[SideShown, SideShown]) -> None:
        """Of the active pane first, with its name."""
        failed = [side for side in sides if side.state.failure is not None]
        failed.sort(key=lambda side: not side.is_active)
        if failed and (failure := failed[0].state.failure) is not None:
            detail = f"{failure.kind}: {failure.message}\n{failure.detail}".strip()
            self._trouble.say(f"{failed[0].name}: {shown(failure.message)}", detail)
        else:
            self._trouble.say("")
        self._place_trouble()

    def _place_trouble(self) -> None:
        """Along the lower edge of the picture, above it, so that nothing moves."""
        canvas = self.canvas
        width = max(0, canvas.width() - 2 * GAP)
        height = self._trouble.heightForWidth(width)
        corner = canvas.geometry().bottomLeft() + QPoint(GAP, 1 - GAP - height)
        self._trouble.setGeometry(corner.x(), corner.y(), width, height)
        self._trouble.raise_()
