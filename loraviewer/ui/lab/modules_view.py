"""The table of modules as it is seen and used by keys."""

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from loraviewer.core.weight_numbers import WeightName
from loraviewer.ui.lab.modules_model import ModulesModel
from loraviewer.ui.widgets.table_look import dress_table
from loraviewer.ui.widgets.theme import GAP

_MOST_WIDTH = 320


class ModulesView(QTableView):
    """Rows can be selected together and copied; letters stay the window's keys."""

    weight_chosen = Signal(object)  # WeightName
    weight_opened = Signal(object)  # WeightName: Enter, or a double click

    def __init__(self, model: ModulesModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = model
        self._is_showing = False
        self.setModel(model)
        self.setAccessibleName(self.tr("Modules"))
        dress_table(self)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._set_up_headers()
        model.modelReset.connect(self._on_reset)
        self.doubleClicked.connect(self._open)
        self._fit_columns()

    def show_weight(self, weight: WeightName | None) -> None:
        """Go to its row, where it has one; nothing is told of that."""
        row = None if weight is None else self._rows.row_of(weight)
        if row is None or row == self.currentIndex().row():
            return
        self._is_showing = True
        self.setCurrentIndex(self._rows.index(row, 0))
        self._is_showing = False

    def chosen_rows(self) -> list[int]:
        return sorted({index.row() for index in self.selectionModel().selectedRows()})

    def copy(self) -> None:
        """The selected rows, or all that are shown, for a spreadsheet."""
        table = self._rows.table(self.chosen_rows() or None)
        QGuiApplication.clipboard().setText(table.tsv())

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        super().currentChanged(current, previous)
        weight = self._rows.weight(current)
        if weight is not None and not self._is_showing:
            self.weight_chosen.emit(weight)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        elif event.text().isprintable() and event.text():
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        weight = self._rows.weight(index)
        if weight is not None:
            self.weight_opened.emit(weight)

    def _set_up_headers(self) -> None:
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        # Until a header is clicked, weights stay in the order of the network.
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(True)
        self.setSortingEnabled(True)

    def _on_reset(self) -> None:
        if self.horizontalHeader().count() != self._fitted:
            self._fit_columns()

    def _fit_columns(self) -> None:
        """Once for what is in the columns, not for each row: there may be ten thousand."""
        self._fitted = self._rows.columnCount()
        metrics = self.fontMetrics()
        for column in range(self._fitted):
            width = metrics.horizontalAdvance(self._rows.widest(column)) + 3 * GAP
            self.setColumnWidth(column, min(width, _MOST_WIDTH))
