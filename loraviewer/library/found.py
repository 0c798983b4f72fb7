"""What lies below a folder: weight files, pipelines, and how to tell that they changed."""

import hashlib
import os
import stat
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from loraviewer import __version__
from loraviewer.core.adapter_paths import PEFT_CONFIG, PIPELINE_INDEX, adapter_file
from loraviewer.core.folders import OnUnread, Place, walk
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of
from loraviewer.core.weight_search import SUFFIXES, loose_weights

_SUFFIXES = (*SUFFIXES, ".bin")
"""Here also what PyTorch calls its pickles: people look for them."""


class FoundFile(NamedTuple):
    """A weight file, the folder of a pipeline, or that of an adapter which has a `problem`.

    `beside`: names in its folder that begin as its own does. `state`: changes with the file, with
    what lies beside it, and with the version of the program, which may read it otherwise.
    `identity`: stays when it is moved."""

    path: str
    size_bytes: int = 0
    modified_ns: int = 0
    identity: str = ""
    state: str = ""
    beside: tuple[str, ...] = ()
    is_pipeline: bool = False
    problem: str = ""


def files_below(
    folder: Path, on_unread: OnUnread = lambda path, reason: None
) -> Iterator[FoundFile]:
    """Of `folder` and all below it. What goes meanwhile is passed over, and so are folders that
    cannot be read, of which `on_unread` is told."""
    for place in walk(folder, on_unread):
        if PIPELINE_INDEX in place.files:
            place.folders.clear()
            yield _pipeline(place.path)
            continue
        for path in loose_weights(place, suffixes=_SUFFIXES):
            yield _found(path, place)


def _found(path: Path, place: Place) -> FoundFile:
    if path == place.path:
        try:
            path = adapter_file(path)
        except FileError as error:
            return FoundFile(str(path), state=_state([error.message]), problem=error.message)
    beside = _beside(path, place.files)
    try:
        facts = path.stat()
    except OSError as error:
        problem = say("“{path}” cannot be read: {why}.", path=str(path), why=reason_of(error))
        return FoundFile(str(path), state=_state([problem]), problem=problem)
    others = [name for name in beside if name != path.name]
    if PEFT_CONFIG in place.files:
        others.append(PEFT_CONFIG)
    identity = _identity(facts)
    state = _state([identity, *(_stamp(place.path / name) for name in others)])
    return FoundFile(str(path), facts.st_size, facts.st_mtime_ns, identity, state, beside)


def _beside(path: Path, names: Sequence[str]) -> tuple[str, ...]:
    """Of sorted names."""
    start = f"{path.stem}."
    at = end = bisect_left(names, start)
    while end < len(names) and names[end].startswith(start):
        end += 1
    return tuple(names[at:end])


def identity_of(path: Path) -> str:
    """Of a file that was found, now; "" where it is gone."""
    if os.path.isdir(path):
        return _pipeline(path).identity
    facts = _facts(path)
    return _identity(facts) if facts else ""


def _identity(facts: os.stat_result) -> str:
    return f"{facts.st_size} {facts.st_mtime_ns} {facts.st_ino}"


def _pipeline(folder: Path) -> FoundFile:
    """As large as all its files, as new as the newest."""
    facts = [(name, _facts(name)) for place in walk(folder) for name in _paths(place)]
    size = sum(f.st_size for _, f in facts if f)
    modified_ns = max((f.st_mtime_ns for _, f in facts if f), default=0)
    stamps = [_stamp(name, f) for name, f in facts]
    own = _facts(folder)
    identity = f"{size} {modified_ns} {own.st_ino if own else 0}"
    return FoundFile(str(folder), size, modified_ns, identity, _state(stamps), is_pipeline=True)


def _paths(place: Place) -> Iterator[Path]:
    return (place.path / name for name in place.files)


def _facts(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _stamp(path: Path, facts: os.stat_result | None = None) -> str:
    facts = facts or _facts(path)
    if facts is None or not stat.S_ISREG(facts.st_mode):
        return path.name
    return f"{path.name} {facts.st_size} {facts.st_mtime_ns}"


def _state(parts: Sequence[str]) -> str:
    text = "\n".join((__version__, *parts)).encode("utf-8", "backslashreplace")
    return hashlib.blake2b(text, digest_size=16).hexdigest()
