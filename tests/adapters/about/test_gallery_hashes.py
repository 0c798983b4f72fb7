"""By which numbers A1111 and Civitai know the files of a picture."""

import hashlib
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from loraviewer.adapters.about.gallery_hashes import gallery_hashes
from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.core.cancel import CancelToken
from loraviewer.core.request import CheckpointRef, GenerationRequest
from loraviewer.core.stack import AppliedAdapter


@pytest.fixture
def write(tmp_path):
    def write(name: str, metadata: dict[str, str] | None = None, size: int = 4) -> Path:
        save_file({"a": torch.arange(float(size))}, tmp_path / name, metadata)
        os.utime(tmp_path / name, (1_000_000, 1_000_000))  # old enough to be remembered
        return tmp_path / name

    return write


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def request_of(base: Path | str, *adapters: Path) -> GenerationRequest:
    applied = (AppliedAdapter(digest(p.read_bytes()), 1.0, 1.0, p.stem, str(p)) for p in adapters)
    return GenerationRequest(checkpoint=CheckpointRef(str(base)), adapters=tuple(applied))


def hashes_of(tmp_path: Path, request: GenerationRequest):
    return gallery_hashes(request, HashCache(tmp_path / "cache" / "h.sqlite"), CancelToken())


def test_a_checkpoint_is_known_by_its_whole_file(tmp_path, write):
    base = write("base.safetensors")
    assert hashes_of(tmp_path, request_of(base)).model == digest(base.read_bytes())
    assert hashes_of(tmp_path, request_of("demo")).model == ""
    assert hashes_of(tmp_path, request_of(tmp_path)).model == ""
    assert hashes_of(tmp_path, request_of(tmp_path / "gone.safetensors")).model == ""


def test_it_is_read_once_and_again_where_it_changed(tmp_path, write, monkeypatch):
    base = write("base.safetensors")
    first = hashes_of(tmp_path, request_of(base)).model

    def refuse(*_):
        raise AssertionError("read again")

    with monkeypatch.context() as patch:
        patch.setattr("loraviewer.adapters.files.hash_cache.file_hashes", refuse)
        assert hashes_of(tmp_path, request_of(base)).model == first
    write("base.safetensors", size=5)
    assert hashes_of(tmp_path, request_of(base)).model == digest(base.read_bytes()) != first


def test_an_adapter_is_known_by_what_follows_its_header(tmp_path, write):
    """As A1111 does: editing the metadata changes nothing, and a file's own word counts."""
    plain, edited = write("plain.safetensors"), write("edited.safetensors", {"note": "x"})
    said, empty = "ab" * 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    named = write("named.safetensors", {"sshs_model_hash": said})
    blank = write("blank.safetensors", {"sshs_model_hash": empty})
    data = digest(torch.arange(4.0).numpy().tobytes())[:12]
    request = request_of("demo", plain, edited, named, blank)
    found = hashes_of(tmp_path, request)
    assert [found.of_adapter(a.sha256) for a in request.adapters] == [data, data, said[:12], data]


def test_an_adapter_that_changed_or_went_is_known_by_what_it_was(tmp_path, write):
    changed, gone = write("changed.safetensors"), write("gone.safetensors", size=6)
    request = request_of("demo", changed, gone)
    write("changed.safetensors", size=7)
    gone.unlink()
    found = hashes_of(tmp_path, request)
    assert [found.of_adapter(a.sha256) for a in request.adapters] == [
        a.sha256[:10] for a in request.adapters
    ]
