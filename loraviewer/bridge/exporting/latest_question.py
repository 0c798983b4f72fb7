"""A question that a process of its own answers; only the latest counts."""

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.exporting.command_run import CommandEnd, CommandRun


class Wish(Protocol):
    @property
    def arguments(self) -> tuple[str, ...]: ...


class LatestQuestion(QObject):
    """GUI thread only. An older question is dropped as soon as another is asked."""

    answered = Signal(object, object)  # Wish, CommandEnd

    def __init__(self, program: Sequence[str], parent: QObject | None = None) -> None:
        """program: as `CommandRun` takes it."""
        super().__init__(parent)
        self.run = CommandRun(program, self)
        self._asked: Wish | None = None
        self._next: Wish | None = None
        self.run.ended.connect(self._on_ended)

    def ask(self, wish: Wish) -> None:
        if wish == self._asked and self.run.is_running and self._next is None:
            return
        self._next = wish
        if self.run.is_running:
            self.run.cancel()
        else:
            self._begin()

    def forget(self) -> None:
        self._next = None
        self.run.cancel()

    def close(self) -> None:
        self.run.close()

    def _begin(self) -> None:
        self._asked, self._next = self._next, None
        if self._asked is not None:
            self.run.start(self._asked.arguments)

    @Slot(object)
    def _on_ended(self, end: CommandEnd) -> None:
        asked = self._asked
        if asked is not None and not end.is_cancelled:
            self.answered.emit(asked, end)
        self._begin()
