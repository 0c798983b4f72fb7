"""A list that follows a tuple of the document, row by row, so that views keep their places."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex

Index = QModelIndex | QPersistentModelIndex

_Row = TypeVar("_Row")


class KeptRows(QAbstractListModel, Generic[_Row]):
    """`id_of` is given by the list that it is."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[_Row] = []

    def id_of(self, row: _Row) -> str:
        """By what a row is known, whatever it holds."""
        raise NotImplementedError

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def place_of(self, row_id: str) -> QModelIndex:
        """Its index; an invalid one where it is not there."""
        ids = self._ids()
        return self.index(ids.index(row_id)) if row_id in ids else QModelIndex()

    def follow_rows(self, wanted: Sequence[_Row]) -> None:
        """Be these, and tell of all that they hold."""
        ids = {self.id_of(row) for row in wanted}
        for place in reversed(range(len(self._rows))):
            if self.id_of(self._rows[place]) not in ids:
                self.beginRemoveRows(QModelIndex(), place, place)
                del self._rows[place]
                self.endRemoveRows()
        for place, row in enumerate(wanted):
            self._bring(row, place)
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def _bring(self, row: _Row, place: int) -> None:
        """To this place, of which all above are right."""
        known, root = self._ids(), QModelIndex()
        if self.id_of(row) not in known:
            self.beginInsertRows(root, place, place)
            self._rows.insert(place, row)
            self.endInsertRows()
            return
        at = known.index(self.id_of(row))
        if at != place:
            self.beginMoveRows(root, at, at, root, place)
            self._rows.insert(place, self._rows.pop(at))
            self.endMoveRows()
        self._rows[place] = row

    def _ids(self) -> list[str]:
        return [self.id_of(row) for row in self._rows]
