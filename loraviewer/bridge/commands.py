"""Undo commands: a step swaps one frozen value for another."""

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QUndoCommand


class SwapValue(QUndoCommand):
    """Replace a model's value. Steps with the same non-empty `merge_key` become one."""

    _ID = 1

    def __init__(
        self, text: str, apply: Callable[[Any], None], before: Any, after: Any, merge_key: str = ""
    ) -> None:
        super().__init__(text)
        self._apply = apply
        self._before = before
        self._after = after
        self._merge_key = merge_key

    def redo(self) -> None:
        self._apply(self._after)

    def undo(self) -> None:
        self._apply(self._before)

    def id(self) -> int:
        return self._ID if self._merge_key else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, SwapValue) or other._merge_key != self._merge_key:
            return False
        self._after = other._after
        self.setObsolete(self._before == self._after)
        return True
