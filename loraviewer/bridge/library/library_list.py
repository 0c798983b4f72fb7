"""The files that the library lists now, whose facts are read as they come into sight."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    Qt,
    Signal,
    Slot,
)

from loraviewer.bridge.library.library_answers import LibraryAnswer
from loraviewer.bridge.library.library_model import LibraryModel
from loraviewer.bridge.library.thumbnails import Thumbnails
from loraviewer.bridge.list_rows import DRAGGED_ROW, Index
from loraviewer.core.library.entries import LibraryEntry
from loraviewer.core.library.port import LibraryPort

ENTRY_ROLE = Qt.ItemDataRole.UserRole
"""A `LibraryEntry`; None until it is read."""
IN_STACK_ROLE = Qt.ItemDataRole.UserRole + 1
PAGE = 64


class LibraryList(QAbstractListModel):
    """Paths of the newest answer. GUI thread only; pages of facts are read in the background."""

    replaced = Signal()  # other paths, or in another order

    def __init__(
        self, model: LibraryModel, thumbnails: Thumbnails, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._describe: Callable[[LibraryEntry], str] = lambda entry: entry.name
        self._model = model
        self._thumbnails = thumbnails
        self._paths: tuple[str, ...] = ()
        self._rows: dict[str, int] = {}
        self._entries: dict[str, LibraryEntry] = {}
        self._read: set[int] = set()
        """Pages that are read or being read, as the index is now."""
        self._in_stack: frozenset[str] = frozenset()
        model.changed.connect(self._on_answered)
        model.stack_changed.connect(self._on_stack_changed)
        thumbnails.changed.connect(self._on_thumbnail)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._paths)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._paths):
            return None
        path = self._paths[index.row()]
        if role == IN_STACK_ROLE:
            return path in self._in_stack
        entry = self._entry_at(index.row())
        if role == ENTRY_ROLE:
            return entry
        if role == Qt.ItemDataRole.DecorationRole:
            return None if entry is None else self._thumbnails.image(entry)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return path if entry is None else self._describe(entry)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return DRAGGED_ROW

    def describe_by(self, words: Callable[[LibraryEntry], str]) -> None:
        """What a row is called, for a screen reader."""
        self._describe = words

    def path(self, row: int) -> str:
        return self._paths[row]

    def row_of(self, path: str) -> int:
        """-1 where it is not listed."""
        return self._rows.get(path, -1)

    def entry(self, path: str) -> LibraryEntry | None:
        """None until it is read."""
        return self._entries.get(path)

    def put(self, entry: LibraryEntry) -> None:
        """Another note of a file, before the index has it."""
        self._entries[entry.path] = entry
        self._tell([entry.path])

    def with_entries(
        self, paths: Sequence[str], receive: Callable[[Sequence[LibraryEntry]], None]
    ) -> None:
        """Hand over what is known of these files, at once where all of it was read."""
        known = [self._entries[path] for path in paths if path in self._entries]
        if len(known) == len(paths):
            receive(known)
        else:
            self._model.ask(lambda port: port.entries(paths), receive)

    # -- reading --------------------------------------------------------------------------

    def _entry_at(self, row: int) -> LibraryEntry | None:
        page = row // PAGE
        if page not in self._read:
            self._read.add(page)
            paths = self._paths[page * PAGE : (page + 1) * PAGE]
            self._model.ask(partial(_entries_of, paths), self._on_read)
        return self._entries.get(self._paths[row])

    def _on_read(self, entries: Sequence[LibraryEntry]) -> None:
        changed = [e.path for e in entries if self._entries.get(e.path) != e]
        self._entries.update((entry.path, entry) for entry in entries)
        self._tell(changed)

    def _tell(self, paths: Sequence[str]) -> None:
        rows = [self._rows[path] for path in paths if path in self._rows]
        if rows:
            self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))

    # -- following ------------------------------------------------------------------------

    @Slot(object)
    def _on_answered(self, answer: LibraryAnswer) -> None:
        """What was read stays to be seen until it is read anew."""
        self._read.clear()
        if answer.paths == self._paths:
            if self._paths:
                self.dataChanged.emit(self.index(0), self.index(len(self._paths) - 1))
            return
        self.beginResetModel()
        self._paths = answer.paths
        self._rows = {path: row for row, path in enumerate(answer.paths)}
        self.endResetModel()
        self.replaced.emit()

    @Slot()
    def _on_stack_changed(self) -> None:
        now = frozenset(self._model.wishes.stack)
        changed, self._in_stack = now ^ self._in_stack, now
        self._tell(list(changed))

    @Slot(str)
    def _on_thumbnail(self, path: str) -> None:
        self._tell([path])


def _entries_of(paths: Sequence[str], port: LibraryPort) -> Sequence[LibraryEntry]:
    return port.entries(paths)
