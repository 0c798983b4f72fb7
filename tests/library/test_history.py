"""After any history of files, a library that looked in between knows what a fresh one knows."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.core.cancel import CancelToken
from loraviewer.core.library.entries import LibraryEntry, LibraryNote
from loraviewer.core.library.queries import LibraryQuery
from loraviewer.library.library import Library
from tests.library.made import Layouts

NAMES = st.sampled_from(["a.safetensors", "b.safetensors", "sub/a.safetensors", "sub/in/c.ckpt"])
FOLDERS = st.sampled_from(["", "sub", "sub/in", "other"])
LAYOUTS = Layouts()


class FilesAndScans(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.clock = 1_700_000_000
        self.files = self.root / "files"
        self.files.mkdir()
        (self.files / "never alone").touch()
        self.library = self.opened("one")
        self.library.add_folder(str(self.files))

    def teardown(self) -> None:
        self.compare()
        shutil.rmtree(self.root)

    def opened(self, name: str) -> Library:
        folder = self.root / name
        return Library(folder, folder, HashCache(folder / "hashes.sqlite"))

    def date(self, path: Path) -> None:
        """Every change has a time of its own, long ago."""
        self.clock += 1
        os.utime(path, (self.clock, self.clock))

    @rule(name=NAMES, rank=st.integers(1, 3), title=st.sampled_from(["", "red", "blue"]))
    def write(self, name: str, rank: int, title: str) -> None:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self.date(LAYOUTS.write(path, rank, {"ss_output_name": title}))

    @rule(name=NAMES, words=st.sampled_from(["cat", "dog"]))
    def write_beside(self, name: str, words: str) -> None:
        path = (self.files / name).with_suffix(".json")
        if path.parent.is_dir():
            path.write_text(f'{{"activation text": "{words}"}}')
            self.date(path)

    @rule(name=NAMES)
    def damage(self, name: str) -> None:
        path = self.files / name
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-1])
            self.date(path)

    @rule(name=NAMES)
    def remove(self, name: str) -> None:
        (self.files / name).unlink(missing_ok=True)

    @rule(name=NAMES, new=NAMES)
    def move(self, name: str, new: str) -> None:
        path = self.files / new
        if (self.files / name).is_file() and path.parent.is_dir():
            (self.files / name).rename(path)

    @rule(folder=FOLDERS, new=FOLDERS)
    def move_folder(self, folder: str, new: str) -> None:
        path, target = self.files / folder, self.files / new
        if folder and path.is_dir() and not target.exists() and not new.startswith(folder):
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)

    @rule()
    def scan(self) -> None:
        self.library.scan(CancelToken())

    @rule()
    def hash_all(self) -> None:
        self.library.hash_some(CancelToken(), 1 << 30)

    @rule(name=NAMES)
    @precondition(lambda self: self.library.search(LibraryQuery()))
    def note(self, name: str) -> None:
        if (self.files / name).is_file():
            self.library.set_note(str(self.files / name), LibraryNote(text=name))

    @rule(folder=FOLDERS)
    def look_through_twice(self, folder: str) -> None:
        if (self.files / folder).is_dir():
            self.library.add_folder(str(self.files / folder))
            self.library.drop_folder(str(self.files / folder) if folder else "")

    @rule()
    def compare(self) -> None:
        """It knows what a fresh one knows."""
        self.library.scan(CancelToken())
        self.library.hash_some(CancelToken(), 1 << 30)
        fresh = self.opened("fresh")
        shutil.rmtree(self.root / "fresh", ignore_errors=True)
        fresh.add_folder(str(self.files))
        fresh.take_notes(self.library.notes())
        fresh.scan(CancelToken())
        fresh.hash_some(CancelToken(), 1 << 30)
        assert _all(self.library) == _all(fresh)
        for words in ("red", "cat", "sub", "c"):
            query = LibraryQuery(words=words, sorts=("adapter", "unreadable"))
            assert self.library.search(query) == fresh.search(query)


def _all(library: Library) -> list[LibraryEntry]:
    sorts = LibraryQuery(sorts=("adapter", "checkpoint", "unreadable"))
    return list(library.entries(library.search(sorts)))


TestFilesAndScans = FilesAndScans.TestCase
TestFilesAndScans.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
