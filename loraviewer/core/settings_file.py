"""The settings in one readable JSON file that several studios and a person's editor share."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from loraviewer.core.atomic import new_file
from loraviewer.core.encodable import encode_json
from loraviewer.core.outcome import FileError
from loraviewer.core.plain_values import is_table
from loraviewer.core.regular_files import read_regular
from loraviewer.core.settings import MOST_RECENT, Settings

_MOST_BYTES = 4 << 20
_LOCK_SECONDS = 2.0
_NOT_JSON = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


class LoadedSettings(NamedTuple):
    """`complaint` is a sentence about what could not be used; "" where everything could."""

    settings: Settings
    complaint: str = ""


class SettingsFile:
    """One studio's view of the file: it knows what this studio read and wrote, so that a save
    touches only what this studio changed since. Used by one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = Settings()

    def load(self) -> LoadedSettings:
        """Settings from the file, defaults where there is none. Never raises.

        A value that cannot be used (a newer version's, a slip of the pen) costs that one choice. A
        file that is no JSON object is kept under another name; one that cannot be read stays.
        """
        try:
            fields = self._fields()
        except FileError as error:
            return LoadedSettings(Settings(), f"{str(error).rstrip('.')}; using defaults.")
        except _NOT_JSON as error:
            kept = _keep_aside(self._path)
            said = f"Settings in “{self._path}” cannot be read ({error}); using defaults{kept}."
            return LoadedSettings(Settings(), said)
        loaded = _usable(fields, self._path)
        self._known = loaded.settings
        return loaded

    def save(self, settings: Settings) -> None:
        """Write whole or not at all; `FileError` if the folder or the file does not let us.

        What another studio changed meanwhile, and what this version does not know or could not
        use, is kept.
        """
        from filelock import FileLock, Timeout  # not needed to start

        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._path.with_suffix(".lock"), timeout=_LOCK_SECONDS):
                self._save(settings)
        except Timeout as error:
            raise FileError(
                f"“{self._path}” is being written by another studio; change the setting again."
            ) from error
        except OSError as error:
            raise FileError(
                f"“{self._path}” cannot be written: {error.strerror or error}."
            ) from error

    def _save(self, settings: Settings) -> None:
        try:
            fields = self._fields()
        except _NOT_JSON:
            _keep_aside(self._path)
            fields = {}
        merged = fields | _changes(fields, self._known, settings)
        with new_file(self._path) as temporary:
            temporary.write_bytes(msgspec.json.format(encode_json(merged)))
        self._known = settings

    def _fields(self) -> dict[str, Any]:
        """Raises `FileError` where there is something that cannot be read, `_NOT_JSON`."""
        try:
            data = read_regular(self._path, _MOST_BYTES)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise FileError(f"“{self._path}” cannot be read: {error.strerror or error}.") from error
        return msgspec.json.decode(data, type=dict[str, Any])


def _usable(fields: Mapping[str, Any], path: Path) -> LoadedSettings:
    values: dict[str, Any] = {}
    refused: list[str] = []
    for field in msgspec.structs.fields(Settings):
        if field.name in fields:
            try:
                values[field.name] = msgspec.convert(fields[field.name], type=field.type)
            except msgspec.MsgspecError:
                refused.append(field.name)
    if not refused:
        return LoadedSettings(Settings(**values))
    names = ", ".join(refused)
    return LoadedSettings(
        Settings(**values), f"“{path}” has values that cannot be used here ({names}); left out."
    )


def _changes(fields: Mapping[str, Any], known: Settings, settings: Settings) -> dict[str, Any]:
    """What to write over the fields of the file; those that it lacks as well."""
    theirs = _usable(fields, Path()).settings
    changed: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        before, ours = getattr(known, name), getattr(settings, name)
        if name not in fields:
            changed[name] = ours
        elif ours != before:
            changed[name] = _merged(before, ours, getattr(theirs, name))
    if "recent_checkpoints" in changed:
        changed["recent_checkpoints"] = changed["recent_checkpoints"][:MOST_RECENT]
    return msgspec.to_builtins(changed)


def _merged(before: Any, ours: Any, theirs: Any) -> Any:
    """Of a list or a table: our changes and theirs; of anything else, ours."""
    if isinstance(ours, tuple):
        return (*ours, *(item for item in theirs if item not in before and item not in ours))
    if is_table(ours):
        kept = {k: v for k, v in theirs.items() if k in ours or k not in before}
        return kept | {k: v for k, v in ours.items() if before.get(k) != v}
    return ours


def _keep_aside(path: Path) -> str:
    """Move an unreadable file out of the way; what to add to the sentence about it."""
    aside = path.with_suffix(".unreadable.json")
    try:
        os.replace(path, aside)
    except OSError:
        return ""
    return f", the file is kept as “{aside.name}”"
