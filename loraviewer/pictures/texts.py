"""The texts in a PNG, JPEG or WebP picture. Its pixels are never decoded."""

import contextlib
import html
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from loraviewer.core.foreign.picture import LOOKED_AT_CHARS
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import open_regular
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of
from loraviewer.pictures.png_chunks import SIGNATURE, TooLarge, png_texts

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
_FORMATS = ("JPEG", "WEBP")
_NO_PICTURE = say("is no PNG, JPEG or WebP picture that can be read")
_MOST_BYTES = 512 << 20
"""Of a file; a WebP is read as a whole before anything of it is known."""
_EXIF_IFD, _USER_COMMENT = 0x8769, 0x9286
_TAGS = {0x010E: "ImageDescription", 0x9C9C: "Comment", _USER_COMMENT: "UserComment"}
_COMFY_TAGS = range(0x0100, 0x0111)
"""ComfyUI puts its graphs into a WebP as `name:json`, in these tags from the last one down."""
_COMFY_NAMES = ("prompt", "workflow")
_XMP_KEYS = {"exif:UserComment": "UserComment", "dc:description": "Description"}


def picture_texts(path: Path) -> dict[str, str]:
    """Keyword → text: PNG's own keywords, names of EXIF, and JPEG's comment. Raises `FileError`."""
    try:
        with open_regular(path) as file, _unwarned():
            texts = _of_png(file) if file.read(len(SIGNATURE)) == SIGNATURE else _of_others(file)
    except TooLarge as error:
        raise FileError(
            say("“{path}” cannot be read: a text in it is too large.", path=str(path))
        ) from error
    except (SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise FileError(say("“{path}” {trouble}.", path=str(path), trouble=_NO_PICTURE)) from error
    except OSError as error:
        if error.strerror:
            raise FileError(
                say("“{path}” cannot be read: {why}.", path=str(path), why=reason_of(error))
            ) from error
        raise FileError(say("“{path}” {trouble}.", path=str(path), trouble=_NO_PICTURE)) from error
    return {key: text for key, text in texts.items() if text.strip()}


def _of_png(file: BinaryIO) -> dict[str, str]:
    found = png_texts(file)
    exif = Image.Exif()
    exif.load(found.exif)
    texts = dict(found.texts)
    xmp = _xmp_texts(texts.pop("XML:com.adobe.xmp", None))
    return _exif_texts(exif) | xmp | texts


def _of_others(file: BinaryIO) -> dict[str, str]:
    if file.seek(0, 2) > _MOST_BYTES:
        raise TooLarge
    file.seek(0)
    with Image.open(file, formats=_FORMATS) as image:
        comment = image.info.get("comment")
        texts = {"Comment": _decoded(comment)} if isinstance(comment, bytes) else {}
        return _exif_texts(image.getexif()) | _xmp_texts(image.info.get("xmp")) | texts


def _exif_texts(exif: Image.Exif) -> dict[str, str]:
    values = dict(exif) | dict(exif.get_ifd(_EXIF_IFD))
    found = {name: _decoded(values[tag]) for tag, name in _TAGS.items() if tag in values}
    for tag in _COMFY_TAGS:
        name, colon, text = _decoded(values.get(tag, "")).partition(":")
        if colon and name.lower() in _COMFY_NAMES:
            found.setdefault(name.lower(), text)
    return found


def _decoded(value: object) -> str:
    """EXIF's comments begin with eight letters that name their encoding."""
    if isinstance(value, str):
        return value.strip("\0")
    if isinstance(value, tuple) and all(isinstance(v, int) and 0 <= v < 256 for v in value):
        value = bytes(value)  # XPComment
    if not isinstance(value, bytes) or len(value) > 4 * LOOKED_AT_CHARS:
        return ""
    head, rest = value[:8], value[8:]
    if head == b"UNICODE\0":
        return _utf16(rest)
    if head in (b"ASCII\0\0\0", b"\0" * 8):
        return _utf8(rest)
    return _utf16(value) if value[1::2].count(0) > len(value) // 3 else _utf8(value)


def _utf16(data: bytes) -> str:
    """Of either byte order, which few writers tell: of letters of any script most have the same
    upper half, which is zero for Latin."""
    data = data[: len(data) & ~1]
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").strip("\0")
    is_big = len(set(data[0::2])) <= len(set(data[1::2]))
    return data.decode("utf-16-be" if is_big else "utf-16-le", "replace").strip("\0")


def _utf8(data: bytes) -> str:
    try:
        return data.decode().strip("\0")
    except UnicodeDecodeError:
        return data.decode("latin-1").strip("\0")


def _xmp_texts(xmp: object) -> dict[str, str]:
    """Without a parser of XML, whose entities can grow without end."""
    text = _utf8(xmp) if isinstance(xmp, bytes) else xmp
    if not isinstance(text, str) or len(text) > LOOKED_AT_CHARS:
        return {}
    found: dict[str, str] = {}
    for key, name in _XMP_KEYS.items():
        inner = _between(text, f"<{key}", f"</{key}>")
        item = _between(inner, "<rdf:li", "</rdf:li>")
        if plain := item.partition(">")[2]:
            found[name] = html.unescape(plain)
    return found


def _between(text: str, start: str, end: str) -> str:
    first = text.find(start)
    last = text.find(end, first) if first >= 0 else -1
    return text[first + len(start) : last] if last >= 0 else ""


@contextlib.contextmanager
def _unwarned() -> Iterator[None]:
    """A picture may claim any size, since its pixels are never read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
