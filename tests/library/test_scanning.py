"""What a scan notices: new, changed, moved and lost files, and folders that are away."""

import os
import shutil
import sqlite3
import sys
from contextlib import closing

import pytest

from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.catalogues import read_catalogues
from loraviewer.core.library.entries import LibraryEntry
from loraviewer.core.library.port import Scanned
from loraviewer.core.library.queries import LibraryQuery
from loraviewer.core.outcome import FileError
from loraviewer.core.sentences import Sentence
from tests.adapters.pictures import picture
from tests.adapters.sparse import sparse_file
from tests.library.conftest import Room
from tests.library.made import Layouts, aged


def test_a_first_scan_and_a_second(room: Room) -> None:
    for i in range(5):
        room.write(f"sub/style {i}.safetensors", ss_output_name=f"title {i}")
    assert room.scan() == Scanned(files=5, read=5, is_done=True)
    assert room.scan() == Scanned(files=5, is_done=True)
    assert room.names() == [f"style {i}" for i in range(5)]
    entry = room.library.entry(room.path("sub/style 3.safetensors"))
    assert entry is not None
    assert (entry.title, entry.kinds, entry.ranks) == ("title 3", {"lora": 4}, (8, 8))
    assert entry.size_bytes == os.path.getsize(entry.path)


def test_another_studio_sees_the_same(room: Room) -> None:
    room.write("a.safetensors")
    room.scan()
    other = room.opened()
    assert other.folders() == (str(room.folder),)
    assert other.entries([room.path("a.safetensors")]) == room.library.entries(
        [room.path("a.safetensors")]
    )


def test_two_thousand_files_are_read_once_and_progress_is_told(room: Room) -> None:
    for i in range(2_000):
        room.write(f"{i % 7}/{i}.safetensors", rank=4 + i % 3)
    told: list[Scanned] = []
    scanned = room.library.scan(CancelToken(), told.append)
    assert scanned == told[-1] == Scanned(files=2_000, read=2_000, is_done=True)
    assert [one.files for one in told] == sorted(one.files for one in told)
    assert not any(one.is_done for one in told[:-1])
    assert len(room.names()) == 2_000


def test_a_changed_file_is_read_again(room: Room) -> None:
    path = room.write("a.safetensors", rank=8)
    room.write("b.safetensors", rank=8)
    room.scan()
    room.hash_all()
    aged(room.layouts.write(path, 16), 1_700_000_001)
    assert room.scan() == Scanned(files=2, read=1, is_done=True)
    entry = room.library.entry(str(path))
    assert entry is not None
    assert (entry.ranks, entry.sha256) == ((16, 16), "")


def test_a_file_that_was_just_written_is_read_again(room: Room) -> None:
    """It may be written once more within the resolution of its time."""
    room.layouts.write(room.folder / "young.safetensors")
    assert [room.scan().read, room.scan().read] == [1, 1]


def test_what_lies_beside_is_noticed(room: Room) -> None:
    path = room.write("a.safetensors")
    room.scan()
    path.with_suffix(".civitai.info").write_text('{"trainedWords": ["sks cat"]}')
    assert room.scan().read == 1
    assert room.names(words="sks") == ["a"]
    path.with_suffix(".png").write_bytes(picture("PNG"))
    room.scan()
    entry = room.library.entry(str(path))
    assert entry is not None
    assert entry.preview_path == str(path.with_suffix(".png"))
    path.with_suffix(".civitai.info").unlink()
    room.scan()
    assert room.names(words="sks") == []


def test_a_moved_file_keeps_its_hash(room: Room) -> None:
    path = room.write("a.safetensors")
    room.scan()
    room.hash_all()
    before = room.library.entry(str(path))
    (room.folder / "sub").mkdir()
    path.rename(room.folder / "sub" / "b.safetensors")
    assert room.scan() == Scanned(files=1, read=1, moved=1, is_done=True)
    after = room.library.entry(room.path("sub/b.safetensors"))
    assert before is not None
    assert after is not None
    assert after.sha256 == before.sha256 != ""
    assert room.names() == ["b"]


def test_a_lost_file_goes(room: Room) -> None:
    path = room.write("a.safetensors")
    room.write("b.safetensors")
    room.scan()
    path.unlink()
    assert room.scan() == Scanned(files=1, gone=1, is_done=True)
    assert room.names() == ["b"]
    assert room.library.entry(str(path)) is None


@pytest.mark.parametrize("is_mount_point", [False, True])
def test_a_folder_that_is_away_keeps_its_files(room: Room, is_mount_point: bool) -> None:
    path = room.write("a.safetensors")
    room.scan()
    room.hash_all()
    known = room.library.entry(str(path))
    room.folder.rename(room.root / "elsewhere")
    if is_mount_point:
        room.folder.mkdir()
    assert room.scan() == Scanned(is_done=True)
    away = room.library.entry(str(path))
    assert known is not None
    assert away is not None
    assert away.problem
    assert (away.sort, away.sha256, away.kinds) == ("adapter", known.sha256, known.kinds)
    shutil.rmtree(room.folder, ignore_errors=True)
    (room.root / "elsewhere").rename(room.folder)
    assert room.scan() == Scanned(files=1, is_done=True)
    assert room.library.entry(str(path)) == known


class StopsAfter(CancelToken):
    """Cancelled once it was asked so often."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._left = times

    def raise_if_cancelled(self) -> None:
        self._left -= 1
        if self._left < 0:
            self.cancel()
        super().raise_if_cancelled()


def test_stopped_in_the_middle_it_keeps_what_was_read(room: Room) -> None:
    for i in range(600):
        room.write(f"{i:03}.safetensors")
    with pytest.raises(Cancelled):
        room.library.scan(StopsAfter(400))
    assert room.names() == [f"{i:03}" for i in range(400)]
    assert room.scan() == Scanned(files=600, read=200, is_done=True)


def test_a_folder_is_dropped_with_what_lies_in_it(room: Room) -> None:
    room.write("in/a.safetensors")
    room.write("b.safetensors")
    room.library.add_folder(room.path("in"))
    room.scan()
    room.library.drop_folder(str(room.folder))
    assert room.names() == ["a"]
    assert room.library.folders() == (room.path("in"),)
    assert os.path.exists(room.path("b.safetensors"))
    room.library.drop_folder(room.path("in"))
    assert room.names() == []
    assert room.scan() == Scanned(is_done=True)


def test_a_folder_is_added_once_and_must_be_one(room: Room) -> None:
    room.library.add_folder(str(room.folder / ".." / "loras"))
    assert room.library.folders() == (str(room.folder),)
    with pytest.raises(FileError, match="no such folder"):
        room.library.add_folder(room.path("none"))


def test_links_in_a_circle_end_and_each_file_is_there_once(room: Room) -> None:
    room.write("sub/a.safetensors")
    (room.folder / "sub" / "up").symlink_to(room.folder, target_is_directory=True)
    (room.folder / "self").symlink_to("self")
    (room.folder / "lost.safetensors").symlink_to("nowhere")
    (room.folder / "round.safetensors").symlink_to("round.safetensors")
    room.scan()
    assert room.names() == ["a"]
    assert room.names(sorts=("unreadable",)) == ["lost", "round"]


@pytest.mark.skipif(sys.platform != "linux", reason="only there names may be any bytes")
def test_names_that_are_no_text(room: Room) -> None:
    folder = room.folder / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    path = folder / os.fsdecode(b"na\xefve.safetensors")
    aged(room.layouts.write(path))
    aged_picture = path.with_suffix(".png")
    aged_picture.write_bytes(picture("PNG"))
    room.library.add_folder(str(folder))
    room.scan()
    room.hash_all()
    (entry,) = room.opened().entries(room.library.search(LibraryQuery(words="na")))
    assert entry.path == str(path)
    assert entry.preview_path == str(aged_picture)
    assert entry.sha256
    assert "\ufffd" in entry.name
    entry.name.encode()
    assert room.opened().folders() == (str(room.folder), str(folder))


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root reads everything")
def test_a_folder_that_may_not_be_read(room: Room) -> None:
    room.write("a.safetensors")
    room.write("closed/b.safetensors")
    os.chmod(room.folder / "closed", 0)
    try:
        assert room.scan().files == 1
    finally:
        os.chmod(room.folder / "closed", 0o700)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_is_not_waited_for(room: Room) -> None:
    os.mkfifo(room.folder / "a.safetensors")
    room.scan()
    assert room.names(sorts=("unreadable",)) == ["a"]


def test_a_pipeline_is_one_entry(room: Room) -> None:
    whole = room.folder / "my base"
    (whole / "unet").mkdir(parents=True)
    (whole / "model_index.json").write_text(
        '{"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"]}'
    )
    weights = whole / "unet" / "diffusion_pytorch_model.safetensors"
    sparse_file(weights, {"conv_in.weight": (320, 4, 3, 3)})
    room.write("a.safetensors")
    room.scan()
    room.hash_all()
    (path,) = room.library.search(LibraryQuery(sorts=("checkpoint",)))
    entry = room.library.entry(path)
    assert entry is not None
    assert (entry.path, entry.name) == (str(whole), "my base")
    assert entry.size_bytes >= weights.stat().st_size
    before = entry.sha256
    assert before
    sparse_file(weights, {"conv_in.weight": (320, 9, 3, 3)})
    assert room.scan().read == 1
    room.hash_all()
    entry = room.library.entry(path)
    assert entry is not None
    assert entry.sha256 not in ("", before)


def test_a_folder_may_be_a_pipeline_itself(room: Room) -> None:
    (room.folder / "model_index.json").write_text("{}")
    room.scan()
    assert room.names(sorts=("unreadable",), folder=str(room.folder)) == ["loras"]


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 100, b"SQLite format 3\0" * 400])
def test_a_damaged_index_is_made_anew(room: Room, damage: bytes) -> None:
    room.write("a.safetensors")
    room.scan()
    (index,) = (room.root / "cache").glob("library-*.sqlite")
    index.write_bytes(damage)
    assert room.opened().search(LibraryQuery()) == []
    assert room.scan() == Scanned(files=1, read=1, is_done=True)
    assert room.names() == ["a"]


def test_damage_inside_the_index_is_mended_too(room: Room) -> None:
    room.write("a.safetensors")
    room.scan()
    (index,) = (room.root / "cache").glob("library-*.sqlite")
    with closing(sqlite3.connect(index)) as database, database:
        database.execute("UPDATE facts SET facts = X'00'")
    assert room.library.entries([room.path("a.safetensors")]) == []
    assert room.scan() == Scanned(files=1, read=1, is_done=True)
    assert room.names() == ["a"]


def test_an_index_that_cannot_be_made_is_said(room: Room) -> None:
    shutil.rmtree(room.root / "cache", ignore_errors=True)
    (room.root / "cache").write_bytes(b"")
    with pytest.raises(FileError, match="cannot be used"):
        room.scan()


def test_layouts_of_many_ranks(room: Room) -> None:
    layouts = Layouts()
    for rank in range(1, 40):
        aged(layouts.write(room.folder / f"r{rank:02}.safetensors", rank))
    room.scan()
    entries = room.library.entries(room.library.search(LibraryQuery()))
    assert [entry.ranks for entry in entries] == [(rank, rank) for rank in range(1, 40)]


def test_problems_can_be_said_in_other_languages_after_a_restart(room: Room) -> None:
    folder = room.folder / "empty"
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}")
    room.scan()
    fresh, kept = room.library.entry(str(folder)), room.opened().entry(str(folder))
    assert fresh == kept
    assert kept is not None
    assert type(kept) is LibraryEntry
    assert isinstance(kept.problem, Sentence)
    german = read_catalogues("de")
    assert kept.problem.said_by(lambda pattern: german.get(pattern, "")) == (
        f"„{folder}“ enthält „adapter_config.json“, aber keine Gewichte; "
        "„adapter_model.safetensors“ auch herunterladen."
    )


def refuse(monkeypatch: pytest.MonkeyPatch, *folders: str) -> None:
    """As where their rights are another user's."""
    scandir = os.scandir

    def refusing(path: str | os.PathLike[str]) -> object:
        if str(path) in folders:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)


def test_folders_that_cannot_be_read_are_told_and_take_nothing_along(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.write("a.safetensors")
    room.write("closed/b.safetensors")
    assert room.scan().unread == ()
    closed = str(room.folder / "closed")
    with monkeypatch.context() as patch:
        refuse(patch, closed)
        told = room.scan()
    assert (told.files, told.gone, told.unread_count) == (1, 0, 1)
    assert [(one.path, one.problem) for one in told.unread] == [
        (closed, f"“{closed}” cannot be read: Permission denied.")
    ]
    entry = room.library.entry(room.path("closed/b.safetensors"))
    assert entry is not None
    assert entry.problem
    assert room.scan() == Scanned(files=2, is_done=True)
    entry = room.library.entry(room.path("closed/b.safetensors"))
    assert entry is not None
    assert not entry.problem


def test_a_whole_folder_that_cannot_be_read_is_told(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.write("a.safetensors")
    room.scan()
    refuse(monkeypatch, str(room.folder))
    told = room.scan()
    assert (told.gone, told.unread_count) == (0, 1)
    assert "Permission denied" in told.unread[0].problem
