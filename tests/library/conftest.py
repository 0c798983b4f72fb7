from pathlib import Path

import pytest

from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.core.cancel import CancelToken
from loraviewer.core.library.port import Scanned
from loraviewer.core.library.queries import LibraryQuery
from loraviewer.library.library import Library
from tests.library.made import Layouts, aged


class Room:
    """A folder of weights, and a library of its own that looks through it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "loras"
        self.folder.mkdir()
        self.layouts = Layouts()
        self.library = self.opened()
        self.library.add_folder(str(self.folder))

    def opened(self) -> Library:
        """As another studio has it."""
        cache, data = self.root / "cache", self.root / "data"
        return Library(cache, data, HashCache(cache / "hashes.sqlite"))

    def write(self, name: str, rank: int = 8, **metadata: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return aged(self.layouts.write(path, rank, metadata))

    def scan(self) -> Scanned:
        return self.library.scan(CancelToken())

    def hash_all(self) -> int:
        return self.library.hash_some(CancelToken(), 1 << 40)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def names(self, **asked: object) -> list[str]:
        """Of what a query finds, in its order."""
        query = LibraryQuery(**asked)  # type: ignore[arg-type]
        return [entry.name for entry in self.library.entries(self.library.search(query))]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)
