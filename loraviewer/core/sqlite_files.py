"""Indexes in sqlite that may be thrown away: all that they hold can be found again."""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec


def prepare(database: sqlite3.Connection, tables: Iterable[str]) -> None:
    """tables: statements that make what is not there yet."""
    database.execute("PRAGMA journal_mode = WAL")  # readers never wait for a writer
    database.execute("PRAGMA synchronous = OFF")  # what a crash of the machine breaks is made anew
    for statement in tables:
        database.execute(statement)


def is_damage(error: Exception) -> bool:
    """And not a matter of locks, rights or room, which another time may be otherwise. A table of
    other columns is damage too, where the name of the file says which ones it has."""
    if not isinstance(error, sqlite3.OperationalError):  # a damaged text makes no sentence, even
        unread = UnicodeDecodeError | msgspec.MsgspecError
        return isinstance(error, sqlite3.DatabaseError | unread)
    # A value that should be text and is none has no code.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) == sqlite3.SQLITE_ERROR


def throw_away(path: Path) -> None:
    """With what sqlite keeps beside it; nothing where it is not there."""
    for suffix in ("", "-wal", "-shm"):
        with suppress(OSError):
            os.unlink(f"{path}{suffix}")
