"""The number of a block, typed in its place."""

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from loraviewer.ui.widgets.escape import is_escape_offered
from loraviewer.ui.widgets.number_edit import no_number, parsed_number
from loraviewer.ui.widgets.number_field import NumberField

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_LEAST_PX = 76


class CellEdit(NumberField):
    """Enter, or going elsewhere, takes the number, which is never clamped; Esc leaves it alone."""

    entered = Signal(float)
    left = Signal()
    """It is gone; the keyboard belongs to its block again."""
    refused = Signal(str)
    """One sentence why the typed text is not taken; "" once something is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent=parent)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setToolTip(self.tr("Any number counts; Enter takes it, Esc leaves it as it was."))
        self.hide()

    def begin(self, place: QRect, name: str, factor: float | None, typed: str = "") -> None:
        """Over a block. factor: None where there are several; typed: what replaces it at once."""
        wider = max(0, _LEAST_PX - place.width())
        self.setGeometry(place.adjusted(-wider, -1, 0, 1).translated(max(0, wider - place.x()), 0))
        self.setAccessibleName(name)
        self.show_number(1.0 if factor is None else factor)
        self.setText(typed or ("" if factor is None else self.text()))
        if not typed:
            self.selectAll()
        self.setModified(bool(typed))
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def read(self, text: str) -> float | None:
        return parsed_number(text)

    def event(self, event: QEvent) -> bool:
        # Esc would stop a render, or close the window; here it is for the number.
        if is_escape_offered(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            if self._take():
                self.leave()
        elif event.key() == Qt.Key.Key_Escape:
            self.refused.emit("")
            self.leave()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason and self.isVisible():
            self._take()
            self.hide()

    def leave(self) -> None:
        """Without taking anything."""
        if self.isVisible():
            self.hide()
            self.left.emit()

    def _take(self) -> bool:
        """Whether nothing is left to say."""
        if not self.isModified():
            return True
        value = self.read(self.text())
        self.refused.emit(no_number(self.text()) if value is None and self.text().strip() else "")
        self.setModified(value is None and bool(self.text().strip()))
        if value is not None:
            self.entered.emit(value)
        return not self.isModified()
