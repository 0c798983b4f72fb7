"""Pictures come out of the store as they went in, or not at all."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import msgspec
import pytest

from loraviewer.core.outcome import Timings
from loraviewer.core.request import CheckpointRef
from loraviewer.core.stored_picture import StoredPicture
from loraviewer.pictures.png import is_saved_picture, read_record
from loraviewer.pictures.store import PictureStore
from tests.pictures.made import ROWS, made

PLENTY = 1 << 30


@pytest.fixture
def ticks() -> Iterator[int]:
    return count(1_000)


@pytest.fixture
def store(tmp_path: Path, ticks) -> PictureStore:
    return opened(tmp_path / "pictures", clock=ticks.__next__)


def opened(folder: Path, most_bytes: int = PLENTY, **fields) -> PictureStore:
    return PictureStore(folder, most_bytes, **fields)


def kept(store: PictureStore, seed: int = 7, side: int = 24) -> StoredPicture:
    stored = store.keep(made(seed, side), ROWS)
    assert stored is not None
    return stored


def files(store_folder: Path) -> list[Path]:
    return sorted(store_folder.glob("*/*.png"))


def test_a_picture_comes_back_as_it_was_made(store):
    answer = made()
    assert store.find(answer.request) is None
    store.keep(answer, ROWS)
    found = store.find(answer.request)
    expected = msgspec.structs.replace(
        answer, timings=Timings(), is_from_cache=True, is_from_store=True
    )
    assert found == expected


def test_names_and_places_of_files_are_those_that_are_asked_for(store):
    answer = made()
    store.keep(answer, ROWS)
    elsewhere = msgspec.structs.replace(
        answer.request, checkpoint=CheckpointRef("/moved/demo", "d" * 64)
    )
    found = store.find(elsewhere)
    assert found is not None
    assert found.request == elsewhere
    assert found.picture == answer.picture


def test_another_request_another_version_and_a_draft_are_not_answered(store, tmp_path):
    answer = made()
    store.keep(answer, ROWS)
    assert store.find(made(8).request) is None
    newer = opened(tmp_path / "pictures", versions={"torch": "99"})
    assert newer.find(answer.request) is None
    assert newer.keep(answer, ROWS) is not None
    assert newer.find(answer.request) is not None
    draft = msgspec.structs.replace(answer.request, is_draft=True)
    assert store.keep(msgspec.structs.replace(answer, request=draft), ROWS) is None
    assert store.find(draft) is None
    assert len(files(tmp_path / "pictures")) == 2


def test_compiled_pictures_are_kept_apart_and_either_answers_who_may_have_both(store):
    plain, asked = made(), msgspec.structs.replace(made().request, is_compiled=True)
    other = msgspec.structs.replace(made(8), request=asked)  # of other pixels
    store.keep(plain, ROWS)
    assert store.has(asked)
    found = store.find(asked)
    assert found is not None
    assert (found.picture, found.request) == (plain.picture, plain.request)
    store.keep(other, ROWS)
    both = [store.find(request) for request in (asked, plain.request)]
    assert [one and one.picture for one in both] == [other.picture, plain.picture]
    assert [one and one.request.is_compiled for one in both] == [True, False]
    store.delete(store.key(plain.request))
    assert store.find(plain.request) is None
    assert not store.has(plain.request)


def test_a_stored_file_is_a_saved_picture(store):
    path = Path(kept(store).path)
    assert is_saved_picture(path)
    assert read_record(path).record.request == made().request


def test_what_is_listed_holds_the_rows_that_were_off_too(store, tmp_path):
    kept(store)
    later = opened(tmp_path / "pictures")
    (listed,) = later.earlier(10)
    assert listed.stack == ROWS
    assert listed.record.request == made().request
    assert listed.made_at == 1_000
    assert store.earlier(10) == []  # its own session is nothing earlier


def test_what_no_pane_showed_is_found_but_not_listed_until_one_does(store, tmp_path):
    answer = made()
    assert store.keep(answer, None) is not None
    assert store.find(answer.request) is not None
    assert opened(tmp_path / "pictures").earlier(9) == []
    store.keep(answer, ROWS)
    (listed,) = opened(tmp_path / "pictures").earlier(9)
    assert listed.stack == ROWS


def test_earlier_pictures_come_newest_first_and_by_pages(store, tmp_path):
    for seed in range(5):
        kept(store, seed)
    later = opened(tmp_path / "pictures")
    first = later.earlier(2)
    second = later.earlier(9, first[-1])
    assert [one.sampling.seed for one in (*first, *second)] == [4, 3, 2, 1, 0]
    assert later.earlier(9, second[-1]) == []


def test_the_same_picture_is_kept_once(store, tmp_path):
    assert kept(store) == kept(store)
    assert len(files(tmp_path / "pictures")) == 1


def test_a_thumbnail_is_small(store):
    stored = kept(store, side=256)
    small = store.thumbnail(stored.key)
    assert small.startswith(b"\xff\xd8")
    assert len(small) < 60_000
    assert store.thumbnail("0" * 64) == b""


def test_deleted_is_gone(store, tmp_path):
    stored = kept(store)
    store.delete(stored.key)
    assert store.find(made().request) is None
    assert opened(tmp_path / "pictures").earlier(9) == []
    assert files(tmp_path / "pictures") == []


# -- what gives way ----------------------------------------------------------------------------


def bytes_of_one(folder: Path) -> int:
    probe = opened(folder)
    kept(probe)
    with sqlite3.connect(folder / "index-1.sqlite") as database:
        return database.execute("SELECT bytes FROM pictures").fetchone()[0]


def test_the_least_recently_used_gives_way(tmp_path, ticks):
    room = round(3.5 * bytes_of_one(tmp_path / "probe"))
    store = opened(tmp_path / "pictures", room, clock=ticks.__next__)
    for seed in range(3):
        kept(store, seed)
    assert store.find(made(0).request) is not None  # so that 1 is the one unused for longest
    kept(store, 3)
    left = [seed for seed in range(4) if store.find(made(seed).request) is not None]
    assert left == [0, 2, 3]
    assert len(files(tmp_path / "pictures")) == 3


def test_stars_never_give_way_and_say_so_where_nothing_else_fits(tmp_path, ticks):
    room = round(2.5 * bytes_of_one(tmp_path / "probe"))
    store = opened(tmp_path / "pictures", room, clock=ticks.__next__)
    for seed in (0, 1):
        assert store.star(kept(store, seed).key, True)
    assert store.complaint() == ""
    for seed in (2, 3):
        kept(store, seed)
        assert store.find(made(seed).request) is None
    assert all(store.find(made(seed).request) for seed in (0, 1))
    assert "starred pictures take" in store.complaint()
    assert store.complaint() == ""  # once


def test_stars_beyond_a_bound_that_was_lowered_stay(store, tmp_path):
    for seed in (0, 1, 2):
        store.star(kept(store, seed).key, True)
    small = opened(tmp_path / "pictures", 10)
    assert small.keep(made(3), ROWS) is not None
    assert all(small.find(made(seed).request) for seed in (0, 1, 2))
    assert "10 B" in small.complaint()


def test_an_unstarred_picture_may_give_way_again(tmp_path, ticks):
    room = round(1.5 * bytes_of_one(tmp_path / "probe"))
    store = opened(tmp_path / "pictures", room, clock=ticks.__next__)
    first = kept(store, 0).key
    store.star(first, True)
    store.star(first, False)
    kept(store, 1)
    assert store.find(made(0).request) is None


# -- what is wrong with files --------------------------------------------------------------------


def flipped(data: bytes) -> bytes:
    """One bit in the middle of the pixels."""
    at = data.index(b"IDAT") + 40
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize(
    "damage",
    {
        "a flipped bit": flipped,
        "cut short": lambda data: data[:-20],
        "empty": lambda data: b"",
        "no picture": lambda data: b"{}" * 1_000,
        "more behind": lambda data: data + b"x",
    }.items(),
    ids=lambda item: item[0],
)
def test_a_damaged_file_is_not_shown_and_is_made_again(store, tmp_path, damage):
    path = Path(kept(store).path)
    path.write_bytes(damage[1](path.read_bytes()))
    assert store.find(made().request) is None
    assert not path.exists()
    assert opened(tmp_path / "pictures").earlier(9) == []
    kept(store)
    assert store.find(made().request) is not None


def test_the_picture_of_another_request_is_not_believed(store):
    first, second = Path(kept(store, 1).path), Path(kept(store, 2).path)
    first.write_bytes(second.read_bytes())
    assert store.find(made(1).request) is None
    assert store.find(made(2).request) is not None


@pytest.mark.parametrize("damage", [b"no database at all" * 100, b"SQLite format 3\0" * 300, None])
def test_an_index_that_is_lost_is_made_from_the_files(store, tmp_path, damage):
    starred = kept(store, 1)
    kept(store, 2)
    store.star(starred.key, True)
    folder = tmp_path / "pictures"
    for suffix in ("", "-wal", "-shm"):
        (folder / f"index-1.sqlite{suffix}").unlink(missing_ok=True)
    if damage is not None:
        (folder / "index-1.sqlite").write_bytes(damage)
    later = opened(folder)
    listed = {one.sampling.seed: one for one in later.earlier(9)}
    assert listed.keys() == {1, 2}
    assert listed[1].is_starred
    assert listed[1].stack == ROWS
    assert not listed[2].is_starred
    assert later.thumbnail(listed[2].key).startswith(b"\xff\xd8")


def other_columns(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE pictures (key TEXT)")


def names_that_are_no_text(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE pictures (nnnnnnnnnnnn TEXT)")
    path.write_bytes(path.read_bytes().replace(b"nnnnnnnnnnnn TEXT", b"nnnnnnnnnnn\xff) \xd8("))


def link_to_nothing(path: Path) -> None:
    path.symlink_to(path.parent / "nowhere" / "index")


@pytest.mark.parametrize("damage", [other_columns, names_that_are_no_text, link_to_nothing])
def test_an_index_of_no_use_is_made_anew_as_well(store, tmp_path, damage):
    kept(store, 1)
    index = tmp_path / "pictures" / "index-1.sqlite"
    for suffix in ("", "-wal", "-shm"):
        Path(f"{index}{suffix}").unlink(missing_ok=True)
    damage(index)
    later = opened(tmp_path / "pictures")
    assert [one.sampling.seed for one in later.earlier(9)] == [1]
    kept(later, 2)
    assert len(opened(tmp_path / "pictures").earlier(9)) == 2


def test_a_row_that_is_no_text_costs_no_more_than_time(store, tmp_path):
    kept(store, 1)
    with closing(sqlite3.connect(tmp_path / "pictures" / "index-1.sqlite")) as index, index:
        index.execute("UPDATE pictures SET record = CAST(x'fffe' AS TEXT)")
    assert opened(tmp_path / "pictures").earlier(9) == []
    assert len(opened(tmp_path / "pictures").earlier(9)) == 1


def test_an_index_that_another_studio_writes_is_left_alone(store, tmp_path):
    kept(store, 1)
    index = tmp_path / "pictures" / "index-1.sqlite"
    before = index.stat().st_ino
    with closing(sqlite3.connect(index, isolation_level=None)) as busy:
        busy.execute("BEGIN IMMEDIATE")
        assert store.star(kept(store, 1).key, True)
        busy.execute("ROLLBACK")
    assert index.stat().st_ino == before
    assert len(opened(tmp_path / "pictures").earlier(9)) == 1


def test_files_that_were_taken_away_are_listed_no_more(store, tmp_path):
    Path(kept(store, 1).path).unlink()
    kept(store, 2)
    assert [one.sampling.seed for one in opened(tmp_path / "pictures").earlier(9)] == [2]


def test_a_store_that_cannot_be_is_told_once_and_the_studio_goes_on(tmp_path):
    (tmp_path / "pictures").write_text("in the way")
    store = opened(tmp_path / "pictures")
    assert store.find(made().request) is None
    assert store.keep(made(), ROWS) is None
    assert store.earlier(9) == []
    assert store.thumbnail("0" * 64) == b""
    sentence = store.complaint()
    assert str(tmp_path / "pictures") in sentence
    assert store.complaint() == ""


def test_a_full_disk_is_told_once(store, monkeypatch):
    def full(self, data):
        raise OSError(28, "No space left on device", str(self))

    kept(store, 1)
    monkeypatch.setattr(Path, "write_bytes", full)
    assert store.keep(made(2), ROWS) is None
    assert store.keep(made(3), ROWS) is None
    assert "No space left" in store.complaint()
    assert store.complaint() == ""
    monkeypatch.undo()
    assert store.find(made(1).request) is not None
    kept(store, 2)
