"""A small table of numbers that is as high as its rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHeaderView, QTableView, QWidget

from loraviewer.ui.lab.charts.chart_numbers import Cell, ChartNumbers
from loraviewer.ui.lab.charts.number_words import number_text
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.table_look import dress_table
from loraviewer.ui.widgets.theme import GAP

Index = QModelIndex | QPersistentModelIndex
_NAME_PX = 130
_ANY_PX = 10_000
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Column:
    """`name`: as short as there is room for. `tip`: one line that says what it means. `whole`: the
    name where numbers leave the studio, with the unit. `has_null`: its cells are a number and what
    chance gives in its place. `is_share`: shown in percent, and a share of 1 elsewhere."""

    name: str
    tip: str = ""
    whole: str = ""
    has_null: bool = False
    is_share: bool = False


Beside = tuple[float | None, float | None]
TableCell = Cell | Beside


class _Rows(QAbstractTableModel):
    def __init__(self, columns: Sequence[Column], parent: QObject) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.rows: tuple[tuple[TableCell, ...], ...] = ()

    def show_rows(self, rows: Sequence[tuple[TableCell, ...]]) -> None:
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = self.rows[index.row()], self.columns[index.column()]
        if index.column() >= len(row):
            return None
        cell = row[index.column()]
        if len(row) == 1:
            return _heading(str(cell), role)
        shown = _shown(cell, 100.0 if column.is_share else 1.0)
        if role == Qt.ItemDataRole.DisplayRole:
            return shown
        if role == Qt.ItemDataRole.TextAlignmentRole and not isinstance(cell, str):
            return _RIGHT
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(f"{shown}\n{column.tip}" if column.tip else shown)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].name
        return self.columns[section].tip if role == Qt.ItemDataRole.ToolTipRole else None


class NumberTable(QTableView):
    """Texts in the first column, numbers in the others; the wheel is left to what is around. A row
    of one text is a heading over the whole width."""

    def __init__(
        self,
        name: str,
        columns: Sequence[Column],
        parent: QWidget | None = None,
        *,
        is_narrow: bool = False,
    ) -> None:
        """is_narrow: never wider than its place; texts are cut short for it, and whole in their
        tooltips."""
        super().__init__(parent)
        self._is_narrow = is_narrow
        self._rows = _Rows(columns, self)
        self.setModel(self._rows)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        dress_table(self)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setMaximumSectionSize(_NAME_PX + 4 * GAP)
        if is_narrow:
            header.setMaximumSectionSize(_ANY_PX)
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    @property
    def rows(self) -> tuple[tuple[TableCell, ...], ...]:
        return self._rows.rows

    def show_rows(self, rows: Sequence[tuple[TableCell, ...]]) -> None:
        if tuple(rows) != self._rows.rows:
            self._rows.show_rows(rows)
            self._span_headings()
            if not self._is_narrow:
                self.setMaximumWidth(self.horizontalHeader().length() + 2)
            self.setFixedHeight(self._needed_height())

    def _span_headings(self) -> None:
        self.clearSpans()
        for at, row in enumerate(self._rows.rows):
            if len(row) == 1 < len(self._rows.columns):
                self.setSpan(at, 0, 1, len(self._rows.columns))

    def numbers(self) -> ChartNumbers:
        """What chance gives has a column of its own."""
        header: list[str] = []
        for column in self._rows.columns:
            name = column.whole or column.name
            header += [name, self.tr("{}, by chance").format(name)] if column.has_null else [name]
        rows = (tuple(part for cell in row for part in _parts(cell)) for row in self._rows.rows)
        return ChartNumbers(tuple(header), tuple(rows))

    def sizeHint(self) -> QSize:
        return QSize(320, self._needed_height())

    def wheelEvent(self, event) -> None:
        event.ignore()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.setFixedHeight(self._needed_height())

    def _needed_height(self) -> int:
        rows = self.verticalHeader().defaultSectionSize() * len(self._rows.rows)
        bar = self.horizontalScrollBar()
        below = bar.sizeHint().height() if bar.maximum() else 0
        return self.horizontalHeader().sizeHint().height() + rows + below + 2


def _heading(text: str, role: int) -> object:
    if role == Qt.ItemDataRole.DisplayRole:
        return text
    if role == Qt.ItemDataRole.ToolTipRole:
        return plain_tip(text)
    if role != Qt.ItemDataRole.FontRole:
        return None
    bold = QGuiApplication.font()
    bold.setBold(True)
    return bold


def _parts(cell: TableCell) -> tuple[Cell, ...]:
    return cell if isinstance(cell, tuple) else (cell,)


def _shown(cell: TableCell, times: float) -> str:
    if isinstance(cell, str | int):
        return str(cell)
    if not isinstance(cell, tuple):
        return number_text(cell and times * cell)
    value, null = cell
    if value is None or null is None:
        return "–"
    return f"{number_text(times * value, 2)} ({number_text(times * null, 2)})"
