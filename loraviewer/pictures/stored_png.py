"""The file of one stored picture: a saved picture like any other, with the rows of its pane."""

import binascii
import io
import struct
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import msgspec
from PIL import Image

from loraviewer.core.infotext import RECORD_CHUNK, ImageRecord, read_json, text_chunks
from loraviewer.core.outcome import FileError, Rendered, Timings
from loraviewer.core.picture import Picture
from loraviewer.core.regular_files import open_regular
from loraviewer.core.stack import AdapterStack
from loraviewer.core.stack_files import encode_stack
from loraviewer.pictures.png import png_info
from loraviewer.pictures.png_chunks import SIGNATURE
from loraviewer.pictures.quick_png import quick_png

STACK_CHUNK = "loraviewer-stack"
"""Keyword of the text chunk that holds all rows of the pane, those that were off too."""

MOST_BYTES = 256 << 20
_MOST_EDGE_PX = 4096
_THUMBNAIL_QUALITY = 88


class Damaged(ValueError):  # noqa: N818 - it says what the file is
    """Not what was written, whatever became of it."""


class Head(NamedTuple):
    """What one file says of its picture. `stack`: None where it does not say."""

    record: ImageRecord
    stack: AdapterStack | None


class Stored(NamedTuple):
    """All that one file holds, checked."""

    record: ImageRecord
    picture: Picture
    stack: AdapterStack | None

    def rendered(self) -> Rendered:
        """As it was when it was made; of the cache that a file is."""
        return Rendered(
            request=self.record.request,
            picture=self.picture,
            timings=Timings(),
            fingerprint=self.record.fingerprint,
            is_from_cache=True,
            tile_px=self.record.tile_px,
            has_widened=self.record.has_widened,
            threads=self.record.threads,
            unread=self.record.unread,
            made_on=self.record.made_on,
        )


def encode_stored(picture: Picture, record: ImageRecord, stack: AdapterStack | None) -> bytes:
    rows = {} if stack is None else {STACK_CHUNK: encode_stack(stack)}
    return quick_png(picture, png_info(text_chunks(record) | rows))


def decode_stored(data: bytes) -> Stored:
    """All of it, or `Damaged`: a picture that cannot be trusted whole is not shown at all."""
    _check_sums(data)
    with _reading(io.BytesIO(data)) as image:
        head = _head(image)
        picture = Picture(image.width, image.height, image.tobytes())
    return Stored(head.record, picture, head.stack)


def read_head(path: Path) -> Head:
    """Without its pixels, which are read once somebody wants to see them. `Damaged`; `OSError` or
    `FileError` where there is no such file."""
    with open_regular(path) as file, _reading(file) as image:
        return _head(image)


def thumbnail_of(picture: Picture, edge_px: int) -> bytes:
    """A JPEG with at most so many pixels on its longer side."""
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
    image.thumbnail((edge_px, edge_px), reducing_gap=2.0)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_THUMBNAIL_QUALITY, subsampling=0)
    return buffer.getvalue()


@contextmanager
def _reading(file: IO[bytes]) -> Generator[Image.Image]:
    try:
        with Image.open(file, formats=("PNG",)) as image:
            if image.mode != "RGB" or max(image.size) > _MOST_EDGE_PX:
                raise Damaged(f"{image.mode} {image.size}")
            yield image
    except Damaged:
        raise
    except (OSError, SyntaxError, ValueError, FileError, Image.DecompressionBombError) as error:
        raise Damaged(str(error)) from error


def _head(image: Image.Image) -> Head:
    record = read_json(str(image.info.get(RECORD_CHUNK, ""))).record
    return Head(record, _stack(str(image.info.get(STACK_CHUNK, ""))))


def _check_sums(data: bytes) -> None:
    """Pillow leaves the sums of pixels unread, so that a flipped bit would be another picture."""
    if not data.startswith(SIGNATURE):
        raise Damaged("no PNG")
    at, kind, view = len(SIGNATURE), b"", memoryview(data)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 8 + length
        if end + 4 > len(data):
            raise Damaged("cut short")
        if binascii.crc32(view[at + 4 : end]) != struct.unpack_from(">I", data, end)[0]:
            raise Damaged(f"the sum of {kind!r} is wrong")
        at = end + 4
    if at != len(data) or kind != b"IEND":
        raise Damaged("no end")


def _stack(text: str) -> AdapterStack | None:
    """Rows that a newer version wrote are not needed to show the picture."""
    try:
        return msgspec.json.decode(text, type=AdapterStack) if text else None
    except (msgspec.MsgspecError, RecursionError):
        return None
