"""A label of up to two lines, of which the second shortens itself."""

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QTextLayout, QTextOption
from PySide6.QtWidgets import QWidget

from loraviewer.ui.widgets.labels import ElidedLabel


class ElidedLines(ElidedLabel):
    """Keeps the room for all its lines, so that nothing moves when a text gets longer or shorter;
    the whole text is its tooltip while it is cut."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        self._lines = 2
        super().__init__(text, parent)
        self._vertical = Qt.AlignmentFlag.AlignTop

    def set_lines(self, lines: int) -> None:
        """One or two."""
        if lines != self._lines:
            self._lines = lines
            self.updateGeometry()
            self._on_appearance_changed()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._needed_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self._needed_height())

    def _needed_height(self) -> int:
        metrics = self.fontMetrics()
        return metrics.height() + (self._lines - 1) * metrics.lineSpacing() + 2

    def _elided(self) -> str:
        if self._lines == 1:
            return super()._elided()
        first = self._first_line()
        if first >= len(self._text):
            return self._text
        rest = self._text[first:].lstrip()
        cut = self.fontMetrics().elidedText(rest, Qt.TextElideMode.ElideRight, self.width())
        return f"{self._text[:first].rstrip()}\n{cut}"

    def _is_cut(self) -> bool:
        return self._elided().replace("\n", " ") != self._text

    def _first_line(self) -> int:
        """How many characters of the text it holds: whole words, where they are not too long."""
        layout = QTextLayout(self._text, self.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(max(1, self.width()))
        line.setPosition(QPointF(0, 0))
        length = line.textLength()
        layout.endLayout()
        return length
