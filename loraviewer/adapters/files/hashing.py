"""Content hashes of files: the identity of an adapter."""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

import msgspec

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import open_regular
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of

_CHUNK_BYTES = 1 << 20


class FileHashes(msgspec.Struct, frozen=True):
    """Hex SHA-256 of a whole safetensors file, and of what follows its header.

    The second one, which stays the same when metadata is edited, is kohya's `sshs_model_hash`.
    """

    sha256: str
    data_sha256: str

    @property
    def autov2(self) -> str:
        """As Civitai and AUTOMATIC1111 show it: ten digits of the whole file's hash."""
        return self.sha256[:10]

    @property
    def autov3(self) -> str:
        """As Civitai shows it: twelve digits of the data's hash."""
        return self.data_sha256[:12]


def file_hashes(path: Path, data_offset: int, token: CancelToken | None = None) -> FileHashes:
    """Both hashes in one pass; `data_offset` is the header's. `Cancelled` between pieces.

    Raises `FileError` where the file cannot be read or changes meanwhile.
    """
    whole, data = hashlib.sha256(), hashlib.sha256()
    try:
        with open_regular(path) as file:
            before = os.fstat(file.fileno())
            whole.update(file.read(data_offset))
            while chunk := file.read(_CHUNK_BYTES):
                if token is not None:
                    token.raise_if_cancelled()
                whole.update(chunk)
                data.update(chunk)
            after = os.fstat(file.fileno())
    except OSError as error:
        raise FileError(
            say("“{path}” cannot be read: {why}.", path=str(path), why=reason_of(error))
        ) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise FileError(
            say("“{path}” changed while it was being read; open it again.", path=str(path))
        )
    return FileHashes(whole.hexdigest(), data.hexdigest())


def file_sha256(path: Path, token: CancelToken | None = None) -> str:
    """Hex SHA-256 of the whole file, read in pieces; `Cancelled` between pieces."""
    try:
        with open_regular(path) as file:
            return stream_sha256(file, token)
    except OSError as error:
        raise FileError(
            say("“{path}” cannot be read: {why}.", path=str(path), why=reason_of(error))
        ) from error


def stream_sha256(file: BinaryIO, token: CancelToken | None = None, start: int = 0) -> str:
    """Hex SHA-256 of an open file from byte `start` to its end."""
    digest = hashlib.sha256()
    file.seek(start)
    while chunk := file.read(_CHUNK_BYTES):
        if token is not None:
            token.raise_if_cancelled()
        digest.update(chunk)
    return digest.hexdigest()
