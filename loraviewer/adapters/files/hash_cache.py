"""Hashes of files remembered between runs, so that a library is read once.

A file is the same as long as its path, size, time of change and inode are. The cache is a hint: the
engine computes the hash of what it really loads. Whatever is wrong with the cache itself (broken,
locked, read-only, disk full) costs time and nothing else.
"""

import os
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from loraviewer.adapters.files.hashing import FileHashes, file_hashes
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of

MOST_FILES = 100_000
_WAIT_S = 2.0
_YOUNG_NS = 2_000_000_000
"""A file that was just written may be written again within the resolution of its time."""
_HEX = re.compile(r"[0-9a-f]{64}")

_Answer = TypeVar("_Answer")

_TABLE = """
CREATE TABLE IF NOT EXISTS hashes_1 (
    path TEXT PRIMARY KEY, state TEXT NOT NULL, sha256 TEXT NOT NULL, data_sha256 TEXT NOT NULL
)"""
_FIND = "SELECT sha256, data_sha256 FROM hashes_1 WHERE path = ? AND state = ?"
_KEEP = "INSERT OR REPLACE INTO hashes_1 VALUES (?, ?, ?, ?)"
_FORGET = "DELETE FROM hashes_1 WHERE rowid <= (SELECT max(rowid) FROM hashes_1) - ?"


class HashCache:
    """Any thread, and several processes at once, may use one cache file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def hashes(self, path: Path, data_offset: int, token: CancelToken | None = None) -> FileHashes:
        """Remembered or computed; may take seconds per gigabyte. Raises as `file_hashes`."""
        state = _state_of(path)
        known = self._find(path, state)
        if known is not None:
            return known
        found = file_hashes(path, data_offset, token)
        if _state_of(path) == state and not _is_young(path):
            self._keep(path, state, found)
        return found

    def known(self, path: Path) -> FileHashes | None:
        """Remembered, or None; never reads the file, and leaves nothing on the disk."""
        return self._find(path, _state_of(path)) if self._path.is_file() else None

    def _find(self, path: Path, state: str) -> FileHashes | None:
        where = (os.path.abspath(path), state)
        row = self._attempt(lambda database: database.execute(_FIND, where).fetchone())
        if row is None or not all(isinstance(v, str) and _HEX.fullmatch(v) for v in row):
            return None
        return FileHashes(*row)

    def _keep(self, path: Path, state: str, found: FileHashes) -> None:
        row = (os.path.abspath(path), state, found.sha256, found.data_sha256)

        def keep(database: sqlite3.Connection) -> None:
            with database:
                database.execute(_KEEP, row)
                database.execute(_FORGET, (MOST_FILES,))

        self._attempt(keep)

    def _attempt(self, use: Callable[[sqlite3.Connection], _Answer]) -> _Answer | None:
        """Over a connection of this call's own; None where the cache is of no use now."""
        if os.path.lexists(self._path) and not os.path.isfile(self._path):
            return None  # a pipe would be waited for for ever
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=_WAIT_S)) as database:
                database.execute("PRAGMA synchronous = OFF")  # a broken cache is thrown away
                database.execute(_TABLE)
                return use(database)
        except (sqlite3.OperationalError, OSError, UnicodeError):  # locked, read-only, disk full
            return None
        except sqlite3.DatabaseError:  # no database at all
            with suppress(OSError):
                self._path.unlink()
            return None


def _state_of(path: Path) -> str:
    try:
        facts = path.stat()
    except OSError as error:
        raise FileError(
            say("“{path}” cannot be read: {why}.", path=str(path), why=reason_of(error))
        ) from error
    return f"{facts.st_size} {facts.st_mtime_ns} {facts.st_ino}"


def _is_young(path: Path) -> bool:
    return time.time_ns() - path.stat().st_mtime_ns < _YOUNG_NS
