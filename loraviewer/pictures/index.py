"""What the store knows of its files without opening them. Everything in it but the sessions can be
read from the files again, so whatever is wrong with it costs time and nothing else."""

import os
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, TypeVar

from loraviewer.core.sqlite_files import is_damage, prepare, throw_away

_WAIT_S = 2.0

_Answer = TypeVar("_Answer")

_TABLE = """
CREATE TABLE IF NOT EXISTS pictures (
    key TEXT PRIMARY KEY, bytes INTEGER NOT NULL, made_at REAL NOT NULL, used_at REAL NOT NULL,
    is_starred INTEGER NOT NULL, session TEXT NOT NULL, record TEXT NOT NULL, stack TEXT NOT NULL,
    thumbnail BLOB NOT NULL
)"""
_BY_TIME = "CREATE INDEX IF NOT EXISTS by_time ON pictures (made_at DESC, key)"
_BY_USE = "CREATE INDEX IF NOT EXISTS by_use ON pictures (is_starred, used_at, key, bytes)"
_COLUMNS = "key, bytes, made_at, used_at, is_starred, session, record, stack"
_KEEP = f"INTO pictures ({_COLUMNS}, thumbnail) VALUES ({', '.join('?' * 9)})"
_PAGE = f"""
SELECT {_COLUMNS} FROM pictures
WHERE stack <> '' AND session <> ? AND (made_at < ? OR (made_at = ? AND key > ?))
ORDER BY made_at DESC, key LIMIT ?"""


class IndexRow(NamedTuple):
    """One picture. `bytes`: of all that is kept of it. `record`, `stack`: JSON, as in its file;
    "" for no stack: it was made in no pane."""

    key: str
    bytes: int
    made_at: float
    used_at: float
    is_starred: bool
    session: str
    record: str
    stack: str


class PictureIndex:
    """Any thread, and several processes at once: each call has a connection of its own. The number
    in the file's name is that of its schema; studios of different versions have one each."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "index-1.sqlite"

    def keys(self) -> set[str] | None:
        """Of all pictures; None where the index is of no use now."""
        found = self._attempt(lambda db: db.execute("SELECT key FROM pictures").fetchall())
        return None if found is None else {key for (key,) in found}

    def keep(self, row: IndexRow, thumbnail: bytes, *, is_new: bool = False) -> None:
        """is_new: only where there is none of this key by now."""
        insert = "INSERT OR IGNORE" if is_new else "INSERT OR REPLACE"
        self._change(f"{insert} {_KEEP}", [(*row, thumbnail)])

    def row(self, key: str) -> IndexRow | None:
        where = f"SELECT {_COLUMNS} FROM pictures WHERE key = ?"
        found = self._attempt(lambda db: db.execute(where, (key,)).fetchone())
        return _row(found) if found else None

    def page(self, but_session: str, before: tuple[float, str], count: int) -> list[IndexRow]:
        """The next ones of panes of other sessions, newest first."""
        made_at, key = before
        values = (but_session, made_at, made_at, key, count)
        found = self._attempt(lambda db: db.execute(_PAGE, values).fetchall())
        return [_row(one) for one in found or ()]

    def thumbnail(self, key: str) -> bytes:
        where = "SELECT thumbnail FROM pictures WHERE key = ?"
        found = self._attempt(lambda db: db.execute(where, (key,)).fetchone())
        return found[0] if found and isinstance(found[0], bytes) else b""

    def set_stack(self, key: str, stack: str, session: str) -> None:
        row = (stack, session, key)
        self._change("UPDATE pictures SET stack = ?, session = ? WHERE key = ?", [row])

    def set_thumbnail(self, key: str, thumbnail: bytes) -> None:
        self._change("UPDATE pictures SET thumbnail = ? WHERE key = ?", [(thumbnail, key)])

    def use(self, times: Iterable[tuple[str, float]]) -> None:
        """When pictures were used last, as (key, seconds)."""
        self._change(
            "UPDATE pictures SET used_at = max(used_at, ?) WHERE key = ?",
            [(at, key) for key, at in times],
        )

    def star(self, key: str, on: bool) -> None:
        self._change("UPDATE pictures SET is_starred = ? WHERE key = ?", [(on, key)])

    def remove(self, keys: Iterable[str]) -> None:
        self._change("DELETE FROM pictures WHERE key = ?", [(key,) for key in keys])

    def total_bytes(self) -> int:
        return self._sum("SELECT total(bytes) FROM pictures")

    def starred_bytes(self) -> int:
        return self._sum("SELECT total(bytes) FROM pictures WHERE is_starred")

    def least_used(self, count: int) -> list[tuple[str, int]]:
        """Those that may give way, as (key, bytes), the one unused for longest first."""
        where = "SELECT key, bytes FROM pictures WHERE NOT is_starred ORDER BY used_at, key LIMIT ?"
        return self._attempt(lambda db: db.execute(where, (count,)).fetchall()) or []

    def _sum(self, query: str) -> int:
        found = self._attempt(lambda db: db.execute(query).fetchone())
        return int(found[0]) if found else 0

    def _change(self, statement: str, rows: list[tuple[object, ...]]) -> None:
        def change(database: sqlite3.Connection) -> None:
            with database:
                database.executemany(statement, rows)

        if rows:
            self._attempt(change)

    def _attempt(self, use: Callable[[sqlite3.Connection], _Answer]) -> _Answer | None:
        """None where the index is locked, cannot be written, or was damaged, which it is no more
        afterwards."""
        if os.path.lexists(self._path) and not os.path.isfile(self._path):
            throw_away(self._path)  # a pipe would be waited for for ever
            return None
        try:
            with closing(sqlite3.connect(self._path, timeout=_WAIT_S)) as database:
                prepare(database, (_TABLE, _BY_TIME, _BY_USE))
                return use(database)
        except (sqlite3.DatabaseError, OSError, UnicodeError) as error:
            if is_damage(error):
                throw_away(self._path)
            return None


def _row(values: tuple[object, ...]) -> IndexRow:
    row = IndexRow._make(values)
    return row._replace(is_starred=bool(row.is_starred))
