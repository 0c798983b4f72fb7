"""Adapters that a picture names, found in folders: by content first, by name where nothing else."""

import json
from pathlib import Path

import pytest

from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.adapters.files.hashing import file_hashes
from loraviewer.adapters.finding import AdapterFinder
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.foreign.found import AdapterPlaces, FoundAdapter, KnownAdapter
from loraviewer.core.foreign.picture import ForeignAdapter


def write(path: Path, content: bytes, **metadata: str) -> Path:
    """A file of one tensor."""
    header = {"x": {"dtype": "U8", "shape": [len(content)], "data_offsets": [0, len(content)]}}
    encoded = json.dumps(header | ({"__metadata__": metadata} if metadata else {})).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(encoded).to_bytes(8, "little") + encoded + content)
    return path


def hashes(path: Path):
    offset = 8 + int.from_bytes(path.read_bytes()[:8], "little")
    return file_hashes(path, offset)


@pytest.fixture
def find(tmp_path: Path):
    def find(
        name: str, *digits: str, budget: int = 1 << 30, path: str = "", **places
    ) -> FoundAdapter:
        finder = AdapterFinder(
            AdapterPlaces(**places), HashCache(tmp_path / "h.sqlite"), CancelToken(), budget
        )
        return finder.find(ForeignAdapter(name=name, hashes=digits, path=path))

    return find


def test_every_kind_of_hash_finds_the_file_under_any_name(tmp_path: Path, find):
    file = write(tmp_path / "a" / "renamed.safetensors", b"content")
    write(tmp_path / "a" / "other.safetensors", b"other")
    own = hashes(file)
    for digits in (own.sha256, own.autov2, own.data_sha256[:12], own.sha256[:12]):
        found = find("style", digits, folders=(str(tmp_path / "a"),))
        assert (found.by, found.path, found.sha256) == ("content", str(file), own.sha256)
        assert not found.is_changed


def test_what_a_file_says_of_itself_finds_it_without_reading_it(tmp_path: Path, find):
    said = "1234567890ab" + "0" * 52
    file = write(tmp_path / "a" / "x.safetensors", b"content", sshs_model_hash=said)
    found = find("style", said[:12], folders=(str(tmp_path / "a"),), budget=0)
    assert (found.by, found.path) == ("content", str(file))


def test_content_counts_more_than_the_name(tmp_path: Path, find):
    impostor = write(tmp_path / "a" / "style.safetensors", b"impostor")
    true = write(tmp_path / "b" / "moved.safetensors", b"true")
    places = {"rows": (KnownAdapter(str(impostor), hashes(impostor).sha256),)}
    found = find("style", hashes(true).sha256, folders=(str(tmp_path / "b"),), **places)
    assert found.path == str(true)


def test_only_the_name_is_the_same(tmp_path: Path, find):
    file = write(tmp_path / "a" / "Style.safetensors", b"content")
    found = find("style", "ab" * 5, folders=(str(tmp_path / "a"),))
    assert (found.by, found.path, found.is_changed) == ("name", str(file), True)
    assert not find("style", folders=(str(tmp_path / "a"),)).is_changed


def test_nearest_places_come_first(tmp_path: Path, find):
    row = write(tmp_path / "rows" / "style.safetensors", b"1")
    demo = write(tmp_path / "demo" / "style.safetensors", b"2")
    far = write(tmp_path / "far" / "below" / "style.safetensors", b"3")
    places = {"files": (str(demo),), "trees": (str(tmp_path / "far"),)}
    rows = (KnownAdapter(str(row), hashes(row).sha256),)
    assert find("style", rows=rows, **places).path == str(row)
    assert find("style", **places).path == str(demo)
    assert find("style", trees=places["trees"]).path == str(far)


def test_several_of_one_name_are_never_guessed_among(tmp_path: Path, find):
    one = write(tmp_path / "a" / "style.safetensors", b"1")
    two = write(tmp_path / "b" / "style.safetensors", b"2")
    folders = (str(tmp_path / "a"), str(tmp_path / "b"))
    found = find("style", folders=folders)
    assert (found.by, found.path) == ("", "")
    assert found.others == (str(one), str(two))
    two.write_bytes(one.read_bytes())
    assert find("style", folders=folders).path == str(one)


def test_nothing_there(tmp_path: Path, find):
    (tmp_path / "style.safetensors").write_bytes(b"no such file")
    found = find("style", "ab" * 32, folders=(str(tmp_path), "/gone"), trees=("/gone",))
    assert (found.by, found.path, found.others) == ("", "", ())


def test_where_it_was_counts_wherever_that_is(tmp_path: Path, find):
    file = write(tmp_path / "far" / "x.safetensors", b"content")
    assert find("style", hashes(file).sha256, path=str(file)).by == "content"


def test_strange_files_are_read_as_far_as_the_budget_goes(tmp_path: Path, find):
    small = write(tmp_path / "a" / "small.safetensors", b"s")
    large = write(tmp_path / "a" / "large.safetensors", b"l" * 10_000)
    place = {"folders": (str(tmp_path / "a"),), "budget": 5_000}
    assert find("x", hashes(small).sha256, **place).path == str(small)
    assert find("x", hashes(large).sha256, **place).by == ""
    assert find("large", hashes(large).sha256, **place).path == str(large)


def test_it_can_be_stopped(tmp_path: Path):
    write(tmp_path / "a" / "x.safetensors", b"content")
    token = CancelToken()
    token.cancel()
    places = AdapterPlaces(folders=(str(tmp_path / "a"),))
    finder = AdapterFinder(places, HashCache(tmp_path / "h.sqlite"), token)
    with pytest.raises(Cancelled):
        finder.find(ForeignAdapter(name="y", hashes=("ab" * 5,)))


@pytest.mark.parametrize("odd", ["x" * 5_000, "a\0b", "\ud800"])
def test_names_that_no_file_can_have_are_not_there(tmp_path: Path, find, odd):
    file = write(tmp_path / "a" / "style.safetensors", b"content")
    places = {
        "rows": (KnownAdapter(path=odd, sha256="f" * 64),),
        "folders": (odd, str(tmp_path / "a")),
        "trees": (odd,),
    }
    assert find(odd, "0" * 64, path=odd, **places).by == ""
    found = find("style", path=odd, **places)
    assert (found.by, found.path) == ("name", str(file))
