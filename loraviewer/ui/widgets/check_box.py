"""A check box that is seen on dark windows, too."""

from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QCheckBox, QStyle, QStyleOptionButton

from loraviewer.ui.widgets.painting import antialiased, outline_rounded
from loraviewer.ui.widgets.theme import idle


class CheckBox(QCheckBox):
    """Qt's own style draws the square darker than the window, which on a dark one is nothing."""

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        part = QStyle.SubElement.SE_CheckBoxIndicator
        square = self.style().subElementRect(part, option, self)
        painter = antialiased(self)
        outline_rounded(painter, QRectF(square), idle(self.palette()), 2)
        painter.end()
