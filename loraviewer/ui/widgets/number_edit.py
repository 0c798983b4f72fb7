"""A strength as a number. It never clamps; what cannot be read is put back, with a sentence."""

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.languages import figures
from loraviewer.core.numbers import brief_number, read_decimal
from loraviewer.ui.widgets.escape import is_escape_offered
from loraviewer.ui.widgets.number_field import NumberField
from loraviewer.ui.widgets.theme import FIELD_HEIGHT

_LONGEST = 20
_MOST_FIGURES = 9
"""With sign and point; more are cut by the field."""
_NUDGES = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
_COMES_BACK = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)


def parsed_number(text: str) -> float | None:
    """A number, also after a “×”; None for all that is none or not finite."""
    return read_decimal(text.strip().removeprefix("×"))


def no_number(typed: str) -> str:
    """The sentence about a text that is none."""
    words = QCoreApplication.translate(
        "NumberEdit", "“{}” is no number that can be used; write one as 0.8 or 0,8."
    )
    return words.format(typed if len(typed) <= _LONGEST else typed[:_LONGEST] + "…")


class NumberEdit(NumberField):
    """Enter or leaving the field sends the number, Esc puts the old one back, ↑ ↓ nudge."""

    value_entered = Signal(float)
    nudged = Signal(int, bool)
    """Direction, and whether the step is a fine one."""
    nudges_ended = Signal()
    """The key that nudged was let go."""
    refused = Signal(str)
    """One sentence why the typed text is not taken; "" once something is."""

    def __init__(self, name: str, tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setFixedHeight(FIELD_HEIGHT - 2)
        self.editingFinished.connect(self._on_editing_finished)

    @property
    def value(self) -> float:
        """The model's, whatever is being typed."""
        return self._number

    def set_value(self, value: float) -> None:
        """Show a number; sends nothing."""
        if value != self._number:
            self.refused.emit("")
        self._number = value
        self._write()

    def read(self, text: str) -> float | None:
        return parsed_number(text)

    def written(self, number: float) -> str:
        """Of a very large one its exponent, where that says all of it: 1e9."""
        text = super().written(number)
        return figures(brief_number(number)) if len(text) > _MOST_FIGURES else text

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance("-00.000") + 12
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def event(self, event: QEvent) -> bool:
        # The window's Esc stops a render; while a number is being typed, Esc is for the number.
        if is_escape_offered(event) and self.isModified():
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_plain = not event.modifiers() & Qt.KeyboardModifier.AltModifier
        direction = _NUDGES.get(Qt.Key(event.key())) if is_plain else None
        if direction is not None:
            self._send()
            is_fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.nudged.emit(direction, is_fine)
        elif event.key() == Qt.Key.Key_Escape and self.isModified():
            self._put_back()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if Qt.Key(event.key()) in _NUDGES and not event.isAutoRepeat():
            self.nudges_ended.emit()
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.nudges_ended.emit()
        is_away = event.reason() in _COMES_BACK
        if not self.isModified() and not is_away:
            self.refused.emit("")  # of an earlier text; the number is there again
        super().focusOutEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()

    def _on_editing_finished(self) -> None:
        self._send()

    def _send(self) -> None:
        if not self.isModified():
            self._put_back()
            return
        text, value = self.text(), self.typed()
        self.setModified(False)
        self.refused.emit(no_number(text) if value is None and text.strip() else "")
        if value is not None and value != self._number:
            self.value_entered.emit(value)
        self._put_back()

    def _put_back(self) -> None:
        """The model's number: after a sent edit it is the new one, for nonsense the old one."""
        self._write()
        self.setModified(False)
