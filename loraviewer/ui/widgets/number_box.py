"""A number with arrows beside it, of any size, that drops nothing a person types."""

from PySide6.QtCore import Property, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from loraviewer.ui.widgets.number_field import NumberField, WholeNumberField
from loraviewer.ui.widgets.scroll_area import takes_wheel

_STEPPERS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_STEP_DIGITS = 12  # after the point: what was typed stays, what adding leaves over goes


class NumberBox(QAbstractSpinBox):
    """A `NumberField` and the steps of its arrows; `problem` says so while its text is none."""

    edited = Signal()
    """By typing, by a step, by the wheel."""

    def __init__(self, field: NumberField, step: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field, self._step = field, step
        self._is_held = False
        self.setLineEdit(field)
        field.textEdited.connect(self.edited)
        # Qt's own policy takes the focus with the wheel, and the turn with it.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # -- what it holds --------------------------------------------------------------------

    def number(self) -> float:
        """What is typed, or the last number shown where that is none."""
        return self._field.number()

    def set_number(self, number: float) -> None:
        """Show a number; sends nothing."""
        self._field.show_number(number)

    @property
    def is_empty(self) -> bool:
        """Something is about to be typed."""
        return self._field.is_empty

    @property
    def is_held(self) -> bool:
        """Whether a key or button is down that may go on stepping: all of it is one edit."""
        return self._is_held

    def tidy(self) -> None:
        """Write its number as the window does; an empty field shows it again."""
        self._field.tidy()

    def problem(self) -> str:
        """One sentence about a text that is no number to be used; empty where it is one."""
        return self._field.problem(self.accessibleName())

    def _value(self) -> float:
        return float(self.number())

    value = Property(float, _value)
    """For screen readers."""

    # -- steps ----------------------------------------------------------------------------

    def stepBy(self, steps: int) -> None:
        stepped = round(self.number() + steps * self._step, _STEP_DIGITS)
        self.set_number(max(self._field.lowest, min(self._field.highest, stepped)))
        self.edited.emit()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if self.number() > self._field.lowest:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        if self.number() < self._field.highest:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        return flags

    def validate(self, text: str, position: int) -> object:
        """Everything may be typed; what cannot be used is answered with a sentence."""
        return QValidator.State.Acceptable, text, position

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._is_held = event.key() in _STEPPERS
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        # A held key repeats as release and press.
        self._is_held = self._is_held and event.isAutoRepeat()
        super().keyReleaseEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._is_held = True
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._is_held = False
        super().mouseReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._is_held = False
        super().focusOutEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if takes_wheel(self, event):
            super().wheelEvent(event)
        else:
            event.ignore()

    # -- its place ------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return self._with_room_for(self._figures)

    def minimumSizeHint(self) -> QSize:
        return self._with_room_for(min(10, self._figures))

    @property
    def _figures(self) -> int:
        return len(self._field.written(self._field.highest))

    def _with_room_for(self, figures: int) -> QSize:
        """Beside the arrows and within the frame."""
        width = self.fontMetrics().horizontalAdvance("0" * figures) + 28
        return QSize(width, super().sizeHint().height())


class WholeNumberBox(NumberBox):
    """Steps of one."""

    def __init__(self, lowest: int, highest: int, parent: QWidget | None = None) -> None:
        super().__init__(WholeNumberField(lowest, highest), 1, parent)

    def number(self) -> int:
        return int(super().number())
