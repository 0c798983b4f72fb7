"""Other languages than English: folders of catalogues, which are JSON tables of English → the same
in that language. Placeholders in braces stay as they are."""

from pathlib import Path

import msgspec

from loraviewer.core.outcome import FileError
from loraviewer.core.resources import resource_root
from loraviewer.core.sentences import say

_TABLE = msgspec.json.Decoder(dict[str, str])


def languages_folder() -> Path:
    return resource_root() / "languages"


def known_languages() -> tuple[str, ...]:
    """Codes as "de", of those that come with the studio; English needs no catalogue."""
    return tuple(sorted(folder.name for folder in languages_folder().iterdir() if folder.is_dir()))


def read_catalogues(language: str) -> dict[str, str]:
    """All files of a language as one table. Raises `FileError` that names a damaged one."""
    table: dict[str, str] = {}
    for path in sorted((languages_folder() / language).glob("*.json")):
        try:
            table.update(_TABLE.decode(path.read_bytes()))
        except (OSError, msgspec.DecodeError) as error:
            raise FileError(
                say("“{path}” cannot be read: {why}.", path=str(path), why=str(error))
            ) from error
    return table
