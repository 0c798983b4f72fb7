"""Which rows of the stack are selected, to be edited together."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core.stack import AdapterStack


class RowSelection(QObject):
    """It is no part of the document: no undo step, and gone with the window. Rows that go are no
    longer selected. Whoever goes to another row, or edits one, without Ctrl or Shift leaves it."""

    changed = Signal()

    def __init__(self, model: StackModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._ids: tuple[str, ...] = ()
        self._anchor = ""
        """From where Shift selects."""
        model.stack_changed.connect(self._on_stack_changed)

    @property
    def ids(self) -> tuple[str, ...]:
        """In the order of the rows."""
        return self._ids

    def count_with(self, entry_id: str) -> int:
        """How many rows are selected together with this one; 0 where it is not."""
        return len(self._ids) if entry_id in self._ids else 0

    def rows_with(self, entry_id: str) -> tuple[str, ...]:
        """What an edit of this row is an edit of: all that are selected, or only itself, which then
        leaves them."""
        if entry_id in self._ids:
            return self._ids
        self.clear()
        return (entry_id,)

    def select(self, ids: Iterable[str]) -> None:
        wanted = set(ids)
        found = tuple(row for row in self._rows() if row in wanted)
        if found != self._ids:
            self._ids = found
            self.changed.emit()

    def select_all(self) -> None:
        self.select(self._rows())

    def toggle(self, entry_id: str) -> None:
        """One more, or one fewer."""
        self._anchor = entry_id
        self.select(set(self._ids) ^ {entry_id})

    def extend(self, start: str, end: str) -> None:
        """All from where the selection began, or from `start` where there is none, to `end`."""
        rows = self._rows()
        if not self._ids or self._anchor not in rows:
            self._anchor = start if start in rows else end
        if end in rows:
            first, last = sorted((rows.index(self._anchor), rows.index(end)))
            self.select(rows[first : last + 1])

    def enter(self, entry_id: str) -> None:
        """The keyboard went to a row."""
        if entry_id not in self._ids:
            self.clear()
            self._anchor = entry_id

    @Slot()
    def clear(self) -> None:
        self.select(())

    def _rows(self) -> list[str]:
        return [entry.entry_id for entry in self._model.stack.entries]

    @Slot(object)
    def _on_stack_changed(self, _: AdapterStack) -> None:
        self.select(self._ids)
