"""A header of which only the metadata is read. What follows that is the same, byte for byte, in all
files that one trainer wrote with equal settings: whoever saw it once need not read it again."""

from dataclasses import dataclass
from pathlib import Path

import xxhash

from loraviewer.adapters.files.header import Header, checked_header, read_raw_header
from loraviewer.adapters.files.header_json import METADATA, HeaderProblem, HeaderReader
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import open_regular
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of

_BARE_NAME = METADATA.strip("_").encode()


@dataclass(frozen=True)
class HeaderStart:
    """`layout`: hash of names, shapes, dtypes and places of all tensors, as they are written, with
    the data's size; None where metadata does not stand first. If one file with this layout is
    sound, all are."""

    metadata: dict[str, str]
    layout: tuple[int, int, bool] | None
    size_bytes: int
    _raw: bytes
    _path: Path

    @property
    def data_offset(self) -> int:
        return 8 + len(self._raw)

    def header(self) -> Header:
        """All of it, checked; raises `FileError` as `read_header`."""
        return checked_header(self._raw, self.size_bytes, self._path)


def read_header_start(path: Path, salt: int = 0) -> HeaderStart:
    """`salt`: of the hash, which nobody should foresee who makes files. Raises `FileError` where no
    header begins; one that is damaged has no layout."""
    try:
        with open_regular(path, buffering=0) as file:
            raw, size = read_raw_header(file, path)
    except OSError as error:
        reason = reason_of(error)
        raise FileError(
            say("“{path}” cannot be read: {why}.", path=str(path), why=reason)
        ) from error
    reader = HeaderReader(raw)
    try:
        at = reader.leading_metadata()
    except HeaderProblem:
        return HeaderStart({}, None, size, raw, path)
    if not at and _BARE_NAME in raw:
        return HeaderStart({}, None, size, raw, path)
    found = xxhash.xxh3_128_intdigest(memoryview(raw)[at:], salt)
    layout = (found, size - 8 - len(raw), at > 0)
    return HeaderStart(reader.metadata, layout, size, raw, path)
