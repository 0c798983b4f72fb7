"""Finding adapters again that are no longer where they were: by their names, then by what is in
them. Touches the disk: not for the GUI thread."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from loraviewer.core.folders import is_weight_file, walk

_MOST_PLACES = 400
"""Folders that are looked into, of each that is named."""
_MOST_FILES = 4_000
_MOST_STRANGERS = 64
"""Files of other names that are hashed, and how large they may be together."""
_MOST_STRANGE_BYTES = 4 << 30


def find_adapters(
    wanted: Mapping[str, str], folders: Iterable[Path], hash_of: Callable[[Path], str]
) -> dict[str, Path]:
    """sha256 → where it is now, of those that are found. wanted: sha256 → the file's name.
    hash_of: "" for what is no adapter; it may remember."""
    files = list(islice(dict.fromkeys(_weights(folders)), _MOST_FILES))
    names = set(wanted.values())
    found: dict[str, Path] = {}
    for path in (*(p for p in files if p.name in names), *_strangers(files, names)):
        if len(found) == len(wanted):
            break
        sha256 = hash_of(path)
        if sha256 in wanted:
            found.setdefault(sha256, path)
    return found


def _weights(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in dict.fromkeys(folders):
        for place in islice(walk(folder), _MOST_PLACES):
            yield from (place.path / name for name in place.files if is_weight_file(name))


def _strangers(files: Iterable[Path], names: set[str]) -> Iterator[Path]:
    """The smallest first: adapters are small beside bases."""
    sizes = sorted((_size(path), path) for path in files if path.name not in names)
    total = 0
    for size, path in sizes[:_MOST_STRANGERS]:
        total += size
        if total > _MOST_STRANGE_BYTES:
            return
        yield path


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
