"""Small and hostile pictures for the tests."""

import base64
import io
import struct
import zlib

from PIL import Image


def picture(kind: str, width: int = 6, height: int = 4, **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, kind, **options)
    return out.getvalue()


def png_bomb(width: int, height: int) -> bytes:
    """A few bytes that claim to be a huge picture."""
    size = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = b"IHDR" + size
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


def data_url(data: bytes, mime: str = "image/png") -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"
