"""The one line of the window that holds a number: with arrows (`number_box`) or without.

Qt's own spin boxes read numbers as the locale writes them, where “7.5” may be 75, end at 2³¹ − 1,
and round what is typed to the decimals that they show.
"""

import math

from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from loraviewer.bridge.languages import figures
from loraviewer.core.numbers import padded_number, read_decimal, read_whole

_LONGEST = 24
_HISTORY = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class NumberField(QLineEdit):
    """Holds a number from `lowest` to `highest`, read by `core.numbers` whatever the locale: comma
    and point both begin decimals, nothing groups digits. All digits that were typed count. It is
    written with the decimal mark of the window's language."""

    def __init__(
        self,
        lowest: float = -math.inf,
        highest: float = math.inf,
        *,
        digits: int = 2,
        parent: QWidget | None = None,
    ) -> None:
        """digits: how many are shown after the point at least."""
        super().__init__(parent)
        self.setLocale(QLocale.c())
        self.setAcceptDrops(False)  # files dropped here belong to the window
        self._lowest, self._highest, self._digits = lowest, highest, digits
        self._number: float = max(lowest, min(highest, 0))
        self._shown = ""
        self._write()

    def event(self, event: QEvent) -> bool:
        """Undo and redo are the window's while nothing here waits to be taken."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            is_history = any(event.matches(key) for key in _HISTORY)
            if is_history and self.typed() == self._number:
                event.ignore()
                return False
        return super().event(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """All of the number: for Qt its sign, its point and its decimals are words of their own."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.selectAll()
        else:
            super().mouseDoubleClickEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.setCursorPosition(0)  # the beginning of what is longer than the field

    @property
    def lowest(self) -> float:
        return self._lowest

    @property
    def highest(self) -> float:
        return self._highest

    def number(self) -> float:
        """What is typed, or the last number shown where that is none."""
        typed = self.typed()
        return self._number if typed is None else typed

    def typed(self) -> float | None:
        """None while its text is no number from lowest to highest."""
        if self.text() == self._shown:
            return self._number  # of which the text may show the first fifteen figures only
        number = self.read(self.text())
        is_inside = number is not None and self._lowest <= number <= self._highest
        return number if is_inside else None

    def show_number(self, number: float) -> None:
        """Sends nothing. A text that says this number already stays as it was typed."""
        is_there = self.typed() == number
        self._number = number
        if not is_there or self.text() == self._shown:
            self._write()

    def tidy(self) -> None:
        """Write the number as the window does; an empty field shows it again."""
        if self.is_empty or self.typed() is not None:
            self._number = self.number()
            self._write()

    @property
    def is_empty(self) -> bool:
        """Something is about to be typed."""
        return not self.text().strip()

    def problem(self, name: str) -> str:
        """One sentence about a text that is no number to be used; empty where it is one."""
        if self.typed() is not None:
            return ""
        text = self.text().strip()
        words = self.tr("{name} must be a number between {lowest} and {highest}, not “{text}”.")
        return words.format(
            name=name,
            lowest=self.written(self._lowest),
            highest=self.written(self._highest),
            text=text if len(text) <= _LONGEST else text[:_LONGEST] + "…",
        )

    def read(self, text: str) -> float | None:
        return read_decimal(text)

    def written(self, number: float) -> str:
        return figures(padded_number(number, self._digits))

    def _write(self) -> None:
        text = self.written(self._number)
        self._shown = text
        if text != self.text():
            self.setText(text)
            # Where it is too long for the field, its beginning says how large it is.
            self.setCursorPosition(len(text) if self.hasFocus() else 0)


class WholeNumberField(NumberField):
    """Exact beyond 2⁵³."""

    def read(self, text: str) -> int | None:
        return read_whole(text)

    def written(self, number: float) -> str:
        return str(number)
