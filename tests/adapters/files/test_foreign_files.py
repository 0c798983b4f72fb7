"""Files that are no safetensors files are told by their content, whatever their suffix says."""

import io
import pickle
import tarfile
import zipfile

import pytest
import torch

from loraviewer.adapters.files.header import read_header
from loraviewer.core.outcome import FileError


def _zipped() -> bytes:
    out = io.BytesIO()
    torch.save({"a": torch.zeros(2)}, out)
    assert zipfile.is_zipfile(out)
    return out.getvalue()


def _tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("storages"), io.BytesIO())
    return out.getvalue()


def _before_zip() -> bytes:
    out = io.BytesIO()
    torch.save({"a": torch.zeros(2)}, out, _use_new_zipfile_serialization=False)
    return out.getvalue()


PICKLES = {
    **{f"protocol {n}": pickle.dumps({"a": print}, protocol=n) for n in (0, 2, 3, 4, 5)},
    "a global first": b"ccollections\nOrderedDict\n(tR.",
    "torch.save": _zipped(),
    "torch.save before 1.6": _before_zip(),
    "torch.save before 0.1.10": _tarred(),
}


@pytest.mark.parametrize("suffix", ["safetensors", "ckpt", "pt", "bin"])
@pytest.mark.parametrize("case", PICKLES)
def test_pickles(tmp_path, case, suffix):
    path = tmp_path / f"renamed.{suffix}"
    path.write_bytes(PICKLES[case])
    with pytest.raises(FileError, match="is a pickle, which can run code") as caught:
        read_header(path)
    assert str(path) in str(caught.value)


OTHERS = {
    "GGUF": b"GGUF\x03\x00\x00\x00{" + bytes(100),
    "Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    "web page": b"\n  <!DOCTYPE html>\n<html><head><title>Sign in</title>",
    "web page ": b"<HTML>" + bytes(100),
    "server's error": b'{"error":"Unauthorized","message":"The creator requires you to log in"}',
    "server's error ": b'{\n  "error": 404\n}',
    "empty": b"",
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "packed": b"7z\xbc\xaf\x27\x1c" + bytes(100),
    "NumPy": b"\x93NUMPY\x01\x00" + bytes(100),
    "zeros": bytes(4096),
    "too short": b"\x01\x02",
}


@pytest.mark.parametrize("case", OTHERS)
def test_other_contents(tmp_path, case):
    path = tmp_path / "saved.safetensors"
    path.write_bytes(OTHERS[case])
    with pytest.raises(FileError, match=case.strip()) as caught:
        read_header(path)
    message = str(caught.value)
    assert message.startswith(f"“{path}” ")
    assert "\n" not in message
