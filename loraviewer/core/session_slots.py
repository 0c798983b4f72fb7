"""Where running studios keep what is open in them: each in a slot of its own, which a lock holds
until its process ends, however it ends.

A slot is `N.lvsession` with the state before it in `N.bak`. What gave way to another session lies
beside the slots, in a file of its own for a while.
"""

import contextlib
import filecmp
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from loraviewer.core.atomic import new_file
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import going_on, say, together
from loraviewer.core.session import SUFFIX, Session
from loraviewer.core.session_file import read_session, write_session
from loraviewer.core.session_places import SessionPlaces
from loraviewer.core.system_reasons import reason_of

_MOST_SLOTS = 256
_MOST_FREE = 5
"""Slots of studios that ended, beside those of running ones."""
MOST_SET_ASIDE = 5
_ASIDE = "aside-"


class Restored(NamedTuple):
    """What a slot held. `session`: None for nothing that can be read. `saved_at`: seconds since the
    epoch. `complaint`: a sentence about what was damaged; "" where nothing was."""

    session: Session | None = None
    saved_at: float = 0.0
    complaint: str = ""


class SetAside(NamedTuple):
    """A session that gave way to another one. `saved_at`: seconds since the epoch."""

    path: Path
    saved_at: float


class _Lock(Protocol):
    def release(self) -> None: ...


class SessionSlot:
    """One studio's; used by one thread at a time."""

    def __init__(self, folder: Path, number: int, places: SessionPlaces, lock: _Lock) -> None:
        self._path = folder / f"{number}{SUFFIX}"
        self._before = folder / f"{number}.bak"
        self._places = places
        self._lock = lock

    @property
    def path(self) -> Path:
        return self._path

    def read(self) -> Restored:
        """The newest state that is whole; damaged ones are put aside under another name."""
        complaints: list[str] = []
        for path in (self._path, self._before):
            if not os.path.lexists(path):
                continue
            try:
                session = read_session(path, self._places)
                return Restored(session, _changed_at(path), _complaint(complaints))
            except FileError as error:
                aside = _put_aside(path)
                complaints.append(
                    say(
                        "{trouble}; it is kept as “{name}”.",
                        trouble=going_on(error.message),
                        name=aside,
                    )
                    if aside
                    else error.message
                )
        return Restored(None, 0.0, together(complaints))

    def write(self, session: Session) -> None:
        """Whole or not at all, and what was there before is kept. Raises `FileError`."""
        if self._path.is_file():
            with new_file(self._before) as temporary:
                _link(self._path, temporary)
        write_session(self._path, session, self._places)

    def release(self) -> None:
        self._lock.release()


class SessionSlots:
    """A folder of slots. Nothing is touched before one is taken."""

    def __init__(self, folder: Path, demos: Mapping[str, str]) -> None:
        """demos: name → path of the bundled adapters."""
        self._folder = folder
        self._places = SessionPlaces(demos)

    def take(self, *, is_fresh: bool = False) -> SessionSlot:
        """The newest that no running studio holds; an empty one where there is none, and for
        `is_fresh`. Others are dropped beyond a few. Raises `FileError`."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(
                say(
                    "“{path}” cannot be written ({why}); what you do is only kept where you "
                    "save it as a session.",
                    path=str(self._folder),
                    why=reason_of(error),
                )
            ) from error
        slot = next(self._free([] if is_fresh else self._used()), None)
        slot = slot or next(self._free(self._unused()), None)
        if slot is None:
            raise FileError(
                say(
                    "“{path}” lets no studio keep anything; empty it, or save what you do as a "
                    "session.",
                    path=str(self._folder),
                )
            )
        self._prune()
        return slot

    def set_aside(self, session: Session, saved_at: float = 0.0) -> Path:
        """Keep a session that gives way to another one. saved_at: when it was open, in seconds
        since the epoch, 0 for now. Raises `FileError`."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        path = self._folder / f"{_ASIDE}{stamp}-{uuid.uuid4().hex[:6]}{SUFFIX}"
        write_session(path, session, self._places)
        if saved_at:
            with contextlib.suppress(OSError):
                os.utime(path, (saved_at, saved_at))
        others = [one.path for one in self.all_set_aside() if one.path != path]
        equal = [one for one in others if _holds_the_same(one, path)]
        left = [one for one in others if one not in equal]
        for old in (*equal, *left[MOST_SET_ASIDE - 1 :]):
            _remove(old)
        return path

    def all_set_aside(self) -> list[SetAside]:
        """Newest first."""
        found = [p for p in self._files() if p.name.startswith(_ASIDE) and p.suffix == SUFFIX]
        return sorted(
            (SetAside(path, _changed_at(path)) for path in found),
            key=lambda one: (one.saved_at, one.path.name),
            reverse=True,
        )

    def read_set_aside(self, path: Path) -> Session:
        """Raises `FileError`."""
        return read_session(path, self._places)

    # -- numbers --------------------------------------------------------------------------

    def _used(self) -> list[int]:
        """Of slots that hold something, newest first."""
        newest: dict[int, float] = {}
        for path in self._files():
            if path.stem.isdecimal() and path.suffix in (SUFFIX, ".bak"):
                number = int(path.stem)
                newest[number] = max(newest.get(number, 0.0), _changed_at(path))
        return sorted(newest, key=lambda number: newest[number], reverse=True)

    def _unused(self) -> list[int]:
        used = set(self._used())
        return [number for number in range(1, _MOST_SLOTS) if number not in used]

    def _free(self, numbers: Sequence[int]) -> Iterator[SessionSlot]:
        for number in numbers:
            lock = self._locked(number)
            if lock is not None:
                yield SessionSlot(self._folder, number, self._places, lock)

    def _locked(self, number: int) -> _Lock | None:
        """None where a studio holds it, or its lock cannot be made."""
        from filelock import FileLock, Timeout  # not needed to start

        lock = FileLock(self._folder / f"{number}.lock")
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            return None
        return lock

    def _prune(self) -> None:
        """Locks stay: to remove one that somebody is about to take would give it to two."""
        for number in self._used()[_MOST_FREE + 1 :]:
            lock = self._locked(number)
            if lock is not None:
                for suffix in (SUFFIX, ".bak"):
                    _remove(self._folder / f"{number}{suffix}")
                lock.release()

    def _files(self) -> list[Path]:
        try:
            return list(self._folder.iterdir())
        except OSError:
            return []


def _complaint(complaints: Sequence[str]) -> str:
    if not complaints:
        return ""
    return together((*complaints, say("The state just before it is taken instead.")))


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _put_aside(path: Path) -> str:
    """Its name from now on; "" where it had to stay."""
    for number in range(1, _MOST_SLOTS):
        aside = path.with_name(f"{path.name}.damaged-{number}")
        if not os.path.lexists(aside):
            with contextlib.suppress(OSError):
                path.rename(aside)
                return aside.name
            return ""
    return ""


def _holds_the_same(one: Path, other: Path) -> bool:
    """Who goes back and forth between two sessions must not push out all others."""
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False


def _link(source: Path, target: Path) -> None:
    """A second name for the same bytes, where the disk has such; else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
