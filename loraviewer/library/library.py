"""The library: folders and notes of a person, and the index of what lies in those folders."""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.core.cancel import CancelToken
from loraviewer.core.library.entries import LibraryEntry, LibraryNote
from loraviewer.core.library.port import FolderCount, KnownFolder, Scanned
from loraviewer.core.library.queries import LibraryQuery
from loraviewer.core.outcome import FileError
from loraviewer.core.resources import absolute_path
from loraviewer.core.sentences import say
from loraviewer.library.contents import content_sha256, known_sha256
from loraviewer.library.found import identity_of
from loraviewer.library.index import LibraryIndex
from loraviewer.library.known_folders import count_files, known_folders
from loraviewer.library.own_file import OwnFile
from loraviewer.library.reading import FileReader
from loraviewer.library.scanning import Scan, is_below, outside
from loraviewer.library.searching import Question, only
from loraviewer.library.turns import in_turns

INDEX_NAME = "library-2.sqlite"
"""In the cache folder; the number is that of the index's schema."""
OWN_NAME = "library.json"
"""In the data folder."""


class Library:
    """Implements `core.library.port.LibraryPort`; several studios may share both files."""

    def __init__(self, cache_folder: Path, data_folder: Path, hashes: HashCache) -> None:
        """Nothing is read or written before the first call."""
        self._index = LibraryIndex(cache_folder / INDEX_NAME)
        self._own = OwnFile(data_folder / OWN_NAME)
        self._hashes = hashes
        self._reader = FileReader()
        self._scanning = threading.Lock()

    # -- folders --------------------------------------------------------------------------

    def folders(self) -> tuple[str, ...]:
        return self._own.read().folders

    def add_folder(self, path: str) -> None:
        folder = absolute_path(path)
        if not os.path.isdir(folder):
            raise FileError(say("“{path}”: there is no such folder.", path=str(path)))
        self._own.add_folder(folder)

    def drop_folder(self, path: str) -> None:
        self._own.drop_folder(path)
        self._forget_strays()

    def known_folders(self) -> Sequence[KnownFolder]:
        here = self.folders()
        return [f for f in known_folders() if not any(is_below(f.path, one) for one in here)]

    def count_files(self, path: str, token: CancelToken) -> FolderCount:
        return count_files(Path(path), token)

    def _forget_strays(self) -> None:
        """What lies in no folder of the library any more."""
        folders = self.folders()
        paths = self._index.paths("SELECT path FROM files", ())
        strays = outside(paths, folders)
        self._index.remove(strays)

    # -- bringing it up to date -----------------------------------------------------------

    def scan(
        self, token: CancelToken, on_progress: Callable[[Scanned], None] = lambda told: None
    ) -> Scanned:
        with self._scanning:
            scanned = Scan(self._index, self._reader, token, on_progress).run(self.folders())
            self._forget_strays()  # a folder may have been dropped meanwhile
        return scanned

    def hash_some(self, token: CancelToken, most_bytes: int) -> int:
        left = self._index.unhashed()
        read_bytes = 0
        for at, (path, size, identity) in enumerate(left):
            token.raise_if_cancelled()
            sha256 = self._known(path)
            if not sha256:
                if read_bytes and read_bytes + size > most_bytes:
                    return len(left) - at
                read_bytes += size
                sha256 = self._content(path, identity, token)
            self._index.set_hash(path, identity, sha256)
        return 0

    def _known(self, path: str) -> str:
        try:
            return known_sha256(Path(path), self._hashes)
        except FileError:
            return ""

    def _content(self, path: str, identity: str, token: CancelToken) -> str | None:
        """None of what cannot be read, or changed since the last scan, until the next one."""
        try:
            sha256 = content_sha256(Path(path), self._hashes, token)
        except FileError:
            return None
        return sha256 if identity_of(Path(path)) == identity else None

    # -- questions ------------------------------------------------------------------------

    def search(self, query: LibraryQuery) -> Sequence[str]:
        question = Question(query, self._own.read().notes)
        paths = only(self._index.paths(question.text, question.values), query.paths)
        return paths[::-1] if query.is_reversed else paths

    def directories(self) -> Sequence[str]:
        paths = self.search(LibraryQuery(sorts=("adapter", "checkpoint", "unreadable")))
        # Of ten thousand files `PurePath` would hold the interpreter for a fifth of a second.
        found = {os.path.dirname(path) for path in in_turns(paths)}
        return sorted(found, key=lambda path: (len(Path(path).parts), path))

    def entry(self, path: str) -> LibraryEntry | None:
        return next(iter(self.entries((path,))), None)

    def entries(self, paths: Sequence[str]) -> Sequence[LibraryEntry]:
        found = self._index.entries(paths)
        notes = self._own.read().notes
        return [_noted(found[path], notes) for path in paths if path in found]

    # -- notes ----------------------------------------------------------------------------

    def set_note(self, path: str, note: LibraryNote) -> None:
        sha256 = self._sha256(path)
        self._own.set_note(sha256, note)
        self._index.set_content(path, sha256)

    def _sha256(self, path: str) -> str:
        """Now; what it was, where it cannot be read now."""
        try:
            return content_sha256(Path(path), self._hashes)
        except FileError:
            known = self.entry(path)
            if known is None or not known.sha256:
                raise
            return known.sha256

    def notes(self) -> dict[str, LibraryNote]:
        return dict(self._own.read().notes)

    def take_notes(self, notes: dict[str, LibraryNote]) -> int:
        return self._own.take_notes(notes)


def _noted(entry: LibraryEntry, notes: Mapping[str, LibraryNote]) -> LibraryEntry:
    note = notes.get(entry.sha256)
    return entry if note is None else msgspec.structs.replace(entry, note=note)
