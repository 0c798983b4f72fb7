"""The cells of an experiment as a table: of one prompt and seed, as far as their pictures are."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Slot,
)
from PySide6.QtGui import QImage

from loraviewer.bridge.languages import shown
from loraviewer.core.experiments.cells import Cell, cell_of, conditions
from loraviewer.core.experiments.conditions import BASE, Condition
from loraviewer.core.experiments.description import Experiment
from loraviewer.ui.lab.experiments.grid_layout import Grid, Place, grid_of
from loraviewer.ui.widgets.labels import plain_tip

CELL_ROLE = Qt.ItemDataRole.UserRole + 1
PICTURE_ROLE = Qt.ItemDataRole.UserRole + 2

_NOTHING = Grid((), (), (), has_seeds=False)

Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()


class CellTable(QAbstractTableModel):
    """`find`: the picture of a cell, None while there is none; asked as it is drawn, and never of
    what nobody sees."""

    def __init__(
        self, find: Callable[[Cell], QImage | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._find = find
        self._grid = _NOTHING
        self._experiment: Experiment | None = None
        self._conditions: dict[str, Condition] = {}
        self._cells: dict[tuple[str, int, int], Cell] = {}
        """Those that were ever looked at: of thousands, few are."""
        self._prompt, self._seed = 0, 0

    @property
    def experiment(self) -> Experiment | None:
        return self._experiment

    @property
    def has_seeds(self) -> bool:
        """Whether all seeds are seen at once."""
        return self._grid.has_seeds

    @property
    def prompt(self) -> int:
        """Number of the one that is looked at, from 0."""
        return self._prompt

    @property
    def seed(self) -> int:
        return self._seed

    def show(self, experiment: Experiment | None) -> None:
        """With its first prompt and seed; an equal one keeps those that are looked at."""
        if experiment == self._experiment:
            return
        self.beginResetModel()
        self._experiment = experiment
        known = conditions(experiment) if experiment is not None else ()
        self._conditions = {one.name: one for one in known}
        self._grid = grid_of(experiment, known) if experiment is not None else _NOTHING
        self._cells = {}
        self._prompt = 0
        self._seed = experiment.seeds[0] if experiment is not None else 0
        self.endResetModel()

    def look_at(self, prompt: int, seed: int) -> None:
        """prompt: its number, from 0."""
        if (prompt, seed) != (self._prompt, self._seed):
            self._prompt, self._seed = prompt, seed
            self._redraw()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return tuple(self._conditions.values())

    @Slot(object)
    def refresh(self, cell: Cell) -> None:
        """The picture of a cell came."""
        if self._experiment is None:
            return
        sampling, name = cell.request.sampling, cell.condition.name
        if sampling.typed != self._experiment.prompts[self._prompt]:
            return
        if not self.has_seeds and sampling.seed != self._seed:
            return
        if name == BASE.name and not self.has_seeds:
            self._redraw()  # it is in every row
        elif (where := self._grid.where(name, sampling.seed)) is not None:
            self._tell(*where)

    def cell_of(self, condition: str) -> Cell | None:
        """Of the prompt and seed that are looked at."""
        return self._cell(condition, self._seed)

    def cell_at(self, index: Index) -> Cell | None:
        place = self._place(index)
        if place is None:
            return None
        return self._cell(place.condition, self._seed if place.seed is None else place.seed)

    def _cell(self, condition: str, seed: int) -> Cell | None:
        known = self._conditions.get(condition)
        if known is None or self._experiment is None:
            return None
        key = condition, self._prompt, seed
        if key not in self._cells:
            self._cells[key] = cell_of(self._experiment, known, self._prompt + 1, seed)
        return self._cells[key]

    def index_of(self, condition: str) -> QModelIndex:
        where = self._grid.where(condition, self._seed)
        return self.index(*where) if where is not None else QModelIndex()

    # -- as Qt asks -------------------------------------------------------------------------

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._grid.rows)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._grid.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        cell = self.cell_at(index)
        if cell is None:
            return None
        if role == CELL_ROLE:
            return cell
        if role == PICTURE_ROLE:
            return self._find(cell)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._words(index, cell)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self._place(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        names = self._grid.columns
        if orientation is Qt.Orientation.Vertical:
            names = self._grid.rows
        if role == Qt.ItemDataRole.DisplayRole and section < len(names):
            return names[section]
        if role == Qt.ItemDataRole.ToolTipRole and section < len(names):
            return plain_tip(names[section])
        return None

    def _place(self, index: Index) -> Place | None:
        if not index.isValid():
            return None
        return self._grid.places[index.row()][index.column()]

    def words_of(self, cell: Cell) -> str:
        """What its stack is, and its prompt and seed."""
        condition, sampling = cell.condition, cell.request.sampling
        stack = self.tr("the base alone")
        if condition.adapters:
            pairs = zip(condition.names.split(" + "), condition.scales.split(" + "), strict=False)
            stack = " + ".join(f"{name} {scale}" for name, scale in pairs)
        if condition.merge_rule is not None:
            stack = f"{shown(condition.merge_rule.facts.title)}: {stack}"
        shared = self.tr("{} · seed {}").format(sampling.prompt, sampling.seed)
        return f"{stack}\n{shared}"

    def _words(self, index: Index, cell: Cell) -> str:
        """Row and column, too; and whether there is a picture."""
        place = f"{self._grid.rows[index.row()]} · {self._grid.columns[index.column()]}"
        lines = [place, self.words_of(cell)]
        if self._find(cell) is None:
            lines.append(self.tr("To come."))
        return "\n".join(lines)

    def _tell(self, row: int, column: int) -> None:
        index = self.index(row, column)
        self.dataChanged.emit(index, index)

    def _redraw(self) -> None:
        if self.rowCount() and self.columnCount():
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)
