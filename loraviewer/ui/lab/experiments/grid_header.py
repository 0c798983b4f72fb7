"""Names of rows and columns of the grid: words on the window, without a frame."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QHeaderView, QWidget

from loraviewer.ui.widgets.theme import GAP, quiet_text

_WIDEST_PX = 124


class GridHeader(QHeaderView):
    """As wide as its names within limits; names of rows take more lines where there is room, and
    what does not fit is cut in the middle."""

    def __init__(self, orientation: Qt.Orientation, parent: QWidget | None = None) -> None:
        super().__init__(orientation, parent)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setMinimumSectionSize(1)
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        if self.orientation() is Qt.Orientation.Horizontal:
            return QSize(0, metrics.height() + GAP // 2)
        widest = max((metrics.horizontalAdvance(name) for name in self._names()), default=0)
        return QSize(min(_WIDEST_PX, widest + GAP + 4), 0)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:  # noqa: N803
        role = QPalette.ColorRole.WindowText
        is_row = self.orientation() is Qt.Orientation.Vertical
        painter.setPen(self.palette().color(role) if is_row else quiet_text(self.palette()))
        name = self._name(logicalIndex)
        inside = rect.adjusted(2, 0, -GAP, 0) if is_row else rect.adjusted(1, 0, -1, 0)
        if is_row and self._fits_in_lines(name, inside):
            wrapped = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
            painter.drawText(inside, wrapped | Qt.AlignmentFlag.AlignVCenter, name)
            return
        text = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, inside.width())
        side = Qt.AlignmentFlag.AlignLeft if is_row else Qt.AlignmentFlag.AlignHCenter
        painter.drawText(inside, side | Qt.AlignmentFlag.AlignVCenter, text)

    def _fits_in_lines(self, name: str, inside: QRect) -> bool:
        taken = self.fontMetrics().boundingRect(inside, Qt.TextFlag.TextWordWrap.value, name)
        return taken.width() <= inside.width() and taken.height() <= inside.height()

    def _names(self) -> list[str]:
        return [self._name(at) for at in range(self.count())]

    def _name(self, at: int) -> str:
        model = self.model()
        found = model.headerData(at, self.orientation(), Qt.ItemDataRole.DisplayRole)
        return str(found or "")
