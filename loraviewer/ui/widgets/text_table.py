"""A table of texts with a search field above it and a button that copies what is shown."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from loraviewer.bridge.languages import shown
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.icons import icon
from loraviewer.ui.widgets.labels import QuietLabel, plain_tip
from loraviewer.ui.widgets.table_look import dress_table
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP, is_palette_change

Row = tuple[str, ...]
Index = QModelIndex | QPersistentModelIndex
_LONGEST_CELL = 300
_LONGEST_TIP = 2_000


class RowsModel(QAbstractTableModel):
    """Rows of texts. Long ones are cut for the screen, never for the clipboard."""

    def __init__(self, headers: Sequence[str], parent=None) -> None:
        super().__init__(parent)
        self._headers = tuple(headers)
        self._rows: tuple[Row, ...] = ()

    def set_rows(self, rows: Sequence[Row]) -> None:
        self.beginResetModel()
        self._rows = tuple(tuple(map(shown, row)) for row in rows)
        self.endResetModel()

    def row(self, index: int) -> Row:
        return self._rows[index]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._headers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        text = self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return text[:_LONGEST_CELL]
        return plain_tip(text[:_LONGEST_TIP]) if role == Qt.ItemDataRole.ToolTipRole else None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> str | None:
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return shown(self._headers[section])
        return None


class _Filter(QSortFilterProxyModel):
    """Rows in which every word of the search occurs somewhere."""

    def __init__(self, model: RowsModel) -> None:
        super().__init__(model)
        self._model = model
        self._words: list[str] = []
        self.setSourceModel(model)

    def search(self, text: str) -> None:
        self._words = text.lower().split()
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        text = "\n".join(self._model.row(source_row)).lower()
        return all(word in text for word in self._words)


class TextTable(QWidget):
    """`lead` stands left of the search field."""

    row_chosen = Signal(object)
    """The row under the keyboard's or the mouse's cursor, or None."""

    def __init__(
        self,
        name: str,
        headers: Sequence[str],
        lead: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = RowsModel(headers, self)
        self._filter = _Filter(self._model)
        self._search = QLineEdit(clearButtonEnabled=True)
        self._copy = IconButton("copy", self.tr("Copy the rows shown"))
        self._count = QuietLabel()
        self._empty = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._empty.setTextFormat(Qt.TextFormat.PlainText)
        self.view = self._made_view(name)
        self._lay_out(lead)
        self._search.setPlaceholderText(self.tr("Search"))
        self._search.setAccessibleName(self.tr("Search in {}").format(name))
        self._search_icon = self._search.addAction(
            icon("search", self.palette()), QLineEdit.ActionPosition.LeadingPosition
        )
        self._search.textChanged.connect(self._on_search)
        self._copy.clicked.connect(self._on_copy)
        selection = self.view.selectionModel()
        selection.currentRowChanged.connect(self._on_current_changed)

    @property
    def search_field(self) -> QLineEdit:
        return self._search

    def show_rows(self, rows: Sequence[Row], when_empty: str) -> None:
        """Keeps the search; `when_empty` is said in place of a table without rows."""
        self._model.set_rows(rows)
        self._empty.setText(shown(when_empty))
        self._empty.setVisible(not rows)
        self.view.setVisible(bool(rows))
        self._tell_count()

    def show_head(self, on: bool) -> None:
        """Search and all beside it; of no use where there can be no rows."""
        self._head.setVisible(on)

    def shown_rows(self) -> list[Row]:
        """In the order and choice in which they are seen."""
        shown = range(self._filter.rowCount())
        return [self._source_row(self._filter.index(row, 0)) for row in shown]

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if is_palette_change(event):
            self._search_icon.setIcon(icon("search", self.palette()))

    def _made_view(self, name: str) -> QTableView:
        view = QTableView()
        view.setModel(self._filter)
        view.setAccessibleName(name)
        view.setSortingEnabled(True)
        # Until a header is clicked, rows stay in the order they were given.
        view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        dress_table(view)
        header = view.horizontalHeader()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        return view

    def _lay_out(self, lead: QWidget | None) -> None:
        self._search.setFixedHeight(FIELD_HEIGHT)
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(GAP)
        if lead is not None:
            head.addWidget(lead)
        head.addWidget(self._search, 1)
        head.addWidget(self._copy.with_words(self.tr("Copy")))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self._head)
        column.addWidget(self.view, 1)
        column.addWidget(self._empty, 1)
        column.addWidget(self._count)

    def _source_row(self, index: QModelIndex) -> Row:
        return self._model.row(self._filter.mapToSource(index).row())

    def _tell_count(self) -> None:
        shown, total = self._filter.rowCount(), self._model.rowCount()
        words = self.tr("{shown} of {total}") if shown != total else self.tr("{total} in all")
        self._count.setText(words.format(shown=shown, total=total) if total else "")
        self._copy.setEnabled(bool(shown))
        self._copy.set_icon_name("copy")

    @Slot(str)
    def _on_search(self, text: str) -> None:
        self._filter.search(text)
        self._tell_count()

    @Slot()
    def _on_copy(self) -> None:
        lines = ("\t".join(cell for cell in row if cell) for row in self.shown_rows())
        QGuiApplication.clipboard().setText("\n".join(lines))
        self._copy.set_icon_name("check")

    @Slot(object, object)
    def _on_current_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        self.row_chosen.emit(self._source_row(current) if current.isValid() else None)
