"""Notes of the library as one file of JSON: by content, so that they count on any machine."""

from pathlib import Path

import msgspec

from loraviewer.core.atomic import new_file
from loraviewer.core.encodable import encode_json
from loraviewer.core.library.entries import LibraryNote
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import read_regular
from loraviewer.core.sentences import say

_VERSION = 1
_MOST_BYTES = 64_000_000


class NoteFile(msgspec.Struct, frozen=True, kw_only=True):
    """`notes`: sha256 → note."""

    loraviewer_notes: int
    notes: dict[str, LibraryNote]


def write_notes(path: Path, notes: dict[str, LibraryNote]) -> int:
    """How many there are. Raises `FileError`."""
    kept = {sha256: note for sha256, note in sorted(notes.items()) if not note.is_empty}
    content = encode_json(NoteFile(loraviewer_notes=_VERSION, notes=kept))
    with new_file(path) as temporary:
        temporary.write_bytes(msgspec.json.format(content, indent=2))
    return len(kept)


def read_notes(path: Path) -> dict[str, LibraryNote]:
    """Raises `FileError` and `OSError`."""
    try:
        found = msgspec.json.decode(read_regular(path, _MOST_BYTES), type=NoteFile)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        words = say(
            "“{path}” holds no notes of loraviewer; choose a file that was exported here.",
            path=str(path),
        )
        raise FileError(words) from error
    if found.loraviewer_notes > _VERSION:
        words = say(
            "“{path}” was written by a newer loraviewer; update this one first.", path=str(path)
        )
        raise FileError(words)
    return found.notes
