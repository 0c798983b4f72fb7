"""The body of a page: two columns where there is room for them, else one below the other."""

from collections.abc import Sequence

from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from loraviewer.ui.widgets.scroll_area import ScrollArea
from loraviewer.ui.widgets.theme import GAP

WIDE_PX = 700
_BELOW_PX = 96

Part = QWidget | QLayout


class TwoColumns(QWidget):
    """Scrolls by height, never by width."""

    def __init__(
        self, left: Sequence[Part], right: Sequence[Part], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._sides = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._sides.setSpacing(2 * GAP)
        for parts in (left, right):
            self._sides.addLayout(_column(parts), 1)
        content = QWidget()
        column = QVBoxLayout(content)
        # Rings around what has the keyboard, and italics of letters, need a little room.
        column.setContentsMargins(2, 2, GAP // 2, GAP)
        column.addLayout(self._sides)
        column.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self._content = content
        self._area = ScrollArea(content)
        whole.addWidget(self._area)

    @property
    def is_wide(self) -> bool:
        return self._sides.direction() is QBoxLayout.Direction.LeftToRight

    def reveal(self, part: QWidget) -> None:
        """Scrolls until a part that came or grew just now is seen, and a little below it."""
        content = self._content
        layout = content.layout()
        if layout is not None:
            layout.activate()
            content.resize(content.width(), max(content.height(), layout.minimumSize().height()))
        self._area.ensureWidgetVisible(part, 0, _BELOW_PX)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        way = QBoxLayout.Direction
        wanted = way.LeftToRight if self.width() >= WIDE_PX else way.TopToBottom
        if self._sides.direction() is not wanted:
            self._sides.setDirection(wanted)


def line(*parts: QWidget, stretched: QWidget | None = None) -> QHBoxLayout:
    """Side by side; `stretched` takes what is left of the width, nothing does for None."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GAP)
    for part in parts:
        row.addWidget(part, 1 if part is stretched else 0)
    if stretched is None:
        row.addStretch(1)
    return row


def _column(parts: Sequence[Part]) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(GAP)
    for part in parts:
        column.addWidget(part) if isinstance(part, QWidget) else column.addLayout(part)
    column.addStretch(1)
    return column
