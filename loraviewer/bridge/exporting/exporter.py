"""What is exported, and what is known before: one process at a time for each."""

import contextlib
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.exporting.command_run import CommandEnd, CommandRun
from loraviewer.bridge.exporting.latest_question import LatestQuestion
from loraviewer.bridge.languages import shown
from loraviewer.core.exports import (
    ExportWish,
    LayoutsWish,
    PartsWish,
    RanksTold,
    RankWish,
    read_exported,
    read_layouts,
    read_parts,
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
    parts_told = Signal(object, object)  # PartsWish, PartsTold
    layouts_told = Signal(object, object)  # LayoutsWish, Mapping[ExportLayout, str]

    def __init__(self, program: Sequence[str], parent: QObject | None = None) -> None:
        """program: as `CommandRun` takes it."""
        super().__init__(parent)
        self._export = CommandRun(program, self)
        self._ranks = LatestQuestion(program, self)
        self._parts = LatestQuestion(program, self)
        self._layouts = LatestQuestion(program, self)
        self._export.progressed.connect(self.progressed)
        self._export.ended.connect(self._on_exported)
        self._ranks.answered.connect(self._on_ranks)
        self._parts.answered.connect(self._on_parts)
        self._layouts.answered.connect(self._on_layouts)

    @property
    def is_exporting(self) -> bool:
        return self._export.is_running

    def export(self, wish: ExportWish) -> None:
        self.forget_ranks()
        self._export.start(wish.arguments)

    def cancel(self) -> None:
        self._export.cancel()

    def ask_ranks(self, wish: RankWish) -> None:
        self._ranks.ask(wish)

    def forget_ranks(self) -> None:
        self._ranks.forget()

    def ask_parts(self, wish: PartsWish) -> None:
        """Answered by `parts_told`; where that fails, by nothing: the export says why."""
        self._parts.ask(wish)

    def forget_parts(self) -> None:
        self._parts.forget()

    def ask_layouts(self, wish: LayoutsWish) -> None:
        """Answered as `ask_parts`, by `layouts_told`."""
        self._layouts.ask(wish)

    def forget_layouts(self) -> None:
        self._layouts.forget()

    def close(self) -> None:
        for one in (self._export, self._ranks, self._parts, self._layouts):
            one.close()

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

    @Slot(object, object)
    def _on_ranks(self, asked: RankWish, end: CommandEnd) -> None:
        try:
            told: RanksTold | None = None if end.error else read_ranks(end.told)
        except FileError as error:
            self.ranks_failed.emit(asked, shown(error.message))
            return
        if told is None:
            self.ranks_failed.emit(asked, shown(end.error))
        else:
            self.ranks_told.emit(asked, told)

    @Slot(object, object)
    def _on_parts(self, asked: PartsWish, end: CommandEnd) -> None:
        with contextlib.suppress(FileError):
            if not end.error:
                self.parts_told.emit(asked, read_parts(end.told))

    @Slot(object, object)
    def _on_layouts(self, asked: LayoutsWish, end: CommandEnd) -> None:
        with contextlib.suppress(FileError):
            if not end.error:
                self.layouts_told.emit(asked, read_layouts(end.told))
