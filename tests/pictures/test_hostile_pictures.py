"""Pictures that claim to be enormous, or hold texts that unpack to gigabytes: told at once."""

import json
import os
import struct
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from loraviewer.core.outcome import FileError
from loraviewer.pictures.png import is_saved_picture, read_record, read_record_text

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    checked = kind + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))


def picture(*chunks: bytes, width: int = 8, height: int = 8) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(height % 100 * (1 + 3 * (width % 100)))))
    return SIGNATURE + header + b"".join(chunks) + pixels + chunk(b"IEND", b"")


def text(record: str, compressed: bool = False) -> bytes:
    if compressed:
        return chunk(b"zTXt", b"loraviewer\0\0" + zlib.compress(record.encode()))
    return chunk(b"tEXt", b"loraviewer\0" + record.encode())


def test_the_record_of_an_enormous_picture_is_read_without_its_pixels(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(picture(text("{}"), width=20_000, height=8_000))
    assert read_record_text(path) == "{}"


@pytest.mark.parametrize(
    "content",
    {
        "a bomb of pixels": picture(text("{}"), width=2**31 - 1, height=2**31 - 1),
        "a bomb of text": picture(text("x" * 50_000_000, compressed=True)),
        "many texts": picture(*[text("x" * 900_000, compressed=True)] * 100),
        "no picture": b"{}",
        "nothing": b"",
        "half a header": SIGNATURE + b"\0\0\0\rIHDR",
        "no record": picture(),
    }.items(),
    ids=lambda item: item[0],
)
def test_bombs_and_broken_pictures_are_refused(tmp_path, content):
    path = tmp_path / "a.png"
    path.write_bytes(content[1])
    with pytest.raises(FileError, match=r"a\.png"):
        read_record_text(path)
    assert not is_saved_picture(path)


def record(**fields) -> str:
    request = {"checkpoint": {"path": "demo"}, **fields}
    return json.dumps({"request": request})


def test_a_picture_of_a_newer_version_is_read_but_cannot_be_made_again(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(picture(text(record(batch=[7]))))
    assert read_record(path).note == ""
    assert is_saved_picture(path)
    path.write_bytes(picture(text(record(batch=[7], tone="warm"))))
    assert read_record(path).record.request.batch == (7,)
    assert "request.tone" in read_record(path).note
    assert not is_saved_picture(path)


def test_a_record_of_wrong_types_names_the_file(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(picture(text(record(batch="7"))))
    with pytest.raises(FileError, match=r"a\.png: .*record cannot be read .*batch"):
        read_record(path)


def test_a_pipe_is_no_picture(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(FileError, match="no ordinary file"):
        read_record_text(tmp_path / "a.png")


def test_a_picture_of_another_program_has_no_record(tmp_path):
    info = PngInfo()
    info.add_text("parameters", "a cat")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", pnginfo=info)
    assert not is_saved_picture(tmp_path / "a.png")
