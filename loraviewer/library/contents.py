"""What a file is by its content, so that notes and twins find it wherever it goes."""

import hashlib
import os
from pathlib import Path

from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.adapters.files.hashing import file_sha256
from loraviewer.adapters.files.header_start import read_header_start
from loraviewer.core.cancel import CancelToken
from loraviewer.core.folders import is_weight_file, walk
from loraviewer.core.outcome import FileError


def known_sha256(path: Path, cache: HashCache) -> str:
    """Without reading a file; "" where nobody has hashed it yet, and for a folder."""
    if os.path.isdir(path):
        return ""
    known = cache.known(path)
    return known.sha256 if known else ""


def content_sha256(path: Path, cache: HashCache, token: CancelToken | None = None) -> str:
    """Of a whole file; of a pipeline's folder, of the names and contents of all its weights and
    configurations. Takes seconds per gigabyte. Raises `FileError`, `Cancelled`."""
    if not os.path.isdir(path):
        return _file_sha256(path, cache, token)
    digest = hashlib.sha256()
    for place in walk(path):
        for name in place.files:
            if is_weight_file(name) or name.endswith(".json"):
                file = place.path / name
                way = file.relative_to(path).as_posix().encode("utf-8", "backslashreplace")
                digest.update(b"%b\n%b\n" % (way, _file_sha256(file, cache, token).encode()))
    return digest.hexdigest()


def _file_sha256(path: Path, cache: HashCache, token: CancelToken | None) -> str:
    """Remembered of files with a header."""
    if not is_weight_file(path.name):
        return file_sha256(path, token)
    try:
        offset = read_header_start(path).data_offset
    except FileError:
        return file_sha256(path, token)
    return cache.hashes(path, offset, token).sha256
