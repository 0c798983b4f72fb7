"""What a person chose and wrote about their library: its folders, and notes by content. One
readable JSON file that is no cache; several studios share it, so that each change is made to what
is in it now."""

import json
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from loraviewer.core.atomic import new_file
from loraviewer.core.json_tables import BadTable, decoded_table
from loraviewer.core.kept_aside import kept_aside
from loraviewer.core.library.entries import LibraryNote
from loraviewer.core.outcome import FileError
from loraviewer.core.plain_values import is_array, is_table
from loraviewer.core.regular_files import read_regular
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of

_MOST_BYTES = 256 << 20
_LOCK_S = 10.0
_FOLDERS, _NOTES = "folders", "notes"


class Own(NamedTuple):
    """`folders`: as they were added. `notes`: sha256 → note."""

    folders: tuple[str, ...] = ()
    notes: Mapping[str, LibraryNote] = {}


class OwnFile:
    """Any thread, and several processes at once. Raises `FileError`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._state: object = None
        self._own = Own()

    def read(self) -> Own:
        """What is in the file now; nothing where there is none, or none that can be read: that one
        is kept under another name before it is written over."""
        with self._lock:
            state = _state_of(self._path)
            if state != self._state or state is None:
                self._own = _own(self._table()[0])
                self._state = state
            return self._own

    def add_folder(self, path: str) -> None:
        def add(table: dict[str, Any]) -> None:
            table[_FOLDERS] = list(dict.fromkeys((*_texts(table.get(_FOLDERS)), path)))

        self._change(add)

    def drop_folder(self, path: str) -> None:
        def drop(table: dict[str, Any]) -> None:
            table[_FOLDERS] = [one for one in _texts(table.get(_FOLDERS)) if one != path]

        self._change(drop)

    def set_note(self, sha256: str, note: LibraryNote) -> None:
        """An empty one is taken away."""

        def set_it(table: dict[str, Any]) -> None:
            notes = _inner(table)
            before = notes.pop(sha256, None)
            if not note.is_empty:
                notes[sha256] = _unknown(before) | msgspec.to_builtins(note)

        self._change(set_it)

    def take_notes(self, notes: Mapping[str, LibraryNote]) -> int:
        """Those of contents that have none yet; how many."""
        taken: list[str] = []

        def take(table: dict[str, Any]) -> None:
            here = _inner(table)
            taken.extend(sha256 for sha256, note in notes.items() if not note.is_empty)
            taken[:] = [sha256 for sha256 in taken if sha256 not in here]
            here.update({sha256: msgspec.to_builtins(notes[sha256]) for sha256 in taken})

        self._change(take)
        return len(taken)

    def _change(self, change: Callable[[dict[str, Any]], None]) -> None:
        from filelock import FileLock, Timeout  # not needed to start

        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._path.with_suffix(".lock"), timeout=_LOCK_S):
                table, damaged = self._table()
                if damaged and not kept_aside(self._path, damaged):
                    raise FileError(
                        say(
                            "“{path}” cannot be read, and there is no room for it under "
                            "another name; move it away.",
                            path=str(self._path),
                        )
                    )
                change(table)
                with new_file(self._path) as temporary:
                    temporary.write_bytes(_encoded(table))
        except Timeout as error:
            raise FileError(
                say("“{path}” is being written by another studio; try again.", path=str(self._path))
            ) from error
        except OSError as error:
            name = error.filename or self._path
            raise FileError(
                say(
                    "“{path}” cannot be written: {why}.",
                    path=str(name),
                    why=reason_of(error),
                )
            ) from error

    def _table(self) -> tuple[dict[str, Any], bytes]:
        """The file as plain JSON; and its bytes, where these are none."""
        try:
            data = read_regular(self._path, _MOST_BYTES)
        except FileNotFoundError:
            return {}, b""
        except OSError as error:
            raise FileError(
                say(
                    "“{path}” cannot be read: {why}.",
                    path=str(self._path),
                    why=reason_of(error),
                )
            ) from error
        try:
            return decoded_table(data), b""
        except BadTable:
            return {}, data


def _state_of(path: Path) -> tuple[int, int, int] | None:
    """Changes with the file, which is always written anew; None where there is none."""
    try:
        facts = os.stat(path)
    except OSError:
        return None
    return facts.st_size, facts.st_mtime_ns, facts.st_ino


def _own(table: Mapping[str, Any]) -> Own:
    """What of it can be used; the rest stays in the file."""
    notes: dict[str, LibraryNote] = {}
    raw = table.get(_NOTES)
    for sha256, plain in raw.items() if is_table(raw) else ():
        try:
            notes[sha256] = msgspec.convert(plain, type=LibraryNote)
        except msgspec.MsgspecError:
            continue
    return Own(tuple(_texts(table.get(_FOLDERS))), notes)


def _texts(raw: object) -> list[str]:
    return [one for one in raw if isinstance(one, str)] if is_array(raw) else []


def _inner(table: dict[str, Any]) -> dict[str, Any]:
    """The notes in a table, there from now on."""
    if not is_table(table.get(_NOTES)):
        table[_NOTES] = {}
    return table[_NOTES]


def _unknown(before: object) -> dict[str, Any]:
    """What a newer version wrote into a note besides."""
    known = LibraryNote.__struct_fields__
    return {k: v for k, v in before.items() if k not in known} if is_table(before) else {}


def _encoded(table: Mapping[str, Any]) -> bytes:
    """Names of folders need not be text: bytes that are none stand as JSON's escapes."""
    text = json.dumps(table, ensure_ascii=False, indent=2)
    return f"{text}\n".encode("utf-8", "backslashreplace")
