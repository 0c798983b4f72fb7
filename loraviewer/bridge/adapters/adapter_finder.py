"""The files behind the rows of a session: read where they are, found again where they are not, and
located by a person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.services import Services
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.adapter_search import find_adapters
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.document_rows import rows_of, with_rows
from loraviewer.core.outcome import Failure, FailureKind, LoraviewerError
from loraviewer.core.reports import AdapterSummary
from loraviewer.core.stack import AdapterStack, StackEntry


@dataclass(frozen=True)
class OtherFile:
    """What a person located for a row is not what the row was."""

    row: StackEntry
    summary: AdapterSummary


class AdapterFinder(QObject):
    """A file that is found again has the same content, so that nothing but its path changes: that
    is no edit. GUI thread only; files are read in the pool."""

    mentioned = Signal(str)  # one sentence
    notice = Signal(object)  # Failure
    differs = Signal(object)  # OtherFile

    def __init__(
        self,
        document: DocumentModel,
        adapters: AdapterModel,
        settings: SettingsModel,
        services: Services,
        tasks: BackgroundTasks,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._adapters = adapters
        self._settings = settings
        self._services = services
        self._tasks = tasks
        self._token = CancelToken()
        self._folder = ""
        self._moved: set[str] = set()
        """Found again, perhaps while the engine was still being asked about the old place."""
        adapters.adapter_changed.connect(self._on_adapter_changed)

    @Slot(str)
    def look(self, folder: str) -> None:
        """Read all rows' files, and search for those that are gone. folder: of the session's file,
        "" for none."""
        self.stop()
        self._folder = folder
        self._token = token = CancelToken()
        self._moved.clear()
        rows = list({row.sha256: row for row in rows_of(self._document.document)}.values())
        gone: list[StackEntry] = []
        left = len(rows)

        def receive(row: StackEntry, read: AdapterSummary | Failure) -> None:
            nonlocal left
            if token.is_cancelled:
                return
            left -= 1
            if isinstance(read, AdapterSummary) and read.sha256 == row.sha256:
                self._adapters.learn_summary(read)
            else:
                gone.append(row)
            if not left and gone:
                self._search(gone, [row for row in rows if row not in gone], folder)

        for row in rows:
            self._tasks.run(partial(self._read, Path(row.path), token), partial(receive, row))

    def look_again(self) -> None:
        """Rows came from elsewhere."""
        self.look(self._folder)

    def locate(self, entry_id: str, path: str) -> None:
        """A person says where the file of a row is."""
        row = next((r for r in rows_of(self._document.document) if r.entry_id == entry_id), None)
        if row is None:
            return
        token = CancelToken()

        def receive(read: AdapterSummary | Failure) -> None:
            if isinstance(read, Failure):
                self.notice.emit(read)
            elif read.sha256 == row.sha256:
                self._take(row, read, self.tr("Locate {}").format(row.name))
            else:
                self.differs.emit(OtherFile(row, read))

        self._tasks.run(partial(self._read, Path(path), token), receive)

    def take(self, other: OtherFile) -> None:
        """What differs takes the place of what was there, in one undo step."""
        names = {"old": other.row.name, "new": other.summary.name}
        self._take(other.row, other.summary, self.tr("Replace {old} by {new}").format(**names))

    def stop(self) -> None:
        """Nothing more is searched for."""
        self._token.cancel()

    def _take(self, row: StackEntry, summary: AdapterSummary, text: str) -> None:
        self._adapters.learn_summary(summary)
        is_same = summary.sha256 == row.sha256
        name = row.name if is_same else summary.name

        def change(entry: StackEntry) -> StackEntry:
            if entry.sha256 != row.sha256:
                return entry
            return msgspec.structs.replace(
                entry, path=summary.path, sha256=summary.sha256, name=name
            )

        self._document.edit(text, with_rows(self._document.document, change))
        self._ask_again({summary.sha256})

    def _read(self, path: Path, token: CancelToken) -> AdapterSummary | None:
        """Runs in the pool, where what is stopped costs nothing."""
        try:
            token.raise_if_cancelled()
            return self._services.summarise(path, token)
        except Cancelled:
            return None  # nobody hears it

    def _search(self, gone: Sequence[StackEntry], there: Sequence[StackEntry], folder: str) -> None:
        wanted = {row.sha256: Path(row.path).name for row in gone}
        folders = self._folders((*there, *gone), folder)
        token = self._token
        hash_of = self._hash_of(token)

        def receive(found: dict[str, Path] | Failure) -> None:
            if token.is_cancelled:
                return
            known = {} if isinstance(found, Failure) else found
            if known:
                self._bring_back(known)
            self._tell_gone([row for row in gone if row.sha256 not in known])

        self._tasks.run(lambda: find_adapters(wanted, folders, hash_of), receive)

    def _folders(self, rows: Sequence[StackEntry], folder: str) -> list[Path]:
        """Where it is likely, the likeliest first; also below where a file was."""
        demos = [demo.path for demo in self._services.demo_adapters]
        beside = [Path(path).parent for path in (*(row.path for row in rows), *demos)]
        chosen = self._settings.settings.folders.get("adapters", "")
        named = [Path(name) for name in (folder, chosen) if name]
        return [place for place in (*named, *beside) if place.is_absolute()]

    def _hash_of(self, token: CancelToken) -> Callable[[Path], str]:
        def hash_of(path: Path) -> str:
            if token.is_cancelled:
                return ""
            try:
                return self._services.summarise(path, token).sha256
            except (LoraviewerError, OSError, Cancelled):
                return ""

        return hash_of

    def _bring_back(self, found: dict[str, Path]) -> None:
        def change(entry: StackEntry) -> StackEntry:
            path = found.get(entry.sha256)
            return entry if path is None else msgspec.structs.replace(entry, path=str(path))

        rows = rows_of(self._document.document)
        names = list(dict.fromkeys(row.name for row in rows if row.sha256 in found))
        self._document.install(with_rows(self._document.document, change))
        self._ask_again(set(found))
        for path in found.values():
            self._tasks.run(partial(self._read, path, self._token), self._learn)
        words = self.tr("Found again in another folder: {}.")
        self.mentioned.emit(words.format(", ".join(self.tr("“{}”").format(name) for name in names)))

    def _tell_gone(self, rows: Sequence[StackEntry]) -> None:
        """On the rows; where there is a base, the engine says it."""
        for row in rows if not self._adapters.base_identity else ():
            words = self.tr(
                "“{}” is not there as it was; put it back, locate it, or remove the row."
            )
            failure = Failure(FailureKind.ADAPTER, words.format(row.path), subject=row.sha256)
            self._adapters.learn_report(row.sha256, failure)

    def _learn(self, read: AdapterSummary | Failure | None) -> None:
        if isinstance(read, AdapterSummary):
            self._adapters.learn_summary(read)

    def _ask_again(self, sha256s: set[str]) -> None:
        self._moved |= sha256s
        if self._adapters.base_identity:
            self._adapters.request_failed(self._rows(sha256s))
        else:
            for sha256 in sha256s:
                self._adapters.forget_report(sha256)

    def _rows(self, sha256s: set[str]) -> AdapterStack:
        rows = rows_of(self._document.document)
        return AdapterStack(entries=tuple(row for row in rows if row.sha256 in sha256s))

    @Slot(str)
    def _on_adapter_changed(self, sha256: str) -> None:
        """An answer about the old place may come late, once."""
        has_base = bool(self._adapters.base_identity)
        is_failed = isinstance(self._adapters.facts(sha256).report, Failure)
        if has_base and is_failed and sha256 in self._moved:
            self._moved.discard(sha256)
            self._adapters.request_failed(self._rows({sha256}))
