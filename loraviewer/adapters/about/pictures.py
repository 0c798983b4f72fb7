"""What kind of picture some bytes are and how large, from their header: before anything decodes
them, since a few bytes can claim a picture that fills all memory."""

import struct
from dataclasses import dataclass

MAX_PIXELS = 64_000_000

_JPEG_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Markers of the segments that hold a JPEG's size."""
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length."""


@dataclass(frozen=True)
class PictureFacts:
    mime: str
    width: int
    height: int

    @property
    def is_modest(self) -> bool:
        """Whether it may be decoded."""
        return 0 < self.width * self.height <= MAX_PIXELS


def picture_facts(data: bytes) -> PictureFacts | None:
    """Of the beginning of a PNG, JPEG, WebP or GIF; None for anything else (SVG above all)."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
            return PictureFacts("image/png", *struct.unpack(">II", data[16:24]))
        if data.startswith((b"GIF87a", b"GIF89a")):
            return PictureFacts("image/gif", *struct.unpack("<HH", data[6:10]))
        if data.startswith(b"\xff\xd8\xff"):
            return _jpeg_facts(data)
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return _webp_facts(data)
    except (struct.error, IndexError):  # it ends too early
        return None
    return None


def _jpeg_facts(data: bytes) -> PictureFacts | None:
    """From segment to segment until one tells the size."""
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _JPEG_BARE:
            at += 2
        elif marker in _JPEG_SIZES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return PictureFacts("image/jpeg", width, height)
        else:
            at += 2 + max(2, struct.unpack(">H", data[at + 2 : at + 4])[0])
    return None


def _webp_facts(data: bytes) -> PictureFacts | None:
    """Lossy (RFC 6386), lossless, or extended (Google's WebP container specification)."""
    chunk = data[12:16]
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = (size & 0x3FFF for size in struct.unpack("<HH", data[26:30]))
        return PictureFacts("image/webp", width, height)
    if chunk == b"VP8L" and data[20] == 0x2F:
        (bits,) = struct.unpack("<I", data[21:25])
        return PictureFacts("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if chunk == b"VP8X" and len(data) >= 30:
        width = int.from_bytes(data[24:27], "little") + 1
        return PictureFacts("image/webp", width, int.from_bytes(data[27:30], "little") + 1)
    return None
