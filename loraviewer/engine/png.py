"""Saved pictures: PNG with their record, byte-identical for equal requests, never half written."""

import io
import os
import tempfile
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from loraviewer.core.infotext import ImageRecord, text_chunks
from loraviewer.core.outcome import FileError
from loraviewer.core.picture import Picture


def encode_png(picture: Picture, record: ImageRecord) -> bytes:
    """The file's bytes; the record lies in text chunks, before the pixels."""
    info = PngInfo()
    for keyword, text in text_chunks(record).items():
        info.add_text(keyword, text)  # turns international where Latin-1 does not do
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def read_record_text(path: Path) -> str:
    """The JSON record of a picture loraviewer saved; FileError if there is none."""
    try:
        with Image.open(path) as image:
            image.load()
            text = image.info.get("loraviewer")
    except (OSError, SyntaxError, ValueError) as error:
        raise FileError(f"{path}: this is no PNG picture that can be read.") from error
    if text is None:
        raise FileError(f"{path}: this picture was not saved by loraviewer.")
    return str(text)


def write_files(files: dict[Path, bytes]) -> None:
    """Write all files or none: temporaries beside the targets first, then renames."""
    written: dict[Path, Path] = {}
    try:
        for path, content in files.items():
            written[path] = _write_beside(path, content)
        for path, temporary in written.items():
            os.replace(temporary, path)
    except OSError as error:
        raise FileError(f"{error.filename or 'The file'}: {error.strerror}.") from error
    finally:
        for temporary in written.values():
            temporary.unlink(missing_ok=True)


def _write_beside(path: Path, content: bytes) -> Path:
    """A closed temporary file in the target's folder."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)  # mkstemp makes private files; a picture is an ordinary one
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)
