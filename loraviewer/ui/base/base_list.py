"""A list of bases: two lines each, a star to mark favourites, a cross to take off the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from loraviewer.bridge.base_choices import BaseRow
from loraviewer.bridge.languages import figures, shown
from loraviewer.core.families import family_title, is_known
from loraviewer.core.sizes import bytes_text
from loraviewer.ui.base.base_row_painter import BaseRowPainter, Part, RowLook
from loraviewer.ui.widgets.labels import plain_tip

Index = QModelIndex | QPersistentModelIndex
LOOK_ROLE = Qt.ItemDataRole.UserRole
_FOLDER, _FILE, _CARD = "folder", "file", "card"


@dataclass(frozen=True)
class _Line:
    """A row of the list: a base, a heading, or something to do."""

    look: RowLook
    base: BaseRow | None = None
    action: str = ""


class _LinesModel(QAbstractListModel):
    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.lines: tuple[_Line, ...] = ()

    def set_lines(self, lines: Sequence[_Line]) -> None:
        self.beginResetModel()
        self.lines = tuple(lines)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole):
        line = self.lines[index.row()]
        if role == LOOK_ROLE:
            return line.look
        if role == Qt.ItemDataRole.DisplayRole:
            return line.look.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return line.look.spoken()
        if role == Qt.ItemDataRole.ToolTipRole and line.base is not None:
            return plain_tip(line.base.path)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.lines[index.row()].look.is_heading:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class BaseList(QListView):
    """Every choice by mouse and by keyboard; it only asks, and shows what it is given."""

    base_chosen = Signal(str)
    folder_chosen = Signal()
    file_chosen = Signal()
    card_chosen = Signal()
    starred = Signal(str, bool)
    forgotten = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = _LinesModel(self)
        self._painter = BaseRowPainter(self)
        self.setModel(self._lines)
        self.setItemDelegate(self._painter)
        self.setAccessibleName(self.tr("Bases"))
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.viewport().setAutoFillBackground(False)

    def show_rows(self, rows: Sequence[BaseRow]) -> None:
        """Keeps the cursor on the base it was on."""
        cursor = self._base_at(self.currentIndex())
        self._lines.set_lines([*self._base_lines(rows), *self._action_lines()])
        if cursor is not None:
            self._select(lambda base: base.path == cursor.path)

    def select_current(self) -> None:
        self._select(lambda base: base.is_current)

    def contents_height(self) -> int:
        hints = (self.sizeHintForRow(row) for row in range(self._lines.rowCount()))
        return sum(hints) + 2 * self.frameWidth()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.contents_height())

    # -- what it lists --------------------------------------------------------------------

    def _base_lines(self, rows: Sequence[BaseRow]) -> list[_Line]:
        headings = {"favourite": self.tr("Favourites"), "recent": self.tr("Recent")}
        lines: list[_Line] = []
        group = ""
        for row in rows:
            if row.group != group and row.group in headings:
                lines.append(_Line(RowLook(headings[row.group], is_heading=True)))
            group = row.group
            lines.append(_Line(self._look(row), row))
        return lines

    def _action_lines(self) -> list[_Line]:
        folder = RowLook(self.tr("Open folder…"), icon="open", is_after_line=True)
        file = RowLook(self.tr("Open file…"), icon="file")
        card = RowLook(self.tr("Details of the base…"), icon="info", is_after_line=True)
        return [
            _Line(folder, action=_FOLDER), _Line(file, action=_FILE), _Line(card, action=_CARD)
        ]  # fmt: skip

    def _look(self, row: BaseRow) -> RowLook:
        is_demo = row.group == "demo"
        known = [shown(family_title(row.family))] if is_known(row.family) and not is_demo else []
        known += [figures(bytes_text(row.weight_bytes))] if row.weight_bytes else []
        place = self.tr("comes with the studio") if is_demo else str(Path(row.path).parent)
        if row.is_missing:
            known, place = [self.tr("no longer there")], str(Path(row.path).parent)
        return RowLook(
            self.tr("Demo") if is_demo else Path(row.path).name,
            " · ".join([*known, place]),
            has_star=not is_demo,
            is_starred=row.is_favourite,
            has_cross=not is_demo,
            is_current=row.is_current,
            is_faded=row.is_missing,
        )

    # -- what is done with it -------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        base = self._base_at(self.currentIndex())
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentIndex())
        elif event.key() == Qt.Key.Key_F:
            self._star(base)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._forget(base)
        elif event.key() == Qt.Key.Key_Escape:
            self.window().hide()
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The cursor follows the mouse, as in a menu."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.flags() & Qt.ItemFlag.ItemIsSelectable:
            self.setCurrentIndex(index)
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Nothing yet: a choice is made where the button is released."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        where = event.position().toPoint()
        index = self.indexAt(where)
        if event.button() is not Qt.MouseButton.LeftButton or not index.isValid():
            return
        part = self._painter.part_at(
            self.visualRect(index), self._lines.lines[index.row()].look, where
        )
        if part is Part.STAR:
            self._star(self._base_at(index))
        elif part is Part.CROSS:
            self._forget(self._base_at(index))
        else:
            self._choose(index)

    def _base_at(self, index: QModelIndex) -> BaseRow | None:
        return self._lines.lines[index.row()].base if index.isValid() else None

    def _select(self, is_wanted) -> None:
        for row, line in enumerate(self._lines.lines):
            if line.base is not None and is_wanted(line.base):
                self.setCurrentIndex(self._lines.index(row))
                return
        self.setCurrentIndex(self._lines.index(0))

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        line = self._lines.lines[index.row()]
        if line.action == _FOLDER:
            self.folder_chosen.emit()
        elif line.action == _FILE:
            self.file_chosen.emit()
        elif line.action == _CARD:
            self.card_chosen.emit()
        elif line.base is not None and not line.base.is_missing:
            self.base_chosen.emit(line.base.path)

    def _star(self, base: BaseRow | None) -> None:
        if base is not None and base.group != "demo":
            self.starred.emit(base.path, not base.is_favourite)

    def _forget(self, base: BaseRow | None) -> None:
        if base is not None and base.group != "demo":
            self.forgotten.emit(base.path)
