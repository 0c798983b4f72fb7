"""Rows that were copied, here or in another studio, and adapters that a text names, on their way
into the stack."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.adapters.adapter_finder import AdapterFinder
from loraviewer.bridge.adapters.named_adapters import NamedAdapters, NamedRows
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.languages import shown
from loraviewer.core.foreign.pasted import pasted_adapters
from loraviewer.core.outcome import FileError
from loraviewer.core.row_clipboard import rows_from_json
from loraviewer.core.stack import StackEntry


class RowPaste(QObject):
    """Each paste is one undo step. GUI thread only; files are looked for in the pool."""

    pasted = Signal(object)  # ids of the new rows
    mentioned = Signal(str)  # one sentence: nothing, or not all, was pasted

    def __init__(
        self,
        stack: StackModel,
        finder: AdapterFinder,
        named: NamedAdapters,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._stack = stack
        self._finder = finder
        self._named = named

    def paste_rows(self, data: bytes, after: str = "") -> None:
        """What `core.row_clipboard` wrote; below the row with an id, "" for at the end. Files that
        are gone are looked for, as those of a session are."""
        try:
            rows = rows_from_json(data)
        except FileError as error:
            self.mentioned.emit(shown(error.message))
            return
        if rows:
            self._insert(rows, after)
            self._finder.look_again()
        else:
            self._mention_nothing()

    def paste_text(self, text: str, after: str = "") -> None:
        """The adapters that its tags name, where exactly one file is meant. Of two texts that are
        pasted while files are looked for, the newer counts."""
        adapters = pasted_adapters(text)
        if not adapters:
            self._mention_nothing()
            return
        self._named.look_for(adapters, partial(self._on_found, after))

    def stop(self) -> None:
        """Forget the text whose adapters are looked for."""
        self._named.stop()

    def _on_found(self, after: str, named: NamedRows) -> None:
        if named.found:
            self._insert(named.found, after)
        if named.missing:
            self.mentioned.emit(named.missing)

    def _insert(self, rows: Sequence[StackEntry], after: str) -> None:
        text = self.tr("Paste {} rows").format(len(rows))
        if len(rows) == 1:
            text = self.tr("Paste {}").format(rows[0].name)
        entries = self._stack.stack.entries
        place = next((i + 1 for i, e in enumerate(entries) if e.entry_id == after), None)
        self._stack.insert(text, rows, place)
        self.pasted.emit([row.entry_id for row in rows])

    def _mention_nothing(self) -> None:
        words = self.tr("There is nothing to paste: copy rows, or a text with <lora:…> tags.")
        self.mentioned.emit(words)
