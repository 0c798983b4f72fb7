"""Undo commands: a step swaps one frozen document for another."""

from collections.abc import Callable
from weakref import WeakMethod

from PySide6.QtGui import QUndoCommand

from loraviewer.core.document import Document


class SwapDocument(QUndoCommand):
    """Move the document from one state to another. Steps with the same non-empty `merge_key`
    become one."""

    _ID = 1

    def __init__(
        self,
        text: str,
        move: Callable[[Document, Document], None],
        before: Document,
        after: Document,
        merge_key: str = "",
    ) -> None:
        """move: a method that makes what differs between two documents as it is in the second."""
        super().__init__(text)
        self.is_part = False
        """Whether another step took it in, and it is none of its own."""
        # The model owns the undo stack, which owns this: a reference back would leave taking all
        # three apart to the cycle collector, whose order Qt does not survive.
        self._move = WeakMethod(move)
        self._before = before
        self._after = after
        self._merge_key = merge_key

    def redo(self) -> None:
        self._go(self._before, self._after)

    def undo(self) -> None:
        self._go(self._after, self._before)

    def id(self) -> int:
        return self._ID if self._merge_key else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, SwapDocument) or other._merge_key != self._merge_key:
            return False
        # Only the edit of the other step: what was installed in between is nobody's to take back.
        self._after = self._after.moved(other._before, other._after)
        self.setText(other.text())  # which says where the gesture has come to
        other.is_part = True
        self.setObsolete(self._before == self._after)
        return True

    def _go(self, source: Document, target: Document) -> None:
        move = self._move()
        if move is not None:
            move(source, target)
