"""What a person writes about a file stays with its content, in a file that is no cache."""

import json
import shutil
import threading
from pathlib import Path

import pytest

from loraviewer.core.cancel import CancelToken
from loraviewer.core.library.entries import LibraryNote
from loraviewer.core.outcome import FileError
from loraviewer.library.own_file import OwnFile
from tests.library.conftest import Room

NOTE = LibraryNote(is_favourite=True, tags=("ink",), text="good at 0.7", strength=0.7)


def noted(room: Room, name: str) -> LibraryNote:
    entry = room.opened().entry(room.path(name))
    assert entry is not None
    return entry.note


def test_a_note_follows_its_file(room: Room) -> None:
    path = room.write("a.safetensors")
    room.scan()
    room.library.set_note(str(path), NOTE)
    assert noted(room, "a.safetensors") == NOTE
    path.rename(room.folder / "b.safetensors")
    room.scan()
    assert noted(room, "b.safetensors") == NOTE


def test_a_note_is_on_every_copy(room: Room) -> None:
    path = room.write("a.safetensors")
    shutil.copyfile(path, room.folder / "copy.safetensors")
    room.write("other.safetensors", rank=4)
    room.scan()
    assert room.hash_all() == 0
    room.library.set_note(str(path), NOTE)
    assert noted(room, "copy.safetensors") == NOTE
    assert noted(room, "other.safetensors") == LibraryNote()
    first, second = (room.library.entry(room.path(f"{n}.safetensors")) for n in ("a", "copy"))
    assert first is not None
    assert second is not None
    assert (first.twins, second.twins) == ((second.path,), (first.path,))


def test_a_note_outlives_the_cache_and_the_file(room: Room) -> None:
    path = room.write("a.safetensors")
    room.scan()
    room.library.set_note(str(path), NOTE)
    data = path.read_bytes()
    path.unlink()
    room.scan()
    shutil.rmtree(room.root / "cache")
    path.write_bytes(data)
    room.scan()
    room.hash_all()
    assert noted(room, "a.safetensors") == NOTE


def test_a_note_on_what_cannot_be_read_outlives_the_cache(room: Room) -> None:
    path = room.write("a.safetensors")
    path.write_bytes(path.read_bytes()[:-1])
    room.scan()
    room.library.set_note(str(path), NOTE)
    shutil.rmtree(room.root / "cache")
    room.scan()
    room.hash_all()
    entry = room.opened().entry(str(path))
    assert entry is not None
    assert (entry.sort, entry.note) == ("unreadable", NOTE)


def test_export_and_import(room: Room, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = room.write("a.safetensors")
    room.scan()
    room.library.set_note(str(path), NOTE)
    exported = room.library.notes()
    (sha256,) = exported
    other = Room(tmp_path_factory.mktemp("other"))
    assert other.library.take_notes({**exported, "0" * 64: LibraryNote(text="x")}) == 2
    mine = LibraryNote(text="mine")
    assert other.library.take_notes({sha256: mine, "1" * 64: mine, "2" * 64: LibraryNote()}) == 1
    assert other.library.notes()[sha256] == NOTE


def test_a_file_that_is_away_takes_a_note_once_it_was_hashed(room: Room) -> None:
    path = room.write("a.safetensors")
    room.scan()
    room.folder.rename(room.root / "elsewhere")
    room.scan()
    with pytest.raises(FileError, match="cannot be read"):
        room.library.set_note(str(path), NOTE)
    (room.root / "elsewhere").rename(room.folder)
    room.scan()
    room.hash_all()
    room.folder.rename(room.root / "elsewhere")
    room.scan()
    room.library.set_note(str(path), NOTE)
    assert noted(room, "a.safetensors") == NOTE


def test_an_empty_note_is_none(room: Room) -> None:
    path = room.write("a.safetensors")
    room.scan()
    room.library.set_note(str(path), NOTE)
    room.library.set_note(str(path), LibraryNote())
    assert room.library.notes() == {}


def test_hashing_goes_small_files_first_as_far_as_it_may(room: Room) -> None:
    sizes = [room.write(f"{rank}.safetensors", rank=rank).stat().st_size for rank in (64, 4, 16)]
    room.scan()
    assert room.library.hash_some(CancelToken(), min(sizes)) == 2
    assert _hashed(room) == ["4"]
    assert room.library.hash_some(CancelToken(), 1) == 1
    assert _hashed(room) == ["16", "4"]
    assert room.hash_all() == 0
    assert room.hash_all() == 0


def _hashed(room: Room) -> list[str]:
    paths = [room.path(f"{rank}.safetensors") for rank in (16, 4, 64)]
    return [entry.name for entry in room.library.entries(paths) if entry.sha256]


def test_what_went_before_it_was_hashed_is_passed_over(room: Room) -> None:
    room.write("a.safetensors")
    room.write("b.safetensors", rank=4)
    room.scan()
    (room.folder / "a.safetensors").unlink()
    assert room.hash_all() == 0
    entry = room.library.entry(room.path("b.safetensors"))
    assert entry is not None
    assert entry.sha256


# The file


def test_it_is_readable_and_of_utf_8(tmp_path: Path) -> None:
    own = OwnFile(tmp_path / "library.json")
    own.add_folder("/data/ümläut")
    own.set_note("ab", LibraryNote(text="für später"))
    text = (tmp_path / "library.json").read_text("utf-8")
    assert '"/data/ümläut"' in text
    assert json.loads(text)["notes"] == {"ab": {"text": "für später"}}


def test_two_studios_keep_what_is_theirs(tmp_path: Path) -> None:
    one, two = OwnFile(tmp_path / "library.json"), OwnFile(tmp_path / "library.json")
    one.set_note("a", NOTE)
    two.set_note("b", NOTE)
    one.add_folder("/x")
    two.add_folder("/y")
    one.drop_folder("/x")
    assert one.read() == two.read()
    assert one.read().folders == ("/y",)
    assert set(one.read().notes) == {"a", "b"}


def test_threads_lose_nothing(tmp_path: Path) -> None:
    def work(start: int) -> None:
        own = OwnFile(tmp_path / "library.json")
        for i in range(start, start + 15):
            own.set_note(str(i), NOTE)

    threads = [threading.Thread(target=work, args=(start,)) for start in (0, 15, 30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(OwnFile(tmp_path / "library.json").read().notes) == {str(i) for i in range(45)}


def test_what_a_newer_version_wrote_stays(tmp_path: Path) -> None:
    path = tmp_path / "library.json"
    path.write_text('{"new": 1, "notes": {"a": {"text": "x", "colour": "red"}, "b": 7}}')
    own = OwnFile(path)
    assert own.read().notes == {"a": LibraryNote(text="x")}
    own.set_note("a", LibraryNote(text="y"))
    assert json.loads(path.read_text()) == {
        "new": 1,
        "notes": {"a": {"text": "y", "colour": "red"}, "b": 7},
    }


@pytest.mark.parametrize("damage", [b"{", b"[]", b"\xff\xfe\x00", b'{"a": 1e99999'])
def test_a_damaged_file_is_kept_aside(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "library.json"
    path.write_bytes(damage)
    own = OwnFile(path)
    assert own.read() == ((), {})
    assert path.read_bytes() == damage
    own.add_folder("/x")
    assert own.read().folders == ("/x",)
    assert (tmp_path / "library.unreadable.json").read_bytes() == damage


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    with pytest.raises(FileError, match="cannot be"):
        OwnFile(tmp_path / "data" / "library.json").add_folder("/x")
