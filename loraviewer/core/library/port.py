"""The library as the window knows it: an index on disk of files that others may change any time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from loraviewer.core.cancel import CancelToken
from loraviewer.core.library.entries import LibraryEntry, LibraryNote
from loraviewer.core.library.queries import LibraryQuery


class KnownFolder(msgspec.Struct, frozen=True):
    """A folder of weights that another program keeps, found where it usually is. `program`: its
    name, as in ComfyUI."""

    path: str
    program: str


class FolderCount(msgspec.Struct, frozen=True):
    """How many weight files lie in a folder and below; at least so many where `is_all` is False:
    counting has its bounds."""

    files: int
    is_all: bool = True


class UnreadFolder(msgspec.Struct, frozen=True):
    """`problem`: one sentence with the reason."""

    path: str
    problem: str


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """How far a scan is. `files`: weight files seen; `read`: those whose headers were read, since
    they are new or changed; `gone` and `moved`: counted at the end. `unread`: folders that cannot
    be read, the first of them, told at the end; `unread_count`: how many there are."""

    files: int = 0
    read: int = 0
    moved: int = 0
    gone: int = 0
    unread: tuple[UnreadFolder, ...] = ()
    unread_count: int = 0
    is_done: bool = False


class LibraryPort(Protocol):
    """Any thread but where it says otherwise; questions are answered from the index alone, in
    milliseconds, also while another thread scans. Raises `FileError` where the index cannot be
    used; it is made anew where it is damaged."""

    def folders(self) -> tuple[str, ...]:
        """Those that are looked through, as they were added."""
        ...

    def add_folder(self, path: str) -> None:
        """Raises `FileError` where there is none."""
        ...

    def drop_folder(self, path: str) -> None:
        """Forget it and what lies in it; no file is touched, notes are kept."""
        ...

    def known_folders(self) -> Sequence[KnownFolder]:
        """Of other programs, those that exist and are not looked through yet. Touches the disk."""
        ...

    def count_files(self, path: str, token: CancelToken) -> FolderCount:
        """Names alone, of a folder that may belong to no library; bounded. Touches the disk. Raises
        `Cancelled`."""
        ...

    def scan(
        self, token: CancelToken, on_progress: Callable[[Scanned], None] = lambda told: None
    ) -> Scanned:
        """Bring the index up to date with all folders: headers of new and changed files are read.
        Files that are gone are forgotten, but not those of a folder that is away as a whole, as
        of a drive that is not connected, or of one that cannot be read: they have a `problem`
        until it is back. Not for the GUI
        thread. Raises `Cancelled`; what was read stays."""
        ...

    def hash_some(self, token: CancelToken, most_bytes: int) -> int:
        """Hash files that are not hashed yet, small ones first, until so many bytes are read; how
        many are left. Not for the GUI thread."""
        ...

    def search(self, query: LibraryQuery) -> Sequence[str]:
        """Paths in their order."""
        ...

    def directories(self) -> Sequence[str]:
        """Those that hold files, the upper ones first."""
        ...

    def entry(self, path: str) -> LibraryEntry | None: ...

    def entries(self, paths: Sequence[str]) -> Sequence[LibraryEntry]:
        """Of those that are still known, in the same order."""
        ...

    def set_note(self, path: str, note: LibraryNote) -> None:
        """By its content, so the file is hashed first where it is not: not for the GUI thread."""
        ...

    def notes(self) -> dict[str, LibraryNote]:
        """sha256 → note, all of them; to be exported."""
        ...

    def take_notes(self, notes: dict[str, LibraryNote]) -> int:
        """From an export: those of files that have none here; how many came."""
        ...
