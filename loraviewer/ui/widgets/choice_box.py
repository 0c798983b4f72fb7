"""A combo box that only changes through its list."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QComboBox, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.ui.widgets.icons import pixmap
from loraviewer.ui.widgets.painting import (
    antialiased,
    draw_focus_ring,
    fill_rounded,
    outline_rounded,
)
from loraviewer.ui.widgets.theme import GAP, ICON_SIZE, idle, mix

_OPENERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_F4)


class ChoiceBox(QComboBox):
    """No wheel, no typing, no bare arrows: nothing is chosen by accident while scrolling, and
    letters stay free for the window's keys. Flat like the fields beside it: Fusion draws a button.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Qt's own policy takes the focus with the wheel, although nothing turns.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def offer(self, names: Sequence[str], chosen: str) -> None:
        """Replace what can be chosen; `chosen` is shown if it is among it. Sends nothing."""
        self.clear()
        self.addItems([shown(name) for name in names])
        self.setCurrentText(shown(chosen))

    def wheelEvent(self, event) -> None:
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _OPENERS:
            self.showPopup()
        else:
            event.ignore()

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        palette = self.palette()
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        field = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        ground = palette.color(QPalette.ColorRole.Base)
        if self.underMouse() and self.isEnabled():
            ground = mix(ground, palette.color(QPalette.ColorRole.Midlight), 0.5)
        fill_rounded(painter, field, ground, 2)
        outline_rounded(painter, field, palette.color(QPalette.ColorRole.Window).darker(140), 2)
        inside = self.rect().adjusted(GAP, 0, -GAP // 2 - ICON_SIZE, 0)
        words = self.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, inside.width()
        )
        painter.setPen(palette.color(group, QPalette.ColorRole.Text))
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter, words)
        chevron = pixmap("chevron", idle(palette), ICON_SIZE, self.devicePixelRatioF())
        x = self.width() - ICON_SIZE - GAP // 2
        painter.drawPixmap(x, (self.height() - ICON_SIZE) // 2, chevron)
        if self.hasFocus():
            draw_focus_ring(painter, QRectF(self.rect()), palette, 2)
        painter.end()
