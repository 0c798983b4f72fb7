"""What a person keeps about files of the library: stars, tags, words, a strength to begin with."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.library.library_list import LibraryList
from loraviewer.bridge.library.library_model import LibraryModel
from loraviewer.bridge.library.note_files import read_notes, write_notes
from loraviewer.bridge.opened_once import OpenedOnce
from loraviewer.core.library.entries import LibraryEntry
from loraviewer.core.library.port import LibraryPort
from loraviewer.core.outcome import Failure


class LibraryNotes(QObject):
    """Shown at once and written in the background, one after the other: a file that is not hashed
    yet is hashed first. GUI thread only."""

    notice = Signal(object)  # Failure: the note is not kept

    def __init__(
        self,
        index: OpenedOnce[LibraryPort] | None,
        model: LibraryModel,
        entries: LibraryList,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._index = index
        self._model = model
        self._entries = entries
        self._tasks = BackgroundTasks(self, threads=1)
        self._waiting = 0

    def change(self, entry: LibraryEntry, **fields: Any) -> None:
        """Other fields of its `LibraryNote`."""
        latest = self._entries.entry(entry.path) or entry
        note = msgspec.structs.replace(latest.note, **fields)
        index, path = self._index, entry.path
        if note == latest.note or index is None:
            return
        self._entries.put(msgspec.structs.replace(latest, note=note))
        self._waiting += 1
        self._tasks.run(
            lambda: index().set_note(path, note), partial(self._on_written, latest, note)
        )

    def turn_stars(self, entries: list[LibraryEntry]) -> None:
        """All of them starred, or none where all are already."""
        on = not all(entry.note.is_favourite for entry in entries)
        for entry in entries:
            self.change(entry, is_favourite=on)

    def export(self, path: str, receive: Callable[[int], None]) -> None:
        """All notes into one file, once what waits is written; hands over how many."""
        index = self._index
        if index is not None:
            self._tasks.run(
                lambda: write_notes(Path(path), index().notes()), partial(self._hand_over, receive)
            )

    def take(self, path: str, receive: Callable[[int], None]) -> None:
        """From such a file; hands over how many came to files that had none."""
        index = self._index
        if index is not None:
            self._tasks.run(
                lambda: index().take_notes(read_notes(Path(path))),
                partial(self._on_taken, receive),
            )

    def finish(self, patience_ms: int) -> bool:
        """What was written by a person is kept. Whether all of it is after so long."""
        return self._tasks.finish(patience_ms)

    def _hand_over(self, receive: Callable[[Any], None], found: object) -> None:
        if isinstance(found, Failure):
            self.notice.emit(found)
        else:
            receive(found)

    def _on_taken(self, receive: Callable[[int], None], found: object) -> None:
        self._hand_over(receive, found)
        self._model.refresh()

    def _on_written(self, before: LibraryEntry, note: object, outcome: object) -> None:
        self._waiting -= 1
        if isinstance(outcome, Failure):
            self._entries.put(before)
            self.notice.emit(outcome)
        if not self._waiting:
            self._model.refresh()
