"""A fader and its number beside each other: two ways to set one strength."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.ui.strips.strength_slider import StrengthSlider
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.number_edit import NumberEdit
from loraviewer.ui.widgets.theme import GAP, SignalColour, is_palette_change, signal_colour

_TOLD_MS = 8_000
"""How long it is said of a field that was left already why its text was not taken."""


class StrengthRow(QWidget):
    """Says below itself why a typed number was not taken."""

    strength_wanted = Signal(float)

    def __init__(
        self,
        lowest: float,
        highest: float,
        name: str,
        tip: str,
        *,
        caption: QLabel | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._slider = StrengthSlider(lowest, highest, name, tip)
        self._number = NumberEdit(name, tip)
        self._refusal: QLabel | None = None
        self._note: QuietLabel | None = None
        self._told = QTimer(self, singleShot=True, interval=_TOLD_MS)
        self._told.timeout.connect(self._on_told)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(2)
        self._caption = caption
        if caption is not None:
            self._grid.addWidget(caption, 0, 0)
        self._grid.addWidget(self._slider, 0, 1)
        self._grid.addWidget(self._number, 0, 2)
        self._grid.setColumnStretch(1, 1)
        self._slider.strength_changed.connect(self.strength_wanted)
        self._number.value_entered.connect(self._on_number_entered)
        # Letters are for the window again: B shows the base. Queued: Qt tells of the key first, of
        # the number after it.
        self._number.returnPressed.connect(
            self._on_return_pressed, Qt.ConnectionType.QueuedConnection
        )
        self._number.nudged.connect(self._slider.hold_nudge)
        self._number.nudges_ended.connect(self._slider.end_nudges)
        self._number.refused.connect(self._on_refused)

    @property
    def caption(self) -> QLabel | None:
        return self._caption

    def set_number_words(self, name: str, tip: str) -> None:
        """Of the number, where they are others than the fader's."""
        self._number.setAccessibleName(name)
        self._number.setToolTip(tip)

    def set_fader_ends(self, lowest: float, highest: float) -> None:
        """How far the fader goes; numbers go on as far as they like."""
        self._slider.set_ends(lowest, highest)

    def set_tip(self, tip: str) -> None:
        """Of the fader."""
        self._slider.setToolTip(tip)

    def edits_with(self, model: StackModel, change: Callable[[float], None]) -> None:
        """Send wishes to `change`, and to the model where a gesture begins and ends."""
        self._slider.drag_started.connect(model.begin_drag)
        self._slider.drag_resumed.connect(model.resume_drag)
        self._slider.drag_ended.connect(model.end_drag)
        self.strength_wanted.connect(change)

    def show_strength(self, strength: float, is_applied: bool = True) -> None:
        """Sends nothing. Faded where the strength is not applied."""
        if is_applied:
            self.say("")
        self._slider.set_applied(is_applied)
        self._slider.set_strength(strength)
        self._number.set_value(strength)

    @property
    def fader(self) -> StrengthSlider:
        return self._slider

    def say(self, note: str) -> None:
        """Below the fader: why moving it changes no picture; "" takes that away."""
        if note and self._note is None:
            self._note = QuietLabel()
            self._note.setWordWrap(True)
            self._grid.addWidget(self._note, 2, 1, 1, 2)
        if self._note is not None:
            self._note.setText(note)
            self._note.setVisible(bool(note))

    @property
    def note(self) -> str:
        return self._note.text() if self._note is not None else ""

    def tab_chain(self) -> list[QWidget]:
        return [self._slider, self._number]

    @property
    def refusal(self) -> str:
        """One sentence about what was typed last; empty where it was taken."""
        is_shown = self._refusal is not None and not self._refusal.isHidden()
        return self._refusal.text() if self._refusal is not None and is_shown else ""

    @Slot()
    def _on_return_pressed(self) -> None:
        if not self.refusal:
            self._slider.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(float)
    def _on_number_entered(self, value: float) -> None:
        """A typed number is a gesture of its own, however soon after a turn of the wheel."""
        self._slider.end_gesture()
        self.strength_wanted.emit(value)

    @Slot(str)
    def _on_refused(self, sentence: str) -> None:
        """An empty sentence: what is there now is fine."""
        if sentence and self._refusal is None:
            self._refusal = QLabel(wordWrap=True)
            self._colour_refusal()
            self._grid.addWidget(self._refusal, 1, 1, 1, 2)
        if self._refusal is not None:
            self._refusal.setText(sentence)
            self._refusal.setVisible(bool(sentence))
        # While the keyboard stays in the field, so does the sentence.
        if sentence and not self._number.hasFocus():
            self._told.start()
        else:
            self._told.stop()

    @Slot()
    def _on_told(self) -> None:
        self._on_refused("")

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if is_palette_change(event):
            self._colour_refusal()

    def _colour_refusal(self) -> None:
        if self._refusal is not None:
            palette = self.palette()
            colour = signal_colour(palette, SignalColour.WARNING)
            palette.setColor(palette.ColorRole.WindowText, colour)
            self._refusal.setPalette(palette)
