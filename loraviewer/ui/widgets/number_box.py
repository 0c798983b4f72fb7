"""A field for one number with arrows beside it, of any size, that drops nothing a person types.

Qt's own spin boxes end at 2³¹ − 1, and leave out what they cannot read: “4,5” becomes 45.
"""

from PySide6.QtCore import Property, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

from loraviewer.core.numbers import padded_number, read_decimal, read_whole
from loraviewer.ui.widgets.scroll_area import takes_wheel

_STEPPERS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_LONGEST = 24


class NumberBox(QAbstractSpinBox):
    """Holds a number from `lowest` to `highest`; `problem` says so while its text is none."""

    edited = Signal()
    """By typing, by a step, by the wheel."""

    def __init__(
        self, lowest: float, highest: float, step: float, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._lowest, self._highest, self._step = lowest, highest, step
        self._number = lowest
        self._is_held = False
        # Qt's own policy takes the focus with the wheel, and the turn with it.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # Files dropped here belong to the window.
        self.lineEdit().setAcceptDrops(False)
        self.lineEdit().setText(self._written(lowest))
        self.lineEdit().textEdited.connect(self.edited)

    # -- what it holds --------------------------------------------------------------------

    def number(self) -> float:
        """What is typed, or the last number shown where that is none."""
        typed = self._typed()
        return self._number if typed is None else typed

    def set_number(self, number: float) -> None:
        """Show a number; sends nothing."""
        self._number = number
        if self._typed() != number:
            self.lineEdit().setText(self._written(number))

    @property
    def is_empty(self) -> bool:
        """Something is about to be typed."""
        return not self.lineEdit().text().strip()

    @property
    def is_held(self) -> bool:
        """Whether a key or button is down that may go on stepping: all of it is one edit."""
        return self._is_held

    def tidy(self) -> None:
        """Write its number as the window does; an empty field shows it again."""
        if self.is_empty or self._typed() is not None:
            self.lineEdit().setText(self._written(self.number()))

    def problem(self) -> str:
        """One sentence about a text that is no number to be used; empty where it is one."""
        if self._typed() is not None:
            return ""
        text = self.lineEdit().text().strip()
        words = self.tr("{name} must be a number between {lowest} and {highest}, not “{text}”.")
        return words.format(
            name=self.accessibleName(),
            lowest=self._written(self._lowest),
            highest=self._written(self._highest),
            text=text if len(text) <= _LONGEST else text[:_LONGEST] + "…",
        )

    def _value(self) -> float:
        return float(self.number())

    value = Property(float, _value, doc="For screen readers.")

    def _typed(self) -> float | None:
        number = self._read(self.lineEdit().text())
        is_inside = number is not None and self._lowest <= number <= self._highest
        return number if is_inside else None

    def _read(self, text: str) -> float | None:
        return read_decimal(text)

    def _written(self, number: float) -> str:
        return padded_number(number, least=1)

    # -- steps ----------------------------------------------------------------------------

    def stepBy(self, steps: int) -> None:
        stepped = round(self.number() + steps * self._step, 6)
        self.set_number(max(self._lowest, min(self._highest, stepped)))
        self.edited.emit()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if self.number() > self._lowest:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        if self.number() < self._highest:
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
        return self._with_room_for(len(self._written(self._highest)))

    def minimumSizeHint(self) -> QSize:
        return self._with_room_for(min(10, len(self._written(self._highest))))

    def _with_room_for(self, figures: int) -> QSize:
        """Beside the arrows and within the frame."""
        width = self.fontMetrics().horizontalAdvance("0" * figures) + 28
        return QSize(width, super().sizeHint().height())


class WholeNumberBox(NumberBox):
    """Exact beyond 2⁵³."""

    def __init__(self, lowest: int, highest: int, parent: QWidget | None = None) -> None:
        super().__init__(lowest, highest, 1, parent)

    def number(self) -> int:
        return int(super().number())

    def _read(self, text: str) -> int | None:
        return read_whole(text)

    def _written(self, number: float) -> str:
        return str(number)
