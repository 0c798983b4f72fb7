"""The files behind the adapters that a picture names: by content, and else by name.

Hashes of files that were read before are remembered; of those that were not, only the likely ones
are read at once, and others as far as a budget goes.
"""

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import msgspec

from loraviewer.adapters.about.metadata import embedded_hashes
from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.adapters.files.header import read_header
from loraviewer.core.adapter_paths import adapter_name
from loraviewer.core.cancel import CancelToken
from loraviewer.core.folders import walk, weight_files
from loraviewer.core.foreign.found import AdapterPlaces, FoundAdapter
from loraviewer.core.foreign.picture import ForeignAdapter
from loraviewer.core.outcome import LoraviewerError
from loraviewer.core.resources import absolute_path

BUDGET_BYTES = 4 << 30
"""Of files that are read only because they might be the one."""
_MOST_FOLDERS, _MOST_FILES = 400, 4_000


class _Place(msgspec.Struct, frozen=True):
    """`tier`: the smaller, the nearer. `sha256`: "" where it was not read yet."""

    path: Path
    tier: int
    sha256: str = ""


class AdapterFinder:
    """Touches the disk: not for the GUI thread. Raises `Cancelled`."""

    def __init__(
        self,
        places: AdapterPlaces,
        cache: HashCache,
        token: CancelToken,
        budget_bytes: int = BUDGET_BYTES,
    ) -> None:
        self._cache = cache
        self._token = token
        self._left_bytes = budget_bytes
        self._places = list(_all_places(places))
        self._hashes: dict[Path, tuple[str, ...]] = {}
        self._labels: dict[Path, tuple[str, ...]] = {}

    def find(self, adapter: ForeignAdapter) -> FoundAdapter:
        likely = [place for place in self._places if _is_called(place.path, adapter.name)]
        own = [_Place(Path(adapter.path), 0)] if os.path.isfile(adapter.path) else []
        others = [p for p in self._places if p not in likely] if adapter.hashes else []
        for place in (*own, *likely):
            if self._is_same(adapter, self._read(place)):
                return self._found(adapter, place, is_same=True)
        for place in others:
            if self._is_same(adapter, self._known(place)):
                return self._found(adapter, place, is_same=True)
        for place in self._affordable(others):
            if self._is_same(adapter, self._read(place)):
                return self._found(adapter, place, is_same=True)
        return self._by_name(adapter, [*own, *likely])

    def _by_name(self, adapter: ForeignAdapter, likely: list[_Place]) -> FoundAdapter:
        """In the nearest place that has any; copies of one file are one."""
        readable = [place for place in likely if self._read(place)]
        nearest = min((place.tier for place in readable), default=0)
        near = {self._read(p)[0]: p for p in reversed(readable) if p.tier == nearest}
        if len(near) == 1:
            return self._found(adapter, next(iter(near.values())), is_same=False)
        others = tuple(str(place.path) for place in near.values())
        return FoundAdapter(adapter=adapter, others=tuple(sorted(others)))

    def _found(self, adapter: ForeignAdapter, place: _Place, *, is_same: bool) -> FoundAdapter:
        sha256 = (self._read(place) or (place.sha256,))[0]
        return FoundAdapter(
            adapter=adapter,
            path=absolute_path(str(place.path)),
            sha256=sha256,
            by="content" if is_same else "name",
            is_changed=bool(adapter.hashes) and not is_same,
        )

    def _is_same(self, adapter: ForeignAdapter, own: Iterable[str]) -> bool:
        return any(known.startswith(digits) for digits in adapter.hashes for known in own)

    def _read(self, place: _Place) -> tuple[str, ...]:
        """Hashes of the whole file, of what follows its header, and what it says itself; () where
        it cannot be read."""
        if place.path not in self._hashes:
            self._hashes[place.path] = self._computed(place.path)
        return self._hashes[place.path]

    def _computed(self, path: Path) -> tuple[str, ...]:
        try:
            header = read_header(path)
            found = self._cache.hashes(path, header.data_offset, self._token)
        except LoraviewerError:
            return ()
        return found.sha256, found.data_sha256, *embedded_hashes(header.metadata).values()

    def _known(self, place: _Place) -> tuple[str, ...]:
        """Without reading more than the header."""
        if place.path in self._hashes or place.sha256:
            return self._hashes.get(place.path, (place.sha256,))
        if place.path not in self._labels:
            self._labels[place.path] = self._remembered(place.path)
        return self._labels[place.path]

    def _remembered(self, path: Path) -> tuple[str, ...]:
        self._token.raise_if_cancelled()
        try:
            known = self._cache.known(path)
            labels = tuple(embedded_hashes(read_header(path).metadata).values())
        except LoraviewerError:
            return ()
        return (known.sha256, known.data_sha256, *labels) if known else labels

    def _affordable(self, places: list[_Place]) -> Iterator[_Place]:
        """Small ones first, and only while the budget lasts."""
        sizes = {place: _size_bytes(place.path) for place in places if not place.sha256}
        for place in sorted(sizes, key=sizes.__getitem__):
            if place.path not in self._hashes:
                self._left_bytes -= sizes[place]
            if self._left_bytes < 0:
                return
            yield place


def _is_called(path: Path, name: str) -> bool:
    return adapter_name(path).casefold() == name.casefold()


def _all_places(places: AdapterPlaces) -> Iterator[_Place]:
    """Each file once, as near as it is anywhere."""
    seen: set[Path] = set()
    rows = [_Place(Path(row.path), 0, row.sha256) for row in places.rows]
    demo = [_Place(Path(path), 1) for path in places.files]
    folders = (path for folder in places.folders for path in weight_files(Path(folder)))
    trees = (path for tree in places.trees for path in _below(Path(tree)))
    near = (_Place(path, 2) for group in (folders, trees) for path in group)
    for place in islice((p for group in (rows, demo, near) for p in group), _MOST_FILES):
        if place.path not in seen:
            seen.add(place.path)
            yield place


def _below(folder: Path) -> Iterator[Path]:
    for place in islice(walk(folder), _MOST_FOLDERS):
        yield from weight_files(place.path)


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0
