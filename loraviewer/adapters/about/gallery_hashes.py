"""The hashes by which galleries and other programs find the files that a picture was made with."""

import os
from pathlib import Path

from loraviewer.adapters.about.metadata import embedded_hashes
from loraviewer.adapters.files.hash_cache import HashCache
from loraviewer.adapters.files.header import read_header
from loraviewer.adapters.files.weights_header import read_weights_header
from loraviewer.core.a1111_text import GalleryHashes
from loraviewer.core.cancel import Cancelled, CancelToken
from loraviewer.core.outcome import FileError
from loraviewer.core.request import GenerationRequest

_A1111_DIGITS = 12
_OWN = "sshs_model_hash"


def gallery_hashes(
    request: GenerationRequest, cache: HashCache, token: CancelToken
) -> GalleryHashes:
    """Of all files that are there and have not changed; a checkpoint's takes seconds per gigabyte,
    once. Never raises: a file that cannot be read, or for which the token leaves no time, has none.
    """
    adapters = {a.sha256: _adapter(Path(a.path), a.sha256, cache, token) for a in request.adapters}
    known = {sha256: short for sha256, short in adapters.items() if short}
    return GalleryHashes(_checkpoint(Path(request.checkpoint.path), cache, token), known)


def _checkpoint(path: Path, cache: HashCache, token: CancelToken) -> str:
    """The whole file's; "" for a folder, of which no gallery keeps a hash, and for the demo."""
    if not os.path.isfile(path):
        return ""
    try:
        return cache.hashes(path, read_weights_header(path).data_offset, token).sha256
    except (FileError, Cancelled):
        return ""


def _adapter(path: Path, sha256: str, cache: HashCache, token: CancelToken) -> str:
    """What A1111 calls its hash: the one that the file gives itself, else that of what follows its
    header. "" where the file is no longer the one that was used."""
    try:
        header = read_header(path)
        found = cache.hashes(path, header.data_offset, token)
    except (FileError, Cancelled):
        return ""
    said = embedded_hashes(header.metadata).get(_OWN, found.data_sha256)
    return said[:_A1111_DIGITS] if found.sha256 == sha256 else ""
