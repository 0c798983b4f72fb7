"""Walking the folders of people: links to folders are followed, each folder is seen once, and what
systems leave beside files is passed over."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from loraviewer.core.system_reasons import reason_of

_COMPANION = "._"
"""How names begin in which macOS keeps a file's attributes on drives that cannot hold them."""
_WEIGHTS = ".safetensors"


class Place(NamedTuple):
    """A folder and the names in it, sorted. What is taken out of `folders` is not walked."""

    path: Path
    folders: list[str]
    files: list[str]


OnUnread = Callable[[Path, str], object]
"""Is told of a folder that cannot be read, with the system's reason."""


def walk(folder: Path, on_unread: OnUnread = lambda path, reason: None) -> Iterator[Place]:
    """`folder` and all below it, hidden ones left out. What cannot be read is passed over, and
    `on_unread` is told; what is gone meanwhile is just gone.

    A folder that several ways lead to is seen on the one without links, whichever comes first; so
    links in a circle end.
    """
    seen: set[tuple[int, int]] = set()
    left, links = deque([folder]), deque[Path]()
    while left or links:
        path = left.popleft() if left else links.popleft()
        place, linked = _place(path, seen, on_unread)
        if place is None:
            continue
        yield place
        for name in place.folders:
            (links if name in linked else left).append(path / name)


def is_companion(name: str) -> bool:
    """Whether a name is that of macOS's notes on a file, `._x.safetensors`, which hold nothing of
    what their suffix says."""
    return name.startswith(_COMPANION)


def is_weight_file(name: str) -> bool:
    """Whether a file of this name holds weights, as far as a name tells."""
    return name.lower().endswith(_WEIGHTS) and not is_companion(name)


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files right in a folder, by name; none where it cannot be read."""
    try:
        names = sorted(os.listdir(folder))
    except (OSError, ValueError):  # names in files of strangers may hold anything, a NUL too
        return []
    return [folder / name for name in names if is_weight_file(name)]


def _place(
    path: Path, seen: set[tuple[int, int]], on_unread: OnUnread
) -> tuple[Place | None, set[str]]:
    """A folder that was not seen yet, and which of its folders are links."""
    try:
        facts = os.stat(path)
        if (facts.st_dev, facts.st_ino) in seen:
            return None, set()
        seen.add((facts.st_dev, facts.st_ino))
        with os.scandir(path) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
    except (FileNotFoundError, ValueError):
        return None, set()
    except OSError as error:
        on_unread(path, reason_of(error))
        return None, set()
    inner = [entry for entry in entries if _is_folder(entry)]
    folders = [entry for entry in inner if not entry.name.startswith(".")]
    names = {entry.name for entry in inner}
    files = [e.name for e in entries if e.name not in names and not is_companion(e.name)]
    linked = {entry.name for entry in folders if entry.is_symlink()}
    return Place(path, [entry.name for entry in folders], files), linked


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
