"""One row of the stack: switches, name, fader and number of one adapter."""

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QMouseEvent, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QWidget,
)

from loraviewer.bridge.stack_model import StackModel
from loraviewer.core.adapter_facts import AdapterFacts
from loraviewer.core.stack import AdapterStack, StackEntry
from loraviewer.ui.cards.adapter_sentences import trouble, trouble_detail
from loraviewer.ui.message_bar import MessageBar
from loraviewer.ui.strips.strength_slider import AS_TRAINED, StrengthSlider
from loraviewer.ui.strips.strip_details import StripDetails
from loraviewer.ui.widgets.buttons import IconButton, LetterButton, ToggleSwitch
from loraviewer.ui.widgets.icons import pixmap
from loraviewer.ui.widgets.labels import ElidedLabel, QuietLabel
from loraviewer.ui.widgets.number_edit import NumberEdit
from loraviewer.ui.widgets.painting import Card
from loraviewer.ui.widgets.reveal import reveal
from loraviewer.ui.widgets.theme import GAP, SignalColour, idle, is_palette_change

LOWEST, HIGHEST = -2.0, 2.0


class ChannelStrip(Card):
    """A function of its entry and facts; every edit goes to the stack model."""

    trigger_word_chosen = Signal(str)
    card_requested = Signal(bool)
    """Whether it is about the modules: what landed and what did not."""
    tab_chain_changed = Signal()
    moved = Signal(int)
    """Up (-1) or down (+1) by one row was asked for."""
    reorder_dragged = Signal(QPoint)
    reorder_dropped = Signal(QPoint)
    reorder_cancelled = Signal()

    def __init__(self, model: StackModel, entry: StackEntry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._entry = entry
        self._facts = AdapterFacts()
        self._press: QPoint | None = None
        self._is_reordering = False
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._build()
        self._lay_out()
        self._connect()
        self.show_entry(entry, AdapterStack(entries=(entry,)))

    # -- what it shows --------------------------------------------------------------------

    @property
    def entry_id(self) -> str:
        return self._entry.entry_id

    @property
    def entry(self) -> StackEntry:
        return self._entry

    def show_entry(self, entry: StackEntry, stack: AdapterStack) -> None:
        self._entry = entry
        is_applied = stack.is_applied(entry)
        self._switch.setChecked(entry.is_enabled)
        self._solo.setChecked(entry.is_solo)
        self._name.set_text(entry.name)
        self._name.set_look(bold=True, quiet=not is_applied)
        for slider in (self._slider, self._text_slider):
            slider.set_applied(is_applied)
        self._slider.set_strength(entry.scale)
        self._number.set_value(entry.scale)
        text_scale = entry.scale if entry.text_scale is None else entry.text_scale
        self._text_slider.set_strength(text_scale)
        self._text_number.set_value(text_scale)
        self._text_row.setVisible(entry.text_scale is not None)
        self.setAccessibleName(self.tr("Adapter {}").format(entry.name))
        self._show_facts()

    def show_facts(self, facts: AdapterFacts) -> None:
        """Amber, with the sentence, where not everything landed."""
        self._facts = facts
        sentence = trouble(facts)
        self.set_signal(SignalColour.WARNING if sentence else None)
        self._trouble.say(sentence, trouble_detail(facts))
        self._show_facts()

    def tab_chain(self) -> list[QWidget]:
        """What Tab visits, in its order; hidden widgets are skipped by Qt."""
        text = (self._text_slider, self._text_number)
        own = (self._switch, self._solo, self._more, self._slider, self._number, *text)
        return [*own, *self._trouble.buttons(), *self._details.tab_chain()]

    @property
    def trouble_sentence(self) -> str:
        return self._trouble.sentence

    def _show_facts(self) -> None:
        if not self._details.isHidden():
            self._details.show_facts(self._facts, self._entry.scale)

    # -- building -------------------------------------------------------------------------

    def _build(self) -> None:
        self._grip = QLabel()
        self._grip.setCursor(Qt.CursorShape.OpenHandCursor)
        self._grip.setToolTip(
            self.tr("Drag, or Alt+Up and Alt+Down: order changes nothing in the weights.")
        )
        self._draw_grip()
        self._switch = ToggleSwitch(
            self.tr("On"), self.tr("Switch the adapter on or off; its strength is kept.")
        )
        self._solo = LetterButton(
            "S", self.tr("Solo"), self.tr("Solo: hear only the rows that are soloed.")
        )
        self._name = ElidedLabel()
        self._more = IconButton("more", self.tr("More about this adapter"))
        self._more.setMenu(self._menu())
        strength_tip = self.tr(
            "Strength: 0 is the base, 1.0 is as trained. Shift is fine, double-click is 1.0."
        )
        self._slider = StrengthSlider(LOWEST, HIGHEST, self.tr("Strength"), strength_tip)
        self._number = NumberEdit(
            self.tr("Strength as a number"), self.tr("Any number counts, also beyond the fader.")
        )
        text_tip = self.tr("How strongly the adapter changes the reading of the prompt alone.")
        self._text_slider = StrengthSlider(LOWEST, HIGHEST, self.tr("Text strength"), text_tip)
        self._text_number = NumberEdit(self.tr("Text strength as a number"), text_tip)
        self._trouble = MessageBar(SignalColour.WARNING, is_small=True)
        self._trouble.offer(self.tr("What did not land, and why"), "info")
        self._details = StripDetails()
        self._details.hide()

    def _lay_out(self) -> None:
        self._text_row = QWidget()
        text = QHBoxLayout(self._text_row)
        text.setContentsMargins(0, 0, 0, 0)
        text.setSpacing(GAP)
        text.addWidget(QuietLabel(self.tr("Text")))
        text.addWidget(self._text_slider, 1)
        text.addWidget(self._text_number)
        head = QHBoxLayout()
        head.setSpacing(GAP)
        for widget in (self._switch, self._solo):
            head.addWidget(widget)
        head.addWidget(self._name, 1)
        head.addWidget(self._more)
        fader = QHBoxLayout()
        fader.setSpacing(GAP)
        fader.addWidget(self._slider, 1)
        fader.addWidget(self._number)
        grid = QGridLayout(self)
        grid.setContentsMargins(GAP // 2, GAP // 2, GAP, GAP // 2)
        grid.setHorizontalSpacing(GAP // 2)
        grid.setVerticalSpacing(2)
        grid.addWidget(self._grip, 0, 0)
        grid.addLayout(head, 0, 1)
        grid.addLayout(fader, 1, 1)
        grid.addWidget(self._text_row, 2, 1)
        grid.addWidget(self._trouble, 3, 0, 1, 2)
        grid.addWidget(self._details, 4, 1)
        grid.setColumnStretch(1, 1)

    def _connect(self) -> None:
        self._switch.clicked.connect(self._on_switch_clicked)
        self._solo.clicked.connect(self._on_solo_clicked)
        for slider in (self._slider, self._text_slider):
            slider.drag_started.connect(self._model.begin_drag)
            slider.drag_ended.connect(self._model.end_drag)
        self._slider.strength_changed.connect(self._on_strength)
        self._number.value_entered.connect(self._on_strength)
        self._number.nudged.connect(self._slider.nudge)
        self._text_slider.strength_changed.connect(self._on_text_strength)
        self._text_number.value_entered.connect(self._on_text_strength)
        self._text_number.nudged.connect(self._text_slider.nudge)
        self._details.trigger_word_chosen.connect(self.trigger_word_chosen)
        self._details.rebuilt.connect(self.tab_chain_changed)
        self._details.strength_wanted.connect(self._on_strength)
        self._details.card_requested.connect(self._on_card)
        self._trouble.action_requested.connect(self._on_modules_card)
        card = QShortcut(QKeySequence("Alt+Return"), self)
        card.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        card.activated.connect(self._on_card)
        for keys, direction in (("Alt+Up", -1), ("Alt+Down", 1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setProperty("direction", direction)
            shortcut.activated.connect(self._on_move_shortcut)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        self._text_action = menu.addAction(self.tr("Separate text-encoder strength"))
        self._text_action.setCheckable(True)
        self._text_action.triggered.connect(self._on_text_action)
        menu.addAction(self.tr("Reset to 1.0")).triggered.connect(self._on_reset)
        menu.addSeparator()
        menu.addAction(self.tr("Details…")).triggered.connect(self._on_card)
        self._details_action = menu.addAction(self.tr("Unfold facts and trigger words"))
        self._details_action.setCheckable(True)
        self._details_action.triggered.connect(self._on_details_action)
        self._reveal_action = menu.addAction(self.tr("Show file in its folder"))
        self._reveal_action.triggered.connect(self._on_reveal)
        menu.addSeparator()
        menu.addAction(self.tr("Remove")).triggered.connect(self._on_remove)
        menu.aboutToShow.connect(self._on_menu_about_to_show)
        return menu

    # -- edits ----------------------------------------------------------------------------

    @Slot(bool)
    def _on_switch_clicked(self, on: bool) -> None:
        self._model.set_enabled(self.entry_id, on)

    @Slot(bool)
    def _on_solo_clicked(self, on: bool) -> None:
        self._model.set_solo(self.entry_id, on)

    @Slot(float)
    def _on_strength(self, value: float) -> None:
        self._model.set_scale(self.entry_id, value)

    @Slot(float)
    def _on_text_strength(self, value: float) -> None:
        self._model.set_text_scale(self.entry_id, value)

    @Slot()
    def _on_menu_about_to_show(self) -> None:
        self._text_action.setChecked(self._entry.text_scale is not None)
        self._details_action.setChecked(not self._details.isHidden())
        self._reveal_action.setEnabled(Path(self._entry.path).parent.is_dir())

    @Slot(bool)
    def _on_text_action(self, on: bool) -> None:
        self._model.set_text_scale(self.entry_id, self._entry.scale if on else None)

    @Slot()
    def _on_reset(self) -> None:
        self._model.set_scale(self.entry_id, AS_TRAINED)

    @Slot(bool)
    def _on_details_action(self, on: bool) -> None:
        self._details.setVisible(on)
        self._show_facts()

    @Slot()
    def _on_card(self) -> None:
        self.card_requested.emit(False)

    @Slot()
    def _on_modules_card(self) -> None:
        self.card_requested.emit(True)

    @Slot()
    def _on_reveal(self) -> None:
        reveal(Path(self._entry.path))

    @Slot()
    def _on_remove(self) -> None:
        self._model.remove(self.entry_id)

    @Slot()
    def _on_move_shortcut(self) -> None:
        self.moved.emit(self.sender().property("direction"))

    # -- reordering with the mouse --------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._press = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._press is None:
            return
        way = (event.position().toPoint() - self._press).manhattanLength()
        if not self._is_reordering and way >= QApplication.startDragDistance():
            self._is_reordering = True
            self.grabKeyboard()
        if self._is_reordering:
            self.reorder_dragged.emit(event.globalPosition().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._finish_reordering():
            self.reorder_dropped.emit(event.globalPosition().toPoint())

    def keyPressEvent(self, event) -> None:
        if event.key() == Qt.Key.Key_Escape and self._finish_reordering():
            self.reorder_cancelled.emit()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if is_palette_change(event):
            self._draw_grip()

    def _finish_reordering(self) -> bool:
        was_reordering, self._is_reordering = self._is_reordering, False
        self._press = None
        if was_reordering:
            self.releaseKeyboard()
        return was_reordering

    def _draw_grip(self) -> None:
        ratio = self.devicePixelRatioF()
        self._grip.setPixmap(pixmap("grip", idle(self.palette()), 16, ratio))
