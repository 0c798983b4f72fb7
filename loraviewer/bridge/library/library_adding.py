"""From the library into the stack of a pane."""

from collections.abc import Sequence
from pathlib import PurePath

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.adapters.adapter_intake import AdapterIntake
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.document.document_panes import DocumentPanes
from loraviewer.bridge.languages import shown
from loraviewer.core.document import PaneId
from loraviewer.core.library.entries import LibraryEntry
from loraviewer.core.pane_edits import editable

_MOST_NAMED = 3


class LibraryAdding(QObject):
    """Adapters become rows, a checkpoint becomes the base. GUI thread only."""

    refused = Signal(str)  # one sentence: what was not added, and why

    def __init__(
        self,
        intake: AdapterIntake,
        base: BaseModel,
        places: DocumentPanes,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._intake = intake
        self._base = base
        self._places = places

    def add(self, entries: Sequence[LibraryEntry], pane_id: PaneId = "") -> None:
        """To a pane, which is active then; "" for the one that is. In one step, and only what is
        not in its stack yet; the first checkpoint among them is opened."""
        if pane_id:
            self._places.activate(pane_id)
        adapters = [entry for entry in entries if entry.sort == "adapter"]
        new = [entry for entry in adapters if not self._is_there(entry)]
        strengths = {e.path: e.note.strength for e in new if e.note.strength is not None}
        if new:
            self._intake.add([entry.path for entry in new], strengths)
        self._open_first([entry for entry in entries if entry.sort == "checkpoint"])
        self._say_there([entry for entry in adapters if entry not in new])
        self._say_unreadable([entry for entry in entries if entry.sort == "unreadable"])

    def _is_there(self, entry: LibraryEntry) -> bool:
        """By its place or, where that is known, by its content."""
        rows = editable(self._places.document).stack.entries
        return any(row.path == entry.path or row.sha256 == entry.sha256 for row in rows)

    def _open_first(self, checkpoints: list[LibraryEntry]) -> None:
        for entry in checkpoints[:1]:
            self._base.choose(entry.path)

    def _say_there(self, there: list[LibraryEntry]) -> None:
        if not there:
            return
        words = self.tr("{names} is in the stack already.")
        if len(there) > 1:
            words = self.tr("{names} are in the stack already.")
        self.refused.emit(words.format(names=self._names(there)))

    def _say_unreadable(self, entries: list[LibraryEntry]) -> None:
        if len(entries) == 1:
            self.refused.emit(shown(entries[0].problem))
        elif entries:
            words = self.tr("{names} cannot be read.")
            self.refused.emit(words.format(names=self._names(entries)))

    def _names(self, entries: list[LibraryEntry]) -> str:
        quoted = self.tr("“{}”")
        names = [quoted.format(entry.name or PurePath(entry.path).name) for entry in entries]
        told = ", ".join(names[:_MOST_NAMED])
        more = len(names) - _MOST_NAMED
        return (
            self.tr("{names} and {more} more").format(names=told, more=more) if more > 0 else told
        )
