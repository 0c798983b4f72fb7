"""All weights that the stack touches as rows of a table, in an order and choice of their own."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from loraviewer.core.weight_numbers import WeightName
from loraviewer.ui.lab.charts.chart_numbers import Cell, ChartNumbers
from loraviewer.ui.lab.module_columns import Column, Value, columns
from loraviewer.ui.lab.module_numbers import ModuleList, ModuleNumbers
from loraviewer.ui.widgets.labels import plain_tip

Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole


class ModulesModel(QAbstractTableModel):
    """Cells are written when they are seen. Numbers that move leave the rows where they are: they
    are sorted when a person asks for it, or by `sort_again`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = ModuleNumbers()
        self._columns: list[Column] = columns(())
        self._texts: list[str] = []
        """Of each weight, what a search looks at."""
        self._words: list[str] = []
        self._by: tuple[int, bool] | None = None
        """Column, and whether the largest come first."""
        self._order: list[int] = []

    @property
    def numbers(self) -> ModuleNumbers:
        return self._numbers

    @property
    def total(self) -> int:
        return len(self._numbers.modules.weights)

    def set_numbers(self, numbers: ModuleNumbers) -> None:
        """Others of the same weights and rows, or of other ones."""
        before, self._numbers = self._numbers, numbers
        if numbers.modules == before.modules:
            if self._order:
                last = self.index(len(self._order) - 1, len(self._columns) - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self._columns = columns(numbers.modules.names)
        self._texts = _searched(numbers.modules)
        if self._by is not None and self._by[0] >= len(self._columns):
            self._by = None
        self._order = self._arranged()
        self.endResetModel()

    def search(self, text: str) -> None:
        """Rows in which every word occurs: of component, block, weight or shape."""
        self._words = text.lower().split()
        self.beginResetModel()
        self._order = self._arranged()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By a column's numbers; what is not known comes last either way. −1: as a network is
        walked."""
        self._by = (column, order is Qt.SortOrder.DescendingOrder) if column >= 0 else None
        self.sort_again()

    def sort_again(self) -> None:
        self.layoutAboutToBeChanged.emit()
        before, kept = self._order, self.persistentIndexList()
        self._order = self._arranged()
        row_of = {at: row for row, at in enumerate(self._order)}
        moved = [self.index(row_of[before[one.row()]], one.column()) for one in kept]
        self.changePersistentIndexList(kept, moved)
        self.layoutChanged.emit()

    def weight(self, index: Index) -> WeightName | None:
        known = index.isValid() and index.row() < len(self._order)
        return self._numbers.modules.weights[self._order[index.row()]] if known else None

    def row_of(self, weight: WeightName) -> int | None:
        """None where it is not touched, or the search leaves it out."""
        weights = self._numbers.modules.weights
        return next((row for row, at in enumerate(self._order) if weights[at] == weight), None)

    def table(self, rows: Sequence[int] | None = None) -> ChartNumbers:
        """Whole numbers of some rows, or of all that are shown."""
        chosen = self._order if rows is None else [self._order[row] for row in sorted(rows)]
        lines = (tuple(_cell(c.value(self._numbers, at)) for c in self._columns) for at in chosen)
        return ChartNumbers(tuple(column.title for column in self._columns), tuple(lines))

    # -- Qt ---------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        column = self._columns[index.column()]
        if role == _Role.TextAlignmentRole:
            return _alignment(column)
        if role not in (_Role.DisplayRole, _Role.ToolTipRole):
            return None
        text = column.text(column.value(self._numbers, self._order[index.row()]))
        return text if role == _Role.DisplayRole else plain_tip(text)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == _Role.DisplayRole:
            return self._columns[section].title
        if role == _Role.TextAlignmentRole:
            return _alignment(self._columns[section])
        if role == _Role.InitialSortOrderRole and self._columns[section].is_number:
            return Qt.SortOrder.DescendingOrder.value
        return plain_tip(self._columns[section].tip) if role == _Role.ToolTipRole else None

    def widest(self, section: int) -> str:
        """What a column is to have room for."""
        return max(self._columns[section].widest, self._columns[section].title, key=len)

    # -- order ------------------------------------------------------------------------------

    def _arranged(self) -> list[int]:
        chosen = [at for at, text in enumerate(self._texts) if all(w in text for w in self._words)]
        if self._by is None:
            return chosen
        column, descends = self._by
        values = {at: self._columns[column].value(self._numbers, at) for at in chosen}
        known = [at for at in chosen if values[at] is not None]
        known.sort(key=lambda at: _sorted_by(values[at]), reverse=descends)
        return known + [at for at in chosen if values[at] is None]


def _alignment(column: Column) -> Qt.AlignmentFlag:
    flag = Qt.AlignmentFlag
    return (flag.AlignRight if column.is_number else flag.AlignLeft) | flag.AlignVCenter


def _sorted_by(value: Value) -> Any:
    return value.lower() if isinstance(value, str) else value


def _searched(modules: ModuleList) -> list[str]:
    rows = zip(modules.weights, modules.blocks, modules.shapes, strict=True)
    return [
        f"{weight[0]} {block[1]} {weight[1]} {shape[0]}×{shape[1]}".lower()
        for weight, block, shape in rows
    ]


def _cell(value: Value) -> Cell:
    return f"{value[0]}×{value[1]}" if isinstance(value, tuple) else value
