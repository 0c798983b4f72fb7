"""The chunks of a PNG that hold texts, wherever they stand; pixels are skipped, never decoded."""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_CHUNKS = 1_000_000
_MOST_BYTES = 16 << 20
"""Of one text, packed or not; and of all texts together four times as much."""
_TEXTS = (b"tEXt", b"zTXt", b"iTXt", b"eXIf")


class TooLarge(Exception):  # noqa: N818 - it says what a text is
    """A text that is larger than any real one."""


class PngTexts(msgspec.Struct, frozen=True):
    """`texts`: by keyword, the first of each. `exif`: as it stands in the file, b"" for none."""

    texts: dict[str, str]
    exif: bytes = b""


def png_texts(file: BinaryIO) -> PngTexts:
    """Of an open file, from its beginning; what is left of one that was cut. Raises `TooLarge`."""
    texts: dict[str, str] = {}
    exif, left = b"", 4 * _MOST_BYTES
    for kind, data in _chunks(file):
        if kind == b"eXIf":
            exif = exif or data
            continue
        keyword, text = _READERS[kind](data)
        left -= len(text)
        if left < 0:
            raise TooLarge
        texts.setdefault(keyword, text)
    return PngTexts(texts, exif)


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    file.seek(len(SIGNATURE))
    for _ in range(_MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head)
        if kind not in _TEXTS:
            file.seek(length + 4, 1)
            continue
        if length > _MOST_BYTES:
            raise TooLarge
        data = file.read(length)
        file.seek(4, 1)
        if len(data) == length:
            yield kind, data


def _plain(data: bytes) -> tuple[str, str]:
    keyword, _, text = data.partition(b"\0")
    return keyword.decode("latin-1"), text.decode("latin-1")


def _packed(data: bytes) -> tuple[str, str]:
    keyword, _, rest = data.partition(b"\0")
    return keyword.decode("latin-1"), _unpacked(rest[1:]).decode("latin-1")


def _international(data: bytes) -> tuple[str, str]:
    keyword, _, rest = data.partition(b"\0")
    is_packed, rest = rest[:1] == b"\1", rest[2:]
    _, _, rest = rest.partition(b"\0")  # the language
    _, _, text = rest.partition(b"\0")  # the keyword in that language
    plain = _unpacked(text) if is_packed else text
    return keyword.decode("latin-1"), plain.decode("utf-8", "replace")


def _unpacked(data: bytes) -> bytes:
    """b"" where it is damaged."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, _MOST_BYTES)
    except zlib.error:
        return b""
    if unpacker.unconsumed_tail:
        raise TooLarge
    return text


_READERS = {b"tEXt": _plain, b"zTXt": _packed, b"iTXt": _international}
