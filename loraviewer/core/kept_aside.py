"""Files of a person that cannot be read for what they are: kept before they are written over."""

import os
from pathlib import Path

from loraviewer.core.atomic import new_file
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import read_regular

_MOST_KEPT = 100


def kept_aside(path: Path, data: bytes) -> str:
    """The name beside `path` under which its bytes are kept, now or since an earlier time; ""
    where they cannot be."""
    for number in range(1, _MOST_KEPT + 1):
        aside = path.with_suffix(f".unreadable{'' if number == 1 else f'-{number}'}.json")
        if _holds(aside, data):
            return aside.name
        if not os.path.lexists(aside):
            return aside.name if _is_written(aside, data) else ""
    return ""


def _is_written(path: Path, data: bytes) -> bool:
    try:
        with new_file(path) as temporary:
            temporary.write_bytes(data)
    except FileError:
        return False
    return True


def _holds(path: Path, data: bytes) -> bool:
    try:
        return read_regular(path, len(data)) == data
    except (OSError, FileError):
        return False
