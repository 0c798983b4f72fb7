"""The settings in one readable JSON file that several studios and a person's editor share."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from loraviewer.core.atomic import new_file
from loraviewer.core.encodable import encode_json
from loraviewer.core.json_tables import BadTable, decoded_table, mended_text
from loraviewer.core.kept_aside import kept_aside
from loraviewer.core.outcome import FileError
from loraviewer.core.plain_values import is_table
from loraviewer.core.regular_files import read_regular
from loraviewer.core.sentences import going_on, say, together
from loraviewer.core.settings import MOST_RECENT, MOST_SESSIONS, Settings
from loraviewer.core.system_reasons import reason_of

_MOST_BYTES = 4 << 20
_BOUNDED = {"recent_checkpoints": MOST_RECENT, "recent_sessions": MOST_SESSIONS}
_LOCK_SECONDS = 2.0
_NO_TEXT = say("is not saved as UTF-8, so that letters in it became “�”")


class LoadedSettings(NamedTuple):
    """`complaint` is a sentence about what could not be used; "" where everything could."""

    settings: Settings
    complaint: str = ""


class _Read(NamedTuple):
    """`damage`: what is wrong with the file, to follow its name; "" where nothing is."""

    fields: dict[str, Any]
    data: bytes = b""
    damage: str = ""


class SettingsFile:
    """One studio's view of the file: it knows what this studio read and wrote, so that a save
    touches only what this studio changed since. Used by one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = Settings()

    def load(self) -> LoadedSettings:
        """Settings from the file, defaults where there is none. Never raises.

        A value that cannot be used (a newer version's, a slip of the pen) costs that one choice,
        and a byte that is no text nothing but itself. The file stays as it is until a choice is
        saved; what would be lost then is kept under another name.
        """
        try:
            read = self._read()
        except FileError as error:
            why = going_on(error.message)
            return LoadedSettings(Settings(), say("{why}; using defaults.", why=why))
        loaded = _usable(read.fields, self._path)
        self._known = loaded.settings
        if not read.damage:
            return loaded
        aside = kept_aside(self._path, read.data)
        said: list[str] = [
            say("“{path}” {trouble}.", path=str(self._path), trouble=read.damage),
            say("The file is kept as “{name}”.", name=aside) if aside else "",
            loaded.complaint,
        ]
        return LoadedSettings(loaded.settings, together(filter(None, said)))

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
                say(
                    "“{path}” is being written by another studio; change the setting again.",
                    path=str(self._path),
                )
            ) from error
        except OSError as error:
            name = error.filename or self._path  # the lock may be what is in the way
            raise FileError(
                say(
                    "“{path}” cannot be written: {why}.",
                    path=str(name),
                    why=reason_of(error),
                )
            ) from error

    def _save(self, settings: Settings) -> None:
        read = self._read()
        if read.damage and not kept_aside(self._path, read.data):
            raise FileError(
                say(
                    "“{path}” {trouble}, and there is no room for it under another name; move "
                    "it away.",
                    path=str(self._path),
                    trouble=read.damage,
                )
            )
        merged = read.fields | _changes(read.fields, self._known, settings)
        with new_file(self._path) as temporary:
            temporary.write_bytes(msgspec.json.format(encode_json(merged)))
        self._known = settings

    def _read(self) -> _Read:
        """Raises `FileError` where there is something that cannot be read."""
        try:
            data = read_regular(self._path, _MOST_BYTES)
        except FileNotFoundError:
            return _Read({})
        except OSError as error:
            raise FileError(
                say(
                    "“{path}” cannot be read: {why}.",
                    path=str(self._path),
                    why=reason_of(error),
                )
            ) from error
        text, is_text = mended_text(data)
        try:
            fields = decoded_table(text)
        except BadTable as problem:
            return _Read({}, data, say("{trouble}; using defaults", trouble=problem.message))
        return _Read(fields, data, "" if is_text else _NO_TEXT)


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
        Settings(**values),
        say(
            "“{path}” has values that cannot be used here ({names}); left out.",
            path=str(path),
            names=names,
        ),
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
    for name, most in _BOUNDED.items():
        if name in changed:
            changed[name] = changed[name][:most]
    return msgspec.to_builtins(changed)


def _merged(before: Any, ours: Any, theirs: Any) -> Any:
    """Of a list or a table: our changes and theirs; of anything else, ours."""
    if isinstance(ours, tuple):
        return (*ours, *(item for item in theirs if item not in before and item not in ours))
    if is_table(ours):
        kept = {k: v for k, v in theirs.items() if k in ours or k not in before}
        return kept | {k: v for k, v in ours.items() if before.get(k) != v}
    return ours
