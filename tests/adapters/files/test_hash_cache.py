"""Hashes are computed once per file state, and a broken cache costs nothing but time."""

import hashlib
import os
import random
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from loraviewer.adapters.about.summary import summarise
from loraviewer.adapters.files import hash_cache
from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.adapters.files.hashing import file_hashes
from loraviewer.adapters.files.header import read_header
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.outcome import FileError, LoraviewerError
from tests.adapters.builders import KOHYA_MODULES
from tests.adapters.toys import lora_tensors, write_lora

LONG_AGO = (1_600_000_000, 1_600_000_000)


def write(path: Path, value: float) -> Path:
    save_file({"a": torch.full((100,), value)}, path, {"note": str(value)})
    os.utime(path, LONG_AGO)
    return path


@pytest.fixture
def adapter(tmp_path) -> Path:
    return write(tmp_path / "a.safetensors", 1.0)


@pytest.fixture
def cache(tmp_path) -> HashCache:
    return HashCache(tmp_path / "new folder" / "hashes.sqlite")


@pytest.fixture
def computed(monkeypatch) -> list[Path]:
    """The files that were really read."""
    paths: list[Path] = []

    def spy(path, data_offset, token=None):
        paths.append(path)
        return file_hashes(path, data_offset, token)

    monkeypatch.setattr(hash_cache, "file_hashes", spy)
    return paths


def offset(path: Path) -> int:
    return read_header(path).data_offset


def test_both_hashes_are_what_hashlib_says(adapter):
    raw, at = adapter.read_bytes(), offset(adapter)
    found = file_hashes(adapter, at)
    assert found.sha256 == hashlib.sha256(raw).hexdigest()
    assert found.data_sha256 == hashlib.sha256(raw[at:]).hexdigest()
    assert found.autov3 == found.data_sha256[:12]


def test_the_second_time_nothing_is_read(adapter, cache, computed):
    first = cache.hashes(adapter, offset(adapter))
    assert cache.hashes(adapter, offset(adapter)) == first
    assert cache.known(adapter) == first
    assert len(computed) == 1


def test_a_changed_file_is_read_again(adapter, cache, computed):
    first = cache.hashes(adapter, offset(adapter))
    write(adapter, 2.0)
    os.utime(adapter, (LONG_AGO[0], LONG_AGO[1] + 1))
    assert cache.known(adapter) is None
    assert cache.hashes(adapter, offset(adapter)) != first
    replacement = write(adapter.with_name("b"), 3.0)
    os.utime(replacement, (LONG_AGO[0], LONG_AGO[1] + 1))
    os.replace(replacement, adapter)  # same size and time, another file
    assert cache.known(adapter) is None
    cache.hashes(adapter, offset(adapter))
    assert len(computed) == 3


def test_a_file_that_was_just_written_is_not_remembered(adapter, cache):
    os.utime(adapter)
    cache.hashes(adapter, offset(adapter))
    assert cache.known(adapter) is None


@pytest.mark.parametrize("damage", [b"no database at all" * 100, b"", b"SQLite format 3\x00" * 300])
def test_a_broken_cache_is_thrown_away(adapter, tmp_path, damage):
    path = tmp_path / "hashes.sqlite"
    path.write_bytes(damage)
    cache = HashCache(path)
    expected = file_hashes(adapter, offset(adapter))
    assert cache.hashes(adapter, offset(adapter)) == expected
    cache.hashes(adapter, offset(adapter))
    assert cache.known(adapter) == expected


def test_damaged_and_foreign_rows_are_not_believed(adapter, tmp_path):
    path = tmp_path / "hashes.sqlite"
    cache = HashCache(path)
    expected = cache.hashes(adapter, offset(adapter))
    with sqlite3.connect(path) as database:
        database.execute("UPDATE hashes_1 SET sha256 = 'abc'")
    assert cache.known(adapter) is None
    assert cache.hashes(adapter, offset(adapter)) == expected


def test_a_cache_that_cannot_be_kept_is_no_error(adapter, tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "hashes.sqlite", tmp_path):
        cache = HashCache(place)
        assert cache.hashes(adapter, offset(adapter)) == file_hashes(adapter, offset(adapter))
        assert cache.known(adapter) is None


def test_only_so_many_files_are_remembered(tmp_path, cache, monkeypatch):
    monkeypatch.setattr(hash_cache, "MOST_FILES", 3)
    paths = [write(tmp_path / f"{i}.safetensors", i) for i in range(5)]
    for path in paths:
        cache.hashes(path, offset(path))
    assert [cache.known(path) is not None for path in paths] == [False, False, True, True, True]


def test_many_threads_at_once(tmp_path, cache):
    paths = [write(tmp_path / f"{i}.safetensors", i) for i in range(12)]
    expected = {path: file_hashes(path, offset(path)) for path in paths}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda p: cache.hashes(p, offset(p)), paths * 4))
    assert found == [expected[path] for path in paths * 4]


def test_cancelled_and_missing(adapter, cache):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        cache.hashes(adapter, offset(adapter), token)
    assert cache.known(adapter) is None
    with pytest.raises(FileError, match="gone"):
        cache.hashes(adapter.with_name("gone"), 8)


def test_a_file_that_changes_while_it_is_read(adapter):
    class Changes(CancelToken):
        def raise_if_cancelled(self) -> None:
            os.utime(adapter, (LONG_AGO[0], LONG_AGO[1] + 5))

    with pytest.raises(FileError, match="changed while it was being read"):
        file_hashes(adapter, offset(adapter), Changes())


def test_good_files_are_never_refused_among_broken_ones(tmp_path):
    """Many threads read good and broken files at once, over a cache that breaks under them."""
    good = [
        write_lora(tmp_path / f"{i}.safetensors", lora_tensors(KOHYA_MODULES, i)) for i in (1, 2)
    ]
    bad = [tmp_path / "missing.safetensors", tmp_path / "cut.safetensors"]
    bad[1].write_bytes(good[0].read_bytes()[:900])
    cache = tmp_path / "hashes.sqlite"
    refused: list[str] = []

    def read(seed: int) -> None:
        choose = random.Random(seed)
        for _ in range(60):
            path = choose.choice((*good, *bad))
            try:
                summarise(path, HashCache(cache))
            except LoraviewerError:
                refused.append(path.name)
            if choose.random() < 0.1:
                cache.write_bytes(choose.randbytes(choose.choice((0, 9, 5_000))))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(read, range(4)))
    finally:
        sys.setswitchinterval(interval)
    assert set(refused) == {path.name for path in bad}
