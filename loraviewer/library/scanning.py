"""Bringing the index up to date with the disk: what is new or changed is read, what is gone goes.

A folder that is away as a whole (a drive that is not connected, or its empty mount point) takes
nothing along, nor does one that cannot be read: its files are marked, and read again only where
they changed meanwhile.
"""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path

from loraviewer.core.cancel import CancelToken
from loraviewer.core.library.port import Scanned, UnreadFolder
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of
from loraviewer.library.found import FoundFile, files_below
from loraviewer.library.index import IndexRow, IndexState, LibraryIndex
from loraviewer.library.reading import FileReader
from loraviewer.library.turns import in_turns

_KEPT_AT_ONCE = 250
_TOLD_EVERY_S = 0.1
_MOST_UNREAD = 100
_YOUNG_NS = 2_000_000_000
"""A file that was just written may be written again within the resolution of its time."""

OnProgress = Callable[[Scanned], None]


class Scan:
    """One look at all folders. What was read is kept from time to time, also where it is stopped
    by the token."""

    def __init__(
        self, index: LibraryIndex, reader: FileReader, token: CancelToken, on_progress: OnProgress
    ) -> None:
        self._index, self._reader = index, reader
        self._token, self._on_progress = token, on_progress
        self._known = index.states()
        self._seen: set[str] = set()
        self._back: list[str] = []
        self._rows: list[IndexRow] = []
        self._new: dict[str, str] = {}
        """Identity → path, of files that were not known."""
        self._read = 0
        self._unread: dict[str, str] = {}
        """Folder → what to say of it."""
        self._told_at = time.monotonic()

    def run(self, folders: Sequence[str]) -> Scanned:
        away = [folder for folder in folders if self._is_away(folder)]
        for folder in folders:
            if folder not in away:
                self._look_through(folder)
        self._keep()
        self._index.set_away(self._back, is_away=False)
        return self._ended(away)

    def _look_through(self, folder: str) -> None:
        try:
            for found in files_below(Path(folder), self._note_unread):
                self._token.raise_if_cancelled()
                self._take(found, folder)
        finally:
            self._keep()

    def _is_away(self, folder: str) -> bool:
        """Whether nothing at all is there: what was known of it may come back."""
        try:
            with os.scandir(folder) as entries:
                return next(entries, None) is None
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return True
        except OSError as error:
            self._note_unread(Path(folder), reason_of(error))
            return True

    def _note_unread(self, path: Path, reason: str) -> None:
        words = say("“{path}” cannot be read: {reason}.", path=str(path), reason=reason)
        self._unread.setdefault(str(path), words)

    def _take(self, found: FoundFile, folder: str) -> None:
        if found.path in self._seen:
            return
        self._seen.add(found.path)
        known = self._known.get(found.path)
        if known is None or known.is_young or known.state != found.state:
            self._rows.append(self._row(found, known, folder))
            self._read += 1
        elif known.is_away:
            self._back.append(found.path)
        if len(self._rows) >= _KEPT_AT_ONCE:
            self._keep()
        if time.monotonic() - self._told_at >= _TOLD_EVERY_S:
            self._told_at = time.monotonic()
            self._on_progress(Scanned(files=len(self._seen), read=self._read))

    def _row(self, found: FoundFile, known: IndexState | None, folder: str) -> IndexRow:
        entry = self._reader.entry(found)
        if known is None and _is_telling(found.identity):
            self._new[found.identity] = found.path
        is_same = known is not None and known.identity == found.identity and not known.is_young
        return IndexRow(
            entry=entry,
            state=found.state,
            identity=found.identity,
            is_young=time.time_ns() - found.modified_ns < _YOUNG_NS,
            sha256=known.sha256 if known is not None and is_same else "",
            modified_ns=found.modified_ns,
            folder=_folder_words(found.path, folder),
        )

    def _keep(self) -> None:
        if self._rows:
            self._index.keep(self._rows)
            self._rows = []

    def _ended(self, away: Sequence[str]) -> Scanned:
        lost = [path for path in in_turns(self._known) if path not in self._seen]
        hidden = (*away, *self._unread)
        gone = set(outside(lost, hidden))
        kept = [path for path in lost if path not in gone]
        moved = {
            path: (known, self._new[known.identity])
            for path in gone
            if (known := self._known[path]).identity in self._new
        }
        for known, path in moved.values():
            if known.sha256 and not known.is_young:
                self._index.set_hash(path, known.identity, known.sha256)
        self._index.set_away(kept, is_away=True)
        self._index.remove(gone)
        ended = Scanned(
            files=len(self._seen),
            read=self._read,
            moved=len(moved),
            gone=len(gone) - len(moved),
            unread=tuple(UnreadFolder(*one) for one in islice(self._unread.items(), _MOST_UNREAD)),
            unread_count=len(self._unread),
            is_done=True,
        )
        self._on_progress(ended)
        return ended


def _is_telling(identity: str) -> bool:
    """Some drives number no files: their sizes and times alone do not tell them apart."""
    return bool(identity) and not identity.endswith(" 0")


def is_below(path: str, folder: str) -> bool:
    """Whether a path is that of a folder, or of something in it."""
    return path == folder or path.startswith(os.path.join(folder, ""))


def outside(paths: Iterable[str], folders: Sequence[str]) -> list[str]:
    """Those that are no folder of these, and lie in none; in their order."""
    inside, own = tuple(os.path.join(folder, "") for folder in folders), frozenset(folders)
    return [p for p in in_turns(paths) if p not in own and not p.startswith(inside)]


def _folder_words(path: str, folder: str) -> str:
    """The way from a folder to a file, and its own name: what lies above says nothing."""
    return os.path.join(os.path.basename(folder), os.path.dirname(os.path.relpath(path, folder)))
