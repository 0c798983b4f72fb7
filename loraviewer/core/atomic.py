"""Files and folders that appear complete or not at all."""

import contextlib
import errno
import os
import re
import shutil
import socket
import uuid
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from loraviewer.core.outcome import FileError
from loraviewer.core.plain_values import is_array
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of

_PREFIX, _SUFFIX = ".loraviewer-", ".part"


@contextmanager
def new_file(out: Path) -> Generator[Path]:
    """A temporary path in the folder of `out`, renamed to it when the block ends well.

    A link is followed, never replaced; a file that is replaced leaves its rights to the new one.
    """
    target, temporary = _places(out)
    try:
        yield temporary
        _flush(temporary)
        if target.exists():
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except OSError as error:
        raise _not_written(out, error) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def new_folder(out: Path) -> Generator[Path]:
    """As `new_file`, for a folder; an existing one must be empty."""
    if os.path.exists(out) and (not os.path.isdir(out) or any(out.iterdir())):
        raise FileError(
            say("“{path}” already exists; choose another name or remove it.", path=str(out))
        )
    target, temporary = _places(out)
    try:
        yield temporary
        os.replace(temporary, target)
    except (OSError, shutil.Error) as error:
        raise _not_written(out, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_place(out: Path, needed_bytes: int = 0) -> None:
    """What would fail after minutes of work is better told at once: a folder that is not there or
    does not let us, a name that is too long, too little room. Raises `FileError`."""
    target, temporary = _places(out)
    try:
        with contextlib.suppress(FileNotFoundError):
            target.lstat()  # a name may be too long
        temporary.touch()
        free = shutil.disk_usage(target.parent).free
    except OSError as error:
        raise _not_written(out, error) from error
    finally:
        temporary.unlink(missing_ok=True)
    if needed_bytes > free:
        needed, left = needed_bytes / 1e9, free / 1e9
        raise FileError(
            say(
                "“{path}” needs {needed:.1f} GB, and only {left:.1f} GB are free there.",
                path=str(out),
                needed=needed,
                left=left,
            )
        )


def _places(out: Path) -> tuple[Path, Path]:
    """What `out` leads to, and a name beside it that nothing has yet: short, and telling which
    process it is of."""
    target = Path(os.path.realpath(out))
    if not os.path.isdir(target.parent):
        raise FileError(
            say(
                "“{path}”: the folder {folder} does not exist; create it first.",
                path=str(out),
                folder=str(target.parent),
            )
        )
    clear_leftovers(target.parent)
    name = f"{_own_prefix()}{os.getpid()}-{uuid.uuid4().hex[:8]}{_SUFFIX}"
    return target, target.parent / name


def clear_leftovers(folder: Path) -> None:
    """What processes of this machine left that were killed while they wrote."""
    own = _own_prefix()
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(folder)):
            if not (entry.name.startswith(own) and entry.name.endswith(_SUFFIX)):
                continue
            process = entry.name.removeprefix(own).partition("-")[0]
            if process.isdecimal() and len(process) < 10 and not _is_running(int(process)):
                _remove(entry)


def _own_prefix() -> str:
    """Folders may be shared between machines, and numbers of processes are only one machine's."""
    return f"{_PREFIX}{zlib.crc32(socket.gethostname().encode()):08x}-"


def _is_running(process: int) -> bool:
    import psutil

    return psutil.pid_exists(process)


def _remove(entry: "os.DirEntry[str]") -> None:
    with contextlib.suppress(OSError):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            os.unlink(entry.path)


def _flush(path: Path) -> None:
    """To the disk, so that a crash of the machine leaves the old file or the new one."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _not_written(out: Path, error: OSError) -> FileError:
    return FileError(say("“{path}” cannot be written: {why}.", path=str(out), why=_reason(error)))


def _reason(error: OSError) -> str:
    """Of many files that could not be copied, the first one's."""
    if isinstance(error, shutil.Error) and error.args and is_array(error.args[0]):
        said = str(error.args[0][0][-1])
        found = re.match(r"\[Errno \d+\] ([^:]+)", said)
        return found[1] if found else said
    if error.errno == errno.ENAMETOOLONG:
        return say("its name is too long; choose a shorter one")
    return reason_of(error)
