"""A library in memory: what the window knows of an index, with files that a test puts there."""

import threading
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any

import msgspec

from loraviewer.core.cancel import CancelToken
from loraviewer.core.library.entries import LibraryEntry, LibraryNote
from loraviewer.core.library.port import FolderCount, KnownFolder, Scanned, UnreadFolder
from loraviewer.core.library.queries import LibraryQuery
from loraviewer.core.outcome import FileError

FOLDER = "/weights"


class FakeIndex:
    """`files` are found by the next scan, and `indexed` then. `holds_scan` makes a scan wait for
    `go_on`, or for being cancelled, `holds_hashing` hashing for being cancelled; `fails` is raised
    by every search, `refuses_notes` by every note.
    """

    def __init__(self, *files: LibraryEntry, folders: tuple[str, ...] = (FOLDER,)) -> None:
        self.files = {entry.path: entry for entry in files}
        self.indexed: dict[str, LibraryEntry] = {}
        self.kept: dict[str, LibraryNote] = {}
        self.known: tuple[KnownFolder, ...] = ()
        self.counts: dict[str, FolderCount] = {}
        self.unread: tuple[UnreadFolder, ...] = ()
        self.asked: list[LibraryQuery] = []
        self.pages: list[tuple[str, ...]] = []
        self.threads: set[int] = set()
        self.scans = 0
        self.hashed = 0
        self.holds_scan = self.holds_hashing = False
        self.go_on = threading.Event()
        self.fails = ""
        self.refuses_notes = ""
        self._folders = folders
        self._lock = threading.RLock()

    def folders(self) -> tuple[str, ...]:
        self._note_thread()
        return self._folders

    def add_folder(self, path: str) -> None:
        self._note_thread()
        self._folders = (*self._folders, path)

    def drop_folder(self, path: str) -> None:
        self._folders = tuple(one for one in self._folders if one != path)
        with self._lock:
            self.indexed = {p: e for p, e in self.indexed.items() if not _is_below(p, path)}

    def known_folders(self) -> Sequence[KnownFolder]:
        return [known for known in self.known if known.path not in self._folders]

    def count_files(self, path: str, token: CancelToken) -> FolderCount:
        self._note_thread()
        return self.counts.get(path, FolderCount(0))

    def scan(
        self, token: CancelToken, on_progress: Callable[[Scanned], None] = lambda told: None
    ) -> Scanned:
        self._note_thread()
        self.scans += 1
        told = Scanned(files=len(self.files), read=len(self.files) // 2)
        on_progress(told)
        while self.holds_scan and not self.go_on.wait(0.005):
            token.raise_if_cancelled()
        with self._lock:
            inside = [e for e in self.files.values() if self._is_inside(e.path)]
            self.indexed = {entry.path: entry for entry in inside}
        return Scanned(
            files=len(self.files),
            read=len(self.files),
            unread=self.unread,
            unread_count=len(self.unread),
            is_done=True,
        )

    def hash_some(self, token: CancelToken, most_bytes: int) -> int:
        self.hashed += 1
        while self.holds_hashing:
            token.raise_if_cancelled()
        return 0

    def directories(self) -> Sequence[str]:
        with self._lock:
            return sorted({str(PurePath(path).parent) for path in self.indexed})

    def search(self, query: LibraryQuery) -> Sequence[str]:
        self._note_thread()
        if self.fails:
            raise FileError(self.fails)
        with self._lock:
            self.asked.append(query)
            found = [e for e in self._noted() if _matches(e, query)]
        found.sort(key=_KEYS[query.order], reverse=query.is_reversed)
        return [entry.path for entry in found]

    def entry(self, path: str) -> LibraryEntry | None:
        return next(iter(self.entries([path])), None)

    def entries(self, paths: Sequence[str]) -> Sequence[LibraryEntry]:
        self._note_thread()
        with self._lock:
            self.pages.append(tuple(paths))
            known = {entry.path: entry for entry in self._noted()}
        return [known[path] for path in paths if path in known]

    def set_note(self, path: str, note: LibraryNote) -> None:
        self._note_thread()
        if self.refuses_notes:
            raise FileError(self.refuses_notes)
        with self._lock:
            self.kept[self.indexed[path].sha256 or path] = note

    def notes(self) -> dict[str, LibraryNote]:
        return dict(self.kept)

    def take_notes(self, notes: dict[str, LibraryNote]) -> int:
        new = {key: note for key, note in notes.items() if key not in self.kept}
        self.kept.update(new)
        return len(new)

    def _noted(self) -> list[LibraryEntry]:
        return [
            msgspec.structs.replace(e, note=self.kept.get(e.sha256 or e.path, e.note))
            for e in self.indexed.values()
        ]

    def _is_inside(self, path: str) -> bool:
        return any(_is_below(path, folder) for folder in self._folders)

    def _note_thread(self) -> None:
        self.threads.add(threading.get_ident())


def adapter(name: str, family: str = "demo", **fields: Any) -> LibraryEntry:
    """A LoRA of rank 16 in the folder, hashed; `family` "" for unknown."""
    usual: dict[str, Any] = {
        "path": f"{FOLDER}/{name}.safetensors",
        "sort": "adapter",
        "families": (family,) if family else (),
        "kinds": {"lora": 192},
        "ranks": (16, 16),
        "sha256": f"sha-{name}",
        "size_bytes": 1_000_000,
    }
    return LibraryEntry(name=name, **(usual | fields))


def checkpoint(name: str, family: str = "sd1") -> LibraryEntry:
    return adapter(name, family, sort="checkpoint", kinds={}, ranks=None, size_bytes=2_100_000_000)


def unreadable(name: str, problem: str) -> LibraryEntry:
    return adapter(name, "", sort="unreadable", kinds={}, ranks=None, problem=problem)


def _is_below(path: str, folder: str) -> bool:
    return PurePath(path).is_relative_to(folder)


def _matches(entry: LibraryEntry, query: LibraryQuery) -> bool:
    low, high = query.ranks or (0, 1 << 60)
    ranks = entry.ranks or (0, 0)
    return (
        entry.sort in query.sorts
        and (not query.family or entry.fits(query.family))
        and (not query.kind or query.kind in entry.kinds)
        and (query.ranks is None or (ranks[0] <= high and ranks[1] >= low))
        and (not query.folder or _is_below(entry.path, query.folder))
        and (not query.is_favourite or entry.note.is_favourite)
        and (query.paths is None or entry.path in query.paths)
        and all(_begins_a_word(word, entry) for word in query.words.lower().split())
    )


def _begins_a_word(word: str, entry: LibraryEntry) -> bool:
    texts = (entry.name, *entry.trigger_words, *entry.tags, entry.said_base, entry.note.text)
    return any(part.startswith(word) for text in texts for part in text.lower().split())


_KEYS: dict[str, Callable[[LibraryEntry], Any]] = {
    "name": lambda e: e.name.lower(),
    "newest": lambda e: -e.modified_s,
    "largest": lambda e: -e.size_bytes,
    "rank": lambda e: e.ranks or (0, 0),
    "family": lambda e: e.family,
}
