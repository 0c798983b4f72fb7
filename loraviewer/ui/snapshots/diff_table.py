"""The table of a comparison: what differs in colour and first, what does not in the quiet one."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.core.stack_diff import DiffLine, Sign, StackDiff
from loraviewer.ui.widgets.text_table import RowsModel
from loraviewer.ui.widgets.theme import (
    GAP,
    SignalColour,
    is_palette_change,
    quiet_text,
    signal_colour,
)

Index = QModelIndex | QPersistentModelIndex
_COLOURS: dict[Sign, SignalColour] = {"−": SignalColour.ERROR, "+": SignalColour.FINE}


class DiffTable(QTableView):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = _DiffRows(self)
        self.setModel(self._rows)
        self.setAccessibleName(self.tr("Differences"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(self.fontMetrics().height() + GAP)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)

    def show_diff(self, diff: StackDiff, left: str, right: str) -> None:
        self._rows.show_lines(diff.lines, left, right)

    def shown_rows(self) -> list[tuple[str, ...]]:
        return [self._rows.row(index) for index in range(self._rows.rowCount())]

    def keyPressEvent(self, event) -> None:
        if event.text().isprintable() and event.text():
            event.ignore()  # letters and Space are for the windows
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if is_palette_change(event):
            self.viewport().update()


class _DiffRows(RowsModel):
    def __init__(self, table: DiffTable) -> None:
        super().__init__(("", "", "", table.tr("Change")), table)
        self._table = table
        self._lines: tuple[DiffLine, ...] = ()

    def show_lines(self, lines: tuple[DiffLine, ...], left: str, right: str) -> None:
        self._lines = lines
        self._headers = ("", left, right, self._headers[3])
        self.set_rows([(_titled(x), x.left, x.right, x.change) for x in lines])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole):
        line = self._lines[index.row()]
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(line, index.column())
        if role == Qt.ItemDataRole.FontRole and line.sign and index.column() == 0:
            font = QFont(self._table.font())
            font.setBold(True)
            return font
        return super().data(index, role)

    def _colour(self, line: DiffLine, column: int) -> QColor | None:
        palette = self._table.palette()
        if not line.sign:
            return quiet_text(palette)
        is_marked = column == 0 and line.sign in _COLOURS
        return signal_colour(palette, _COLOURS[line.sign]) if is_marked else None


def _titled(line: DiffLine) -> str:
    """With its sign where it is on one side only: a colour alone says it to some people only."""
    what = shown(line.what)
    return f"{line.sign} {what}" if line.sign in _COLOURS else what
