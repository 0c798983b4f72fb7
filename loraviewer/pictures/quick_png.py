"""PNG that is written and read in a fraction of the usual time, of about the usual size.

Each pixel is the difference to its left neighbour (PNG's filter Sub), packed by its statistics and
runs alone: the usual search for the best filter and for repetitions takes four times as long, and
reading back the filter that it mostly finds (Paeth) twice. Pictures without any grain are half as
large again as usual.
"""

import io
import struct
import zlib

from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo, putchunk

from loraviewer.core.picture import Picture
from loraviewer.pictures.png_chunks import SIGNATURE

_SUB = b"\1"
_BIT_DEPTH, _RGB = 8, 2
_LEVEL, _WINDOW_BITS, _MEMORY = 1, 15, 9


def quick_png(picture: Picture, info: PngInfo) -> bytes:
    """The file's bytes; info: its text chunks, which stand before the pixels."""
    size = (picture.width, picture.height)
    buffer = io.BytesIO()
    buffer.write(SIGNATURE)
    putchunk(buffer, b"IHDR", struct.pack(">IIBBBBB", *size, _BIT_DEPTH, _RGB, 0, 0, 0))
    for kind, data, *_ in info.chunks:
        putchunk(buffer, kind, data)
    putchunk(buffer, b"IDAT", _packed(_filtered(picture)))
    putchunk(buffer, b"IEND", b"")
    return buffer.getvalue()


def _filtered(picture: Picture) -> bytes:
    """Each row behind the byte that names its filter."""
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
    left = Image.new("RGB", image.size)
    left.paste(image, (1, 0))
    differences = ImageChops.subtract_modulo(image, left).tobytes()
    stride = 3 * picture.width
    rows = (differences[at : at + stride] for at in range(0, len(differences), stride))
    return b"".join(part for row in rows for part in (_SUB, row))


def _packed(data: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY, zlib.Z_RLE)
    return packer.compress(data) + packer.flush()
