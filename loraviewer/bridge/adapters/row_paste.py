"""Rows that were copied, here or in another studio, and adapters that a text names, on their way
into the stack."""

from collections.abc import Callable, Sequence
from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from loraviewer.bridge.adapters.adapter_finder import AdapterFinder
from loraviewer.bridge.adapters.adapter_intake import MANY_ADAPTERS
from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.pictures.picture_services import PictureServices
from loraviewer.core.cancel import CancelToken
from loraviewer.core.foreign.found import AdapterPlaces, FoundAdapter, FoundFiles
from loraviewer.core.foreign.pasted import pasted_adapters
from loraviewer.core.foreign.restoring import found_row
from loraviewer.core.outcome import Failure, FileError
from loraviewer.core.row_clipboard import rows_from_json
from loraviewer.core.stack import StackEntry

_MOST_NAMED = 4


class RowPaste(QObject):
    """Each paste is one undo step. GUI thread only; files are looked for in the pool."""

    pasted = Signal(object)  # ids of the new rows
    mentioned = Signal(str)  # one sentence: nothing, or not all, was pasted

    def __init__(
        self,
        stack: StackModel,
        adapters: AdapterModel,
        finder: AdapterFinder,
        places: Callable[[], AdapterPlaces],
        services: PictureServices,
        tasks: BackgroundTasks,
        parent: QObject | None = None,
    ) -> None:
        """places: where adapters are looked for that a text names."""
        super().__init__(parent)
        self._stack = stack
        self._adapters = adapters
        self._finder = finder
        self._places = places
        self._services = services
        self._tasks = tasks
        self._token = CancelToken()

    def paste_rows(self, data: bytes, after: str = "") -> None:
        """What `core.row_clipboard` wrote; below the row with an id, "" for at the end. Files that
        are gone are looked for, as those of a session are."""
        try:
            rows = rows_from_json(data)
        except FileError as error:
            self.mentioned.emit(str(error))
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
        self.stop()
        self._token = token = CancelToken()
        find = partial(self._services.find, adapters, self._places(), token)
        self._tasks.run(find, partial(self._on_found, token, after))

    def stop(self) -> None:
        """Forget the text whose adapters are looked for."""
        self._token.cancel()

    def _on_found(self, token: CancelToken, after: str, files: FoundFiles | Failure) -> None:
        if token.is_cancelled:
            return
        if isinstance(files, Failure):
            self.mentioned.emit(files.message)
            return
        for summary in files.summaries:
            self._adapters.learn_summary(summary)
        summaries = {summary.sha256: summary for summary in files.summaries}
        known = [one for one in files.found if one.by]
        rows = [found_row(one, summaries.get(one.sha256)) for one in known]
        if rows:
            self._insert(_few_on(rows), after)
        self._mention_missing([one for one in files.found if not one.by])

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

    def _mention_missing(self, missing: Sequence[FoundAdapter]) -> None:
        if not missing:
            return
        names = [f"“{one.adapter.name}”" for one in missing]
        told = ", ".join(names[:_MOST_NAMED])
        if len(names) > _MOST_NAMED:
            words = self.tr("{names} and {more} more")
            told = words.format(names=told, more=len(names) - _MOST_NAMED)
        words = self.tr("Not found by that name: {}; add the files, or choose their folder first.")
        if all(one.others for one in missing):
            words = self.tr("Several files are called {}; add the one that is meant.")
        self.mentioned.emit(words.format(told))


def _few_on(rows: Sequence[StackEntry]) -> Sequence[StackEntry]:
    """Off where they are more than a base bears, as those of a folder are."""
    if len(rows) <= MANY_ADAPTERS:
        return rows
    return [replace(row, is_enabled=False) for row in rows]
