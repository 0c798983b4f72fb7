"""Where panes lie: rows and columns of equal size, as the room is."""

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QGridLayout, QWidget

from loraviewer.core.document import Layout
from loraviewer.ui.widgets.theme import GAP

_WIDE: dict[Layout, tuple[int, int]] = {1: (1, 1), 2: (1, 2), 4: (2, 2), 6: (2, 3)}
"""Rows and columns where the room is at least as wide as high; else the other way round."""


class PaneGrid:
    """Lays out the widgets of one place; it owns none of them."""

    def __init__(self, place: QWidget) -> None:
        self._grid = QGridLayout(place)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP)
        self._laid_out: tuple[tuple[QWidget, ...], int] = ((), 0)

    def lay_out(self, widgets: Sequence[QWidget], layout: Layout, room: QSize) -> None:
        """Row by row; nothing moves that lies where it should."""
        columns = _shape(layout, room)[1]
        wanted = (tuple(widgets), columns)
        if wanted == self._laid_out:
            return
        for widget in self._laid_out[0]:
            self._grid.removeWidget(widget)
        self._laid_out = wanted
        for index, widget in enumerate(widgets):
            self._grid.addWidget(widget, index // columns, index % columns)
        self._share(*_shape(layout, room))

    def _share(self, rows: int, columns: int) -> None:
        """All of the room, in equal parts."""
        for index in range(max(_WIDE)):
            self._grid.setRowStretch(index, 1 if index < rows else 0)
            self._grid.setColumnStretch(index, 1 if index < columns else 0)


def _shape(layout: Layout, room: QSize) -> tuple[int, int]:
    rows, columns = _WIDE[layout]
    return (rows, columns) if room.width() >= room.height() else (columns, rows)
