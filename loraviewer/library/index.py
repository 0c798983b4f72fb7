"""What is known of files, in one sqlite file. Everything in it can be read from the files again, so
one that is damaged is thrown away."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from loraviewer.core.encodable import encode_json, plain
from loraviewer.core.library.entries import LibraryEntry
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import Sentence, say
from loraviewer.core.sqlite_files import is_damage, prepare, throw_away
from loraviewer.core.system_reasons import reason_of
from loraviewer.library.turns import in_turns
from loraviewer.library.words import folded, searched_text

_WAIT_S = 5.0
_AT_ONCE = 500

_Answer = TypeVar("_Answer")

_TABLE = """
CREATE TABLE IF NOT EXISTS files (
    path BLOB PRIMARY KEY, state TEXT NOT NULL, identity TEXT NOT NULL, is_young INTEGER NOT NULL,
    is_away INTEGER NOT NULL, sha256 TEXT, size INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
    sort TEXT NOT NULL, name TEXT NOT NULL, families TEXT NOT NULL, kinds TEXT NOT NULL,
    least_rank INTEGER, most_rank INTEGER, words TEXT NOT NULL
)"""
"""sha256: NULL where it cannot be told. families, kinds: a space before and after each."""
_FACTS = """
CREATE TABLE IF NOT EXISTS facts (
    path BLOB PRIMARY KEY, preview BLOB NOT NULL, facts BLOB NOT NULL
)"""
_BY_CONTENT = "CREATE INDEX IF NOT EXISTS by_content ON files (sha256)"
_COLUMNS = 15
_STATES = "SELECT path, state, identity, is_young, is_away, sha256 FROM files"
_UNHASHED = "FROM files WHERE sha256 = '' AND NOT is_away ORDER BY size, path"
_ENTRIES = """
SELECT path, facts, preview, sha256, is_away FROM facts JOIN files USING (path) WHERE path IN ({})
"""
_TWINS = "SELECT sha256, path FROM files WHERE sha256 IN ({}) ORDER BY path"
_AWAY = say("Its folder cannot be reached now.")


class IndexState(NamedTuple):
    """How a file was when it was read. `is_young`: written so shortly before that it may have
    changed since without a trace. `is_away`: its whole folder was not there."""

    state: str
    identity: str
    is_young: bool
    is_away: bool
    sha256: str | None


class IndexRow(NamedTuple):
    """What is to be kept. `folder`: the words of the folders that it is found by."""

    entry: LibraryEntry
    state: str
    identity: str
    is_young: bool
    sha256: str | None
    modified_ns: int
    folder: str


class LibraryIndex:
    """Any thread, and several processes at once: each call has a connection of its own. The number
    in the file's name is that of its schema. Raises `FileError` where the file can be neither used
    nor replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def states(self) -> dict[str, IndexState]:
        rows = self._ask(lambda db: db.execute(_STATES).fetchall())
        return {
            os.fsdecode(path): IndexState(state, identity, bool(young), bool(away), sha256)
            for path, state, identity, young, away, sha256 in in_turns(rows)
        }

    def keep(self, rows: Sequence[IndexRow]) -> None:
        files = list(map(_file_row, rows))
        facts = list(map(_facts_row, rows))

        def keep(database: sqlite3.Connection) -> None:
            places = ", ".join("?" * _COLUMNS)
            database.executemany(f"INSERT OR REPLACE INTO files VALUES ({places})", files)
            database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", facts)

        self._change(keep)

    def remove(self, paths: Iterable[str]) -> None:
        keys = [(os.fsencode(path),) for path in paths]

        def remove(database: sqlite3.Connection) -> None:
            for table in ("files", "facts"):
                database.executemany(f"DELETE FROM {table} WHERE path = ?", keys)

        self._change(remove)

    def set_away(self, paths: Iterable[str], *, is_away: bool) -> None:
        rows = [(is_away, os.fsencode(path)) for path in paths]
        statement = "UPDATE files SET is_away = ? WHERE path = ?"
        self._change(lambda db: db.executemany(statement, rows))

    def set_hash(self, path: str, identity: str, sha256: str | None) -> None:
        """Of a file that was not read anew meanwhile."""
        row = (sha256, os.fsencode(path), identity)
        statement = "UPDATE files SET sha256 = ? WHERE path = ? AND identity = ?"
        self._change(lambda db: db.execute(statement, row))

    def set_content(self, path: str, sha256: str) -> None:
        """As it is now, whatever it was at the last scan."""
        row = (sha256, os.fsencode(path))
        self._change(lambda db: db.execute("UPDATE files SET sha256 = ? WHERE path = ?", row))

    def unhashed(self) -> list[tuple[str, int, str]]:
        """As (path, bytes, identity), small ones first."""
        question = f"SELECT path, size, identity {_UNHASHED}"
        rows = self._ask(lambda db: db.execute(question).fetchall())
        return [(os.fsdecode(path), size, identity) for path, size, identity in in_turns(rows)]

    def paths(self, question: str, values: Sequence[object]) -> list[str]:
        """The answer to a `SELECT path FROM files`."""
        rows = self._ask(lambda db: db.execute(question, values).fetchall())
        return [os.fsdecode(path) for (path,) in in_turns(rows)]

    def entries(self, paths: Sequence[str]) -> dict[str, LibraryEntry]:
        """Path → entry, without notes, of those that are known."""
        return self._ask(lambda db: _entries(db, paths))

    def _change(self, change: Callable[[sqlite3.Connection], object]) -> None:
        def changed(database: sqlite3.Connection) -> None:
            with database:
                change(database)

        self._ask(changed)

    def _ask(self, use: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        try:
            return self._attempt(use)
        except (sqlite3.DatabaseError, UnicodeError, msgspec.MsgspecError) as error:
            if not is_damage(error):
                raise self._unusable(str(error)) from error
            throw_away(self._path)
        try:
            return self._attempt(use)
        except sqlite3.DatabaseError as error:
            raise self._unusable(str(error)) from error

    def _attempt(self, use: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        if os.path.lexists(self._path) and not os.path.isfile(self._path):
            throw_away(self._path)  # a pipe would be waited for for ever
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=_WAIT_S)) as database:
                prepare(database, (_TABLE, _FACTS, _BY_CONTENT))
                return use(database)
        except OSError as error:
            raise self._unusable(reason_of(error)) from error

    def _unusable(self, reason: str) -> FileError:
        return FileError(
            say("The index “{path}” cannot be used: {why}.", path=str(self._path), why=reason)
        )


def _file_row(row: IndexRow) -> tuple[object, ...]:
    entry = row.entry
    least, most = entry.ranks or (None, None)
    others = (entry.title, *entry.trigger_words, *entry.tags, entry.said_base, row.folder)
    return (
        os.fsencode(entry.path),
        row.state,
        row.identity,
        row.is_young,
        False,
        row.sha256,
        entry.size_bytes,
        row.modified_ns,
        entry.sort,
        folded(entry.name),
        _listed(entry.families),
        _listed(entry.kinds),
        least,
        most,
        searched_text(entry.name, (*others, *entry.families)),
    )


def _facts_row(row: IndexRow) -> tuple[bytes, bytes, bytes]:
    entry = row.entry
    facts = plain(msgspec.structs.replace(entry, path="", preview_path=""))
    if isinstance(entry.problem, Sentence):
        facts[_SAID] = entry.problem.data()
    return os.fsencode(entry.path), os.fsencode(entry.preview_path), encode_json(facts)


def _listed(names: Iterable[str]) -> str:
    return "".join(f" {name} " for name in names)


class _Facts(LibraryEntry, frozen=True, kw_only=True):
    """`said`: what the problem can be said from in other languages."""

    said: dict[str, Any] | None = None


_decode = msgspec.json.Decoder(_Facts).decode
_SAID = "said"


def _entries(database: sqlite3.Connection, paths: Sequence[str]) -> dict[str, LibraryEntry]:
    keys = [os.fsencode(path) for path in paths]
    rows = _asked(database, _ENTRIES, keys)
    hashes = list({sha256 for *_, sha256, _ in rows if sha256})
    same: dict[str, list[str]] = {}
    for sha256, path in _asked(database, _TWINS, hashes):
        same.setdefault(sha256, []).append(os.fsdecode(path))
    return {entry.path: entry for entry in (_entry(row, same) for row in rows)}


def _asked(
    database: sqlite3.Connection, question: str, values: Sequence[object]
) -> list[tuple[Any, ...]]:
    """A question of any number of values, some at a time."""
    left, rows = iter(values), list[tuple[Any, ...]]()
    while some := list(islice(left, _AT_ONCE)):
        rows += database.execute(question.format(", ".join("?" * len(some))), some)
    return rows


def _entry(row: Sequence[Any], same: dict[str, list[str]]) -> LibraryEntry:
    raw_path, facts, preview, sha256, is_away = row
    path, kept = os.fsdecode(raw_path), _decode(facts)
    twins = same.get(sha256, ())
    fields = {name: getattr(kept, name) for name in LibraryEntry.__struct_fields__} | {
        "path": path,
        "preview_path": os.fsdecode(preview),
        "sha256": sha256 or "",
        "twins": tuple(twin for twin in twins if twin != path),
        "problem": _AWAY if is_away else _problem(kept),
    }
    return LibraryEntry(**fields)


def _problem(kept: _Facts) -> str:
    """As it can be said in other languages, where it was written so."""
    return kept.problem if kept.said is None else Sentence.from_data(kept.said) or kept.problem
