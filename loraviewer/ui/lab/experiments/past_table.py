"""Experiments of earlier as a table."""

import time
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from loraviewer.core.experiments.past import PastExperiment
from loraviewer.ui.lab.experiments.experiment_words import kind_title
from loraviewer.ui.widgets.labels import plain_tip

Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()


class PastTable(QAbstractTableModel):
    """As they are given: the newest first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known: tuple[PastExperiment, ...] = ()

    def show(self, known: Sequence[PastExperiment]) -> None:
        if tuple(known) != self._known:
            self.beginResetModel()
            self._known = tuple(known)
            self.endResetModel()

    def past(self, index: Index) -> PastExperiment | None:
        return self._known[index.row()] if index.isValid() else None

    def row_of(self, past: PastExperiment | None) -> int:
        """−1 where it is none of them."""
        folders = [one.folder for one in self._known]
        return folders.index(past.folder) if past is not None and past.folder in folders else -1

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._known)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._header())

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        past = self.past(index)
        if past is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._row(past)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(str(past.folder))
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return self._header()[section]
        return None

    def _header(self) -> tuple[str, ...]:
        tr = self.tr
        return tr("Begun"), tr("Experiment"), tr("State"), tr("Prompts × seeds"), tr("Adapters")

    def _row(self, past: PastExperiment) -> tuple[str, ...]:
        one = past.experiment
        return (
            time.strftime("%Y-%m-%d %H:%M", time.localtime(past.made_at)),
            kind_title(one.kind),
            self.tr("finished") if past.is_finished else self.tr("unfinished"),
            f"{len(one.prompts)} × {len(one.seeds)}",
            ", ".join(adapter.name for adapter in one.adapters),
        )
