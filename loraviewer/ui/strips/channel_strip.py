"""One row of the stack: a card that can be dragged, and gets its controls when it is first seen."""

from PySide6.QtCore import QPoint, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence, QMouseEvent, QShortcut
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core.adapter_facts import AdapterFacts
from loraviewer.core.stack import StackEntry
from loraviewer.ui.cards.adapter_sentences import trouble
from loraviewer.ui.strips.ablation_thumb import AblationThumb, ThumbLook
from loraviewer.ui.strips.strip_controls import StripControls
from loraviewer.ui.strips.strip_energy import EnergyLook
from loraviewer.ui.widgets.held_drag import HeldDrag
from loraviewer.ui.widgets.painting import Card, antialiased, draw_focus_ring
from loraviewer.ui.widgets.theme import RADIUS, SignalColour

_ANY_HEIGHT = 16_777_215  # QWIDGETSIZE_MAX


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
    ablation_looked = Signal(bool)
    """Somebody wants to see its small picture large, or no longer."""
    reorder_dragged = Signal(QPoint)
    reorder_dropped = Signal(QPoint)
    reorder_cancelled = Signal()

    def __init__(self, model: StackModel, entry: StackEntry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._entry = entry
        self._is_applied = True
        self._facts = AdapterFacts()
        self._sentence = ""
        self._ablation: ThumbLook | None = None
        self._energy = EnergyLook()
        self._controls: StripControls | None = None
        self._drag = HeldDrag(self)
        self._drag.moved.connect(self.reorder_dragged)
        self._drag.dropped.connect(self.reorder_dropped)
        self._drag.cancelled.connect(self.reorder_cancelled)
        self._is_moving = False
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
        self._controls = controls = StripControls(self._model, self._entry)
        controls.show_entry(self._entry, self._is_applied)
        controls.show_name(self._name)
        controls.show_facts(self._facts)
        controls.show_ablation(self._ablation)
        controls.energy.show_look(self._energy)
        controls.ablation_looked.connect(self.ablation_looked)
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
        if self.hasFocus():
            painter = antialiased(self)
            draw_focus_ring(painter, QRectF(self.rect()), self.palette(), RADIUS)
            painter.end()

    def needed_height(self, width: int) -> int:
        """Of a row with controls: a sentence wraps in it."""
        needs = self.heightForWidth(width) if self.hasHeightForWidth() else -1
        return needs if needs >= 0 else self.sizeHint().height()

    def _name_row(self) -> None:
        self.setAccessibleName(self.tr("Adapter {}").format(self._name))

    # -- reordering with the mouse --------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._drag.begin(event)
