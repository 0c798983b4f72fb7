"""Files and folders that appear complete or not at all."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loraviewer.core.outcome import FileError


@contextmanager
def new_file(out: Path) -> Iterator[Path]:
    """A temporary path in the folder of `out`, renamed to it when the block ends well."""
    temporary = _sibling(out)
    try:
        yield temporary
        os.replace(temporary, out)
    except OSError as error:
        raise _not_written(out, error) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """As `new_file`, for a folder; an existing one must be empty."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileError(f"“{out}” already exists; choose another name or remove it.")
    temporary = _sibling(out)
    try:
        yield temporary
        os.replace(temporary, out)
    except (OSError, shutil.Error) as error:
        raise _not_written(out, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _sibling(out: Path) -> Path:
    """A name beside `out` that nothing has yet."""
    if not out.parent.is_dir():
        raise FileError(f"The folder “{out.parent}” does not exist; create it first.")
    return out.parent / f".{out.name}.{uuid.uuid4().hex[:8]}.part"


def _not_written(out: Path, error: OSError) -> FileError:
    return FileError(f"“{out}” cannot be written: {error.strerror or error}.")
