"""Opening what a person points at: ordinary files only, small ones whole.

A pipe would wait for a writer for ever, a device such as /dev/zero would never end.
"""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import say

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: Path, buffering: int = -1) -> BinaryIO:
    """For reading. `FileError` for anything but an ordinary file; `OSError` as `open` raises."""
    try:
        handle = os.open(path, _FLAGS)
    except ValueError as error:  # a NUL in its name, or half a letter
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            what = (
                say("a folder")
                if stat.S_ISDIR(os.fstat(handle).st_mode)
                else say("no ordinary file")
            )
            raise FileError(say("“{path}” is {what}; choose a file.", path=str(path), what=what))
        return os.fdopen(handle, "rb", buffering)
    except BaseException:
        os.close(handle)
        raise


def read_regular(path: Path, most_bytes: int) -> bytes:
    """All of an ordinary file of at most so many bytes. Raises `FileError` and `OSError`."""
    with open_regular(path) as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise FileError(
            say(
                "“{path}” is too large: it may have {most_bytes:,} bytes.",
                path=str(path),
                most_bytes=most_bytes,
            )
        )
    return data
