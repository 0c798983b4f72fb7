"""Where the files of a session lie, so that it opens again: on this machine by their paths, in a
folder that was moved by the way from the session's file, and of the demo by their names."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from loraviewer.core.plain_values import is_array, is_table

_DEMO = "demo:"
_RELATIVE = "relative"
_BESIDE = 1
"""How many folders up the way from a session to its files may lead."""


class SessionPlaces:
    """Changes tables of a session, decoded JSON, which name a file: those with a `path` and the
    hash of what lies there."""

    def __init__(self, demos: Mapping[str, str], folder: Path | None = None) -> None:
        """demos: name → path of the bundled adapters. folder: of the session's file; None where
        files are only known by their full paths."""
        self._demos = demos
        self._names = {path: name for name, path in demos.items()}
        self._folder = Path(os.path.abspath(folder)) if folder is not None else None
        self._root = Path(self._folder.anchor) if self._folder else None
        """Everything lies beside what lies right in it."""

    def store(self, plain: Any) -> None:
        """Name the files in a way that survives moving them together."""
        for table in _places(plain):
            path = table["path"]
            if path in self._names:
                table["path"] = _DEMO + self._names[path]
            elif relative := self._way_to(path):
                table[_RELATIVE] = relative

    def find(self, raw: Any) -> None:
        """Full paths again: the way from the session's file first, where something lies there."""
        for table in _places(raw):
            relative = table.pop(_RELATIVE, None)
            path = table["path"]
            if path.startswith(_DEMO):
                table["path"] = self._demos.get(path.removeprefix(_DEMO), path)
            elif self._folder is not None and isinstance(relative, str) and relative:
                there = os.path.normpath(self._folder / relative)
                table["path"] = there if os.path.exists(there) else path

    def _way_to(self, path: str) -> str:
        """With slashes, also on Windows; "" where the file lies elsewhere."""
        if self._folder is None or not os.path.isabs(path):
            return ""
        try:
            way = Path(os.path.relpath(path, self._folder))
        except ValueError:  # on another drive
            return ""
        is_beside = way.parts.count("..") <= _BESIDE and self._folder.parent != self._root
        is_near = is_beside or ".." not in way.parts
        return str(PurePosixPath(*way.parts)) if is_near else ""


def _places(plain: Any) -> Iterator[dict[str, Any]]:
    left = [plain]
    while left:
        value = left.pop()
        if is_table(value):
            if isinstance(value.get("path"), str) and ("sha256" in value or "identity" in value):
                yield value
            left += value.values()
        elif is_array(value):
            left += value
