"""What is exported, and what is known before: one process at a time for each."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.exporting.command_run import CommandEnd, CommandRun
from loraviewer.bridge.languages import shown
from loraviewer.core.exports import (
    ExportWish,
    RanksTold,
    RankWish,
    read_exported,
    read_ranks,
)
from loraviewer.core.outcome import FileError


class Exporter(QObject):
    """GUI thread only. Ranks are asked for anew whenever another stack is looked at: an older
    question is dropped."""

    progressed = Signal(object)  # CommandProgress
    done = Signal(object)  # Exported
    failed = Signal(str)
    cancelled = Signal()
    ranks_told = Signal(object, object)  # RankWish, RanksTold
    ranks_failed = Signal(object, str)  # RankWish

    def __init__(self, program: Sequence[str], parent: QObject | None = None) -> None:
        """program: as `CommandRun` takes it."""
        super().__init__(parent)
        self._export = CommandRun(program, self)
        self._ranks = CommandRun(program, self)
        self._asked: RankWish | None = None
        self._next: RankWish | None = None
        self._export.progressed.connect(self.progressed)
        self._export.ended.connect(self._on_exported)
        self._ranks.ended.connect(self._on_ranks)

    @property
    def is_exporting(self) -> bool:
        return self._export.is_running

    def export(self, wish: ExportWish) -> None:
        self.forget_ranks()
        self._export.start(wish.arguments)

    def cancel(self) -> None:
        self._export.cancel()

    def ask_ranks(self, wish: RankWish) -> None:
        if wish == self._asked and self._ranks.is_running and self._next is None:
            return
        self._next = wish
        if self._ranks.is_running:
            self._ranks.cancel()
        else:
            self._begin_ranks()

    def forget_ranks(self) -> None:
        self._next = None
        self._ranks.cancel()

    def close(self) -> None:
        self._export.close()
        self._ranks.close()

    def _begin_ranks(self) -> None:
        self._asked, self._next = self._next, None
        if self._asked is not None:
            self._ranks.start(self._asked.arguments)

    @Slot(object)
    def _on_exported(self, end: CommandEnd) -> None:
        if end.is_cancelled:
            self.cancelled.emit()
            return
        try:
            if not end.error:
                self.done.emit(read_exported(end.told))
                return
        except FileError as error:
            self.failed.emit(shown(error.message))
            return
        self.failed.emit(shown(end.error))

    @Slot(object)
    def _on_ranks(self, end: CommandEnd) -> None:
        asked = self._asked
        if asked is not None and not end.is_cancelled:
            self._tell_ranks(asked, end)
        self._begin_ranks()

    def _tell_ranks(self, asked: RankWish, end: CommandEnd) -> None:
        try:
            told: RanksTold | None = None if end.error else read_ranks(end.told)
        except FileError as error:
            self.ranks_failed.emit(asked, shown(error.message))
            return
        if told is None:
            self.ranks_failed.emit(asked, shown(end.error))
        else:
            self.ranks_told.emit(asked, told)
