"""Saved pictures: PNG with their record, byte-identical for equal requests with the same number of
threads, never half written."""

import contextlib
import io
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from loraviewer.core.a1111_text import GalleryHashes
from loraviewer.core.atomic import new_file
from loraviewer.core.infotext import (
    NO_HASHES,
    RECORD_CHUNK,
    ImageRecord,
    ReadRecord,
    read_json,
    record_of,
    text_chunks,
)
from loraviewer.core.outcome import FileError, Rendered
from loraviewer.core.picture import Picture
from loraviewer.core.regular_files import open_regular
from loraviewer.core.sentences import say

_LEVEL = 6


def save_rendered(path: Path, rendered: Rendered, hashes: GalleryHashes = NO_HASHES) -> None:
    """Save one finished picture with its record, over a picture of that name but over nothing else.
    Any thread; `FileError` that names the file. hashes: of its files."""
    if path.suffix.lower() != ".png":
        raise FileError(
            say("“{path}” is no name of a picture; let it end in .png.", path=str(path))
        )
    save_all({path: rendered}, hashes)


def save_all(pictures: Mapping[Path, Rendered], hashes: GalleryHashes = NO_HASHES) -> None:
    """Save all pictures or none: every file is complete before the first gets its name. hashes: of
    the files of all of them."""
    with contextlib.ExitStack() as stack:
        for path, rendered in pictures.items():
            content = encode_png(rendered.picture, record_of(rendered), hashes)
            stack.enter_context(new_file(path)).write_bytes(content)


def encode_png(
    picture: Picture,
    record: ImageRecord,
    hashes: GalleryHashes = NO_HASHES,
) -> bytes:
    """The file's bytes; the record lies in text chunks, before the pixels."""
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
    buffer = io.BytesIO()
    info = png_info(text_chunks(record, hashes))
    image.save(buffer, "PNG", pnginfo=info, compress_level=_LEVEL)
    return buffer.getvalue()


def png_info(texts: Mapping[str, str]) -> PngInfo:
    """Text chunks, keyword → text."""
    info = PngInfo()
    for keyword, text in texts.items():
        info.add_text(keyword, text)  # turns international where Latin-1 does not do
    return info


def is_saved_picture(path: Path) -> bool:
    """Whether loraviewer saved it, so that it can be made again from its record."""
    try:
        return not read_record(path).note
    except FileError:
        return False


def read_record(path: Path) -> ReadRecord:
    """The record of a picture loraviewer saved; FileError if there is none that can be read."""
    text = read_record_text(path)
    try:
        return read_json(text)
    except FileError as error:
        raise FileError(say("{path}: {why}", path=str(path), why=error.message)) from error


def read_record_text(path: Path) -> str:
    """The JSON record of a picture loraviewer saved; FileError if there is none."""
    try:
        with open_regular(path) as file, _unwarned(), Image.open(file) as image:
            text = image.info.get(RECORD_CHUNK)  # it stands before the pixels, which are not read
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise FileError(
            say("{path}: this is no PNG picture that can be read.", path=str(path))
        ) from error
    if text is None:
        raise FileError(say("{path}: this picture was not saved by loraviewer.", path=str(path)))
    return str(text)


@contextlib.contextmanager
def _unwarned() -> Iterator[None]:
    """A picture may claim any size, since its pixels are never read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
