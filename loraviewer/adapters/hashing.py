"""Content hashes of files: the identity of an adapter."""

import hashlib
from pathlib import Path
from typing import BinaryIO

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import FileError

_CHUNK_BYTES = 1 << 20


def file_sha256(path: Path, token: CancelToken | None = None) -> str:
    """Hex SHA-256 of the whole file, read in pieces; `Cancelled` between pieces."""
    try:
        with path.open("rb") as file:
            return stream_sha256(file, token)
    except OSError as error:
        raise FileError(f"“{path}” cannot be read: {error.strerror or error}.") from error


def stream_sha256(file: BinaryIO, token: CancelToken | None = None, start: int = 0) -> str:
    """Hex SHA-256 of an open file from byte `start` to its end."""
    digest = hashlib.sha256()
    file.seek(start)
    while chunk := file.read(_CHUNK_BYTES):
        if token is not None:
            token.raise_if_cancelled()
        digest.update(chunk)
    return digest.hexdigest()
