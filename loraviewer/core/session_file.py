"""Session files on disk: read whole and checked, written whole or not at all."""

from pathlib import Path

from loraviewer.core.atomic import new_file
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import read_regular
from loraviewer.core.sentences import say
from loraviewer.core.session import BadSession, Session, from_text, to_text
from loraviewer.core.session_places import SessionPlaces
from loraviewer.core.system_reasons import reason_of

_MOST_BYTES = 16 << 20


def read_session(path: Path, places: SessionPlaces) -> Session:
    """`FileError` says what is wrong with the file."""
    try:
        return from_text(read_regular(path, _MOST_BYTES), places)
    except FileNotFoundError as error:
        raise FileError(
            say("“{path}” is no longer there; choose another session.", path=str(path))
        ) from error
    except OSError as error:
        raise FileError(
            say("“{path}” cannot be read: {why}.", path=str(path), why=reason_of(error))
        ) from error
    except BadSession as problem:
        raise FileError(
            say("“{path}” {trouble}.", path=str(path), trouble=problem.message)
        ) from problem


def stamp_of(path: Path) -> str:
    """Tells a file from what it was before somebody wrote it; "" where there is none."""
    try:
        facts = path.stat()
    except OSError:
        return ""
    return f"{facts.st_mtime_ns}-{facts.st_size}"


def write_session(path: Path, session: Session, places: SessionPlaces) -> None:
    """Raises `FileError`."""
    try:
        text = to_text(session, places)
    except BadSession as problem:
        raise FileError(
            say("“{path}” {trouble}.", path=str(path), trouble=problem.message)
        ) from problem
    with new_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
