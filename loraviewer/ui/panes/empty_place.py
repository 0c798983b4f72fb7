"""A place of the layout without a pane, and how to fill it."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from loraviewer.ui.widgets.painting import antialiased
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP, RADIUS, quiet_text


class EmptyPlace(QWidget):
    """As large as a pane. The key is told because a click is found without being told."""

    chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.words)

    @property
    def words(self) -> str:
        return self.tr("Press P to pin what is shown here.")

    def sizeHint(self) -> QSize:
        return QSize(400, 400)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 100)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(
            event.position().toPoint()
        ):
            self.chosen.emit()

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        # Below the line that a pane has above its picture.
        place = self.rect().adjusted(1, FIELD_HEIGHT + GAP // 2, -1, -1)
        pen = QPen(self.palette().color(QPalette.ColorRole.Mid), 1.0, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(place), RADIUS, RADIUS)
        painter.setPen(quiet_text(self.palette()))
        inside = QRect(place).adjusted(GAP, GAP, -GAP, -GAP)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(inside, flags, self.words)
        painter.end()
