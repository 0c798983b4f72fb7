"""One row of the stack: a card that can be dragged, and gets its controls when it is first seen."""

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence, QMouseEvent, QShortcut
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core.adapter_facts import AdapterFacts
from loraviewer.core.stack import StackEntry
from loraviewer.ui.cards.adapter_sentences import trouble
from loraviewer.ui.strips.ablation_thumb import AblationThumb, ThumbLook
from loraviewer.ui.strips.row_group import RowGroup
from loraviewer.ui.strips.strip_controls import StripControls
from loraviewer.ui.strips.strip_energy import EnergyLook
from loraviewer.ui.widgets.escape import is_escape_offered
from loraviewer.ui.widgets.held_drag import HeldDrag
from loraviewer.ui.widgets.painting import Card, antialiased, draw_focus_ring, draw_selected
from loraviewer.ui.widgets.theme import RADIUS, SignalColour

_ANY_HEIGHT = 16_777_215  # QWIDGETSIZE_MAX
_STEPS: dict[int, int] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_HELD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
_RING_INSET = 3.0
"""Of the focus ring in a selected row, whose own frame is where the ring else is."""


class ChannelStrip(Card):
    """A function of its entry and facts. Controls cost a millisecond, a bare row next to nothing:
    a stack of hundreds builds those that are near its view."""

    trigger_word_chosen = Signal(str)
    card_requested = Signal(bool)
    """Whether it is about the modules: what landed and what did not."""
    locate_requested = Signal()
    """Its file is somewhere else now."""
    tab_chain_changed = Signal()
    moved = Signal(int, bool)
    """Up (-1) or down (+1) by one row was asked for; whether by a key that is still held."""
    pressed = Signal(object)
    """The mouse, on what is no control of it; with which Qt.KeyboardModifiers."""
    clicked = Signal()
    """And was let go without dragging it; nothing was held."""
    stepped = Signal(int, bool)
    """The keyboard is to go up (-1) or down (+1); whether what lies between is to be selected."""
    escaped = Signal()
    """Esc, while it is selected."""
    ablation_looked = Signal(bool)
    """Somebody wants to see its small picture large, or no longer."""
    blocks_requested = Signal()
    """Its block strengths are to be seen."""
    reorder_dragged = Signal(QPoint)
    reorder_dropped = Signal(QPoint)
    reorder_cancelled = Signal()

    def __init__(
        self,
        model: StackModel,
        rows: RowGroup,
        entry: StackEntry,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._rows = rows
        self._entry = entry
        self._is_applied = True
        self._facts = AdapterFacts()
        self._sentence = ""
        self._ablation: ThumbLook | None = None
        self._energy = EnergyLook()
        self._controls: StripControls | None = None
        self._drag = HeldDrag(self)
        self._drag.moved.connect(self._on_dragged)
        self._drag.dropped.connect(self.reorder_dropped)
        self._drag.cancelled.connect(self.reorder_cancelled)
        self._is_moving = False
        self._is_pressed = False
        self._selected = 0
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._name = entry.name
        self._name_row()

    # -- what it shows --------------------------------------------------------------------

    @property
    def entry_id(self) -> str:
        return self._entry.entry_id

    @property
    def entry(self) -> StackEntry:
        return self._entry

    @property
    def has_keyboard(self) -> bool:
        """Whether it, or anything on it, has the focus, or will have it once its window is the
        active one."""
        widget = self.window().focusWidget()
        return widget is not None and (widget is self or self.isAncestorOf(widget))

    @property
    def is_built(self) -> bool:
        return self._controls is not None

    @property
    def is_folded(self) -> bool:
        """Whether it has controls and shows nothing that equal strips do not."""
        return self._controls is not None and self._controls.is_folded

    @property
    def shape(self) -> tuple[bool, str]:
        """Bare rows of equal shape need equal heights."""
        return self._entry.text_scale is not None, self._sentence

    @property
    def trouble_sentence(self) -> str:
        return self._sentence

    def show_entry(self, entry: StackEntry, is_applied: bool) -> None:
        if entry == self._entry and is_applied == self._is_applied:
            return
        self._entry, self._is_applied = entry, is_applied
        if self._controls is not None:
            self._controls.show_entry(entry, is_applied)

    def show_name(self, name: str) -> None:
        """What the row is called, beside others of the same name."""
        if name != self._name:
            self._name = name
            self._name_row()
            if self._controls is not None:
                self._controls.show_name(name)

    def show_facts(self, facts: AdapterFacts) -> None:
        """Amber, with the sentence, where not everything landed."""
        if facts == self._facts:
            return
        self._facts = facts
        self._sentence = trouble(facts)
        self.set_signal(SignalColour.WARNING if self._sentence else None)
        if self._controls is not None:
            self._controls.show_facts(facts)

    def show_selected(self, count: int) -> None:
        """How many rows are selected, itself among them; 0 where it is not."""
        if count != self._selected:
            self._selected = count
            self._name_row()
            self.update()
            if self._controls is not None:
                self._controls.show_selected(count)

    @property
    def is_selected(self) -> bool:
        return self._selected > 0

    @property
    def name(self) -> str:
        """What the row is called."""
        return self._name

    def show_ablation(self, look: ThumbLook | None) -> None:
        """The picture without its adapter; None for no place for one."""
        if look != self._ablation:
            self._ablation = look
            if self._controls is not None:
                self._controls.show_ablation(look)

    def show_energy(self, look: EnergyLook) -> None:
        """What its adapter does to the weights."""
        self._energy = look
        if self._controls is not None:
            self._controls.energy.show_look(look)

    @property
    def ablation_thumb(self) -> AblationThumb | None:
        """None where it shows none."""
        return self._controls.ablation_thumb if self._controls is not None else None

    def tab_chain(self) -> list[QWidget]:
        """What Tab visits, in its order; hidden widgets are skipped by Qt."""
        return self._controls.tab_chain() if self._controls is not None else []

    # -- building -------------------------------------------------------------------------

    def reserve(self, height: int) -> None:
        """The room that a bare row keeps for its controls."""
        if self._controls is None and self.height() != height:
            self.setFixedHeight(height)

    def build(self) -> None:
        """Have controls; nothing where they are there already."""
        if self._controls is not None:
            return
        self._controls = controls = StripControls(self._model, self._rows, self._entry)
        controls.show_entry(self._entry, self._is_applied)
        controls.show_name(self._name)
        controls.show_facts(self._facts)
        controls.show_ablation(self._ablation)
        controls.show_selected(self._selected)
        controls.energy.show_look(self._energy)
        controls.ablation_looked.connect(self.ablation_looked)
        controls.blocks_requested.connect(self.blocks_requested)
        controls.trigger_word_chosen.connect(self.trigger_word_chosen)
        controls.card_requested.connect(self.card_requested)
        controls.locate_requested.connect(self.locate_requested)
        controls.tab_chain_changed.connect(self.tab_chain_changed)
        controls.moved.connect(self._on_move_chosen)
        self._add_shortcuts(controls)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(controls)
        self.setMinimumHeight(0)
        self.setMaximumHeight(_ANY_HEIGHT)
        controls.show()
        column.activate()

    def _add_shortcuts(self, controls: StripControls) -> None:
        """Wherever in the row the keyboard is."""

        def shortcut(keys: str) -> QShortcut:
            made = QShortcut(QKeySequence(keys), self)
            made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            return made

        shortcut("Alt+Return").activated.connect(controls.open_card)
        shortcut("Alt+Up").activated.connect(self._on_up)
        shortcut("Alt+Down").activated.connect(self._on_down)
        shortcut("Ctrl+Shift+Up").activated.connect(self._on_select_up)
        shortcut("Ctrl+Shift+Down").activated.connect(self._on_select_down)
        remove = shortcut("Delete")
        remove.setAutoRepeat(False)
        remove.activated.connect(controls.remove)

    @Slot(int)
    def _on_move_chosen(self, direction: int) -> None:
        self.moved.emit(direction, False)

    @Slot()
    def _on_up(self) -> None:
        self._move(-1)

    @Slot()
    def _on_down(self) -> None:
        self._move(1)

    def _move(self, direction: int) -> None:
        is_continued, self._is_moving = self._is_moving, True
        self.moved.emit(direction, is_continued)

    @Slot()
    def _on_select_up(self) -> None:
        self.stepped.emit(-1, True)

    @Slot()
    def _on_select_down(self) -> None:
        self.stepped.emit(1, True)

    def event(self, event: QEvent) -> bool:
        # The window's Esc stops a render; of selected rows it ends the selection first.
        if is_escape_offered(event) and self.is_selected:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shift = Qt.KeyboardModifier.ShiftModifier
        if event.key() == Qt.Key.Key_Escape and self.is_selected:
            self.escaped.emit()
        elif self.hasFocus() and event.key() in _STEPS and not event.modifiers() & ~shift:
            self.stepped.emit(_STEPS[event.key()], bool(event.modifiers() & shift))
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        # A held key repeats as release and press.
        self._is_moving = self._is_moving and event.isAutoRepeat()
        super().keyReleaseEvent(event)

    def take_focus(self, reason: Qt.FocusReason) -> None:
        """The keyboard to the row's fader."""
        self.build()
        if self._controls is not None:
            self._controls.take_focus(reason)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """By mouse or key: what the row's buttons do."""
        self.build()
        if self._controls is not None:
            self._controls.menu.popup(event.globalPos())

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if not (self.is_selected or self.hasFocus()):
            return
        whole = QRectF(self.rect())
        painter = antialiased(self)
        if self.is_selected:
            draw_selected(painter, whole, self.palette(), RADIUS)
        if self.hasFocus():
            inset = _RING_INSET if self.is_selected else 0.0
            ring = whole.adjusted(inset, inset, -inset, -inset)
            draw_focus_ring(painter, ring, self.palette(), RADIUS - inset / 2)
        painter.end()

    def needed_height(self, width: int) -> int:
        """Of a row with controls: a sentence wraps in it."""
        needs = self.heightForWidth(width) if self.hasHeightForWidth() else -1
        return needs if needs >= 0 else self.sizeHint().height()

    def _name_row(self) -> None:
        words = self.tr("Adapter {}, selected") if self.is_selected else self.tr("Adapter {}")
        self.setAccessibleName(words.format(self._name))

    # -- selecting and reordering with the mouse ------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        self._is_pressed = not event.modifiers() & _HELD
        if self._is_pressed:
            self._drag.begin(event)
        self.pressed.emit(event.modifiers())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_pressed, self._is_pressed = self._is_pressed, False
        if was_pressed:
            self.clicked.emit()

    @Slot(QPoint)
    def _on_dragged(self, where: QPoint) -> None:
        self._is_pressed = False
        self.reorder_dragged.emit(where)
