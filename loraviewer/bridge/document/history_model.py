"""All undo steps by their sentences, as a list that follows the history."""

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot

from loraviewer.bridge.document.document_model import DocumentModel

Index = QModelIndex | QPersistentModelIndex

UNDONE_ROLE = Qt.ItemDataRole.UserRole
"""Whether the step is taken back, and can be done again."""


class HistoryModel(QAbstractListModel):
    """Row 0 is how everything was opened, row n the state after step n; the newest comes last."""

    def __init__(self, document: DocumentModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._steps = document.undo_stack
        self._texts = self._read()
        self._steps.indexChanged.connect(self._on_steps_changed)

    @property
    def present(self) -> int:
        """The row of the state that is there now."""
        return self._steps.index()

    def go_to(self, row: int) -> None:
        """Take back or do again all steps between, at once."""
        self._document.go_to(row)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._texts) + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | bool | None:
        if not index.isValid():
            return None
        if role == UNDONE_ROLE:
            return index.row() > self.present
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._texts[index.row() - 1] if index.row() else self._beginning()

    def _beginning(self) -> str:
        if self._document.has_forgotten:
            return self.tr("Older steps are no longer kept")
        return self.tr("As opened")

    def _read(self) -> list[str]:
        return [self._steps.text(step) for step in range(self._steps.count())]

    @Slot()
    def _on_steps_changed(self) -> None:
        texts, known = self._read(), len(self._texts)
        if len(texts) < known:
            self.beginRemoveRows(QModelIndex(), len(texts) + 1, known)
            del self._texts[len(texts) :]
            self.endRemoveRows()
        self._texts[:known] = texts[:known]
        self.dataChanged.emit(self.index(0), self.index(len(self._texts)))
        if len(texts) > known:
            self.beginInsertRows(QModelIndex(), known + 1, len(texts))
            self._texts = texts
            self.endInsertRows()
