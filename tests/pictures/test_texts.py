"""Texts in pictures: every place that programs use, built here by hand; pixels stay encoded."""

import contextlib
import json
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from loraviewer.core.foreign.read import read_picture
from loraviewer.core.outcome import FileError
from loraviewer.pictures.texts import picture_texts
from tests.core.foreign import writers

TEXT = writers.a1111("a girl — ünï 絵, <lora:manga:0.8>", "blurry\nlow")
USER_COMMENT, EXIF_IFD = 0x9286, 0x8769


def image() -> Image.Image:
    return Image.new("RGB", (16, 8), (10, 20, 30))


def with_comment(value: bytes, in_ifd: bool = True) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0131] = "a program"  # Pillow writes no EXIF that has only inner directories
    if in_ifd:
        exif.get_ifd(EXIF_IFD)[USER_COMMENT] = value
    else:
        exif[USER_COMMENT] = value
    return exif


@pytest.mark.parametrize("kind", ["tEXt", "iTXt", "zTXt", "iTXt compressed"])
def test_every_text_of_a_png(tmp_path: Path, kind: str):
    text = TEXT if kind.startswith("iTXt") else writers.a1111("a plain girl", "blurry")
    info = PngInfo()
    if kind.startswith("iTXt"):
        info.add_itxt("parameters", text, zip=kind.endswith("compressed"))
    else:
        info.add_text("parameters", text, zip=kind == "zTXt")
    image().save(tmp_path / "a.png", pnginfo=info)
    assert picture_texts(tmp_path / "a.png")["parameters"] == text


@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a.png"])
@pytest.mark.parametrize(
    "value",
    [
        b"UNICODE\0" + TEXT.encode("utf-16-be"),
        b"UNICODE\0" + TEXT.encode("utf-16-le"),
        b"UNICODE\0" + TEXT.encode("utf-16"),
        b"ASCII\0\0\0" + TEXT.encode(),
        b"\0" * 8 + TEXT.encode(),
        TEXT.encode(),
    ],
    ids=["big", "little", "mark", "ascii", "undefined", "bare"],
)
def test_comments_in_exif(tmp_path: Path, name: str, value: bytes):
    image().save(tmp_path / name, exif=with_comment(value))
    assert picture_texts(tmp_path / name)["UserComment"] == TEXT


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le"])
def test_byte_orders_of_other_scripts(tmp_path: Path, encoding: str):
    text = writers.a1111("夜の森の中を歩く少女、長い髪、白い服" * 20)
    image().save(tmp_path / "a.jpg", exif=with_comment(b"UNICODE\0" + text.encode(encoding)))
    assert picture_texts(tmp_path / "a.jpg")["UserComment"] == text


def test_fooocus_writes_into_the_first_directory(tmp_path: Path):
    value = writers.fooocus()
    image().save(tmp_path / "a.jpg", exif=with_comment(value.encode(), in_ifd=False))
    picture = read_picture(picture_texts(tmp_path / "a.jpg"))
    assert picture is not None
    assert picture.source == "Fooocus"


def test_comfyui_s_graphs_in_a_webp(tmp_path: Path):
    exif = Image.Exif()
    exif[0x0110] = "prompt:" + json.dumps(writers.comfy_graph())
    exif[0x010F] = "workflow:" + json.dumps({"nodes": []})
    image().save(tmp_path / "a.webp", exif=exif)
    texts = picture_texts(tmp_path / "a.webp")
    assert set(texts) == {"prompt", "workflow"}
    picture = read_picture(texts)
    assert picture is not None
    assert picture.steps == 24


def test_comments_of_jpeg_and_xmp(tmp_path: Path):
    image().save(tmp_path / "a.jpg", comment=TEXT.encode())
    assert picture_texts(tmp_path / "a.jpg")["Comment"] == TEXT
    words = TEXT.replace("<", "&lt;").replace(">", "&gt;")
    xmp = (
        '<x:xmpmeta><rdf:RDF><rdf:Description><exif:UserComment><rdf:Alt><rdf:li xml:lang="x-def'
        f'ault">{words}</rdf:li></rdf:Alt></exif:UserComment></rdf:Description></rdf:RDF>'
    )
    image().save(tmp_path / "b.webp", xmp=xmp.encode())
    assert picture_texts(tmp_path / "b.webp")["UserComment"] == TEXT


def test_a_picture_without_texts(tmp_path: Path):
    image().save(tmp_path / "a.png")
    assert picture_texts(tmp_path / "a.png") == {}
    assert read_picture({}) is None


def chunk(kind: bytes, data: bytes) -> bytes:
    crc = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + crc


def png(*chunks: bytes, size: tuple[int, int] = (8, 8)) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IEND", b"")


def test_a_picture_that_claims_any_size_is_not_decoded(tmp_path: Path):
    text = chunk(b"tEXt", b"parameters\0x")
    idat = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    (tmp_path / "a.png").write_bytes(png(text, idat, size=(12_000, 12_000)))
    assert picture_texts(tmp_path / "a.png") == {"parameters": "x"}


def test_bombs_in_texts_are_one_sentence(tmp_path: Path):
    bomb = zlib.compress(b"x" * 200_000_000, 9)
    (tmp_path / "z.png").write_bytes(png(chunk(b"zTXt", b"parameters\0\0" + bomb)))
    with pytest.raises(FileError, match=r"z\.png"):
        picture_texts(tmp_path / "z.png")
    itxt = chunk(b"iTXt", b"parameters\0\x01\0\0\0" + bomb)
    (tmp_path / "i.png").write_bytes(png(itxt))
    with pytest.raises(FileError, match=r"i\.png"):
        picture_texts(tmp_path / "i.png")


@pytest.mark.parametrize("cut", [0, 3, 20, 40, 60])
def test_truncated_files_are_one_sentence_or_less_text(tmp_path: Path, cut: int):
    info = PngInfo()
    info.add_text("parameters", "x" * 30)
    image().save(tmp_path / "a.png", pnginfo=info)
    data = (tmp_path / "a.png").read_bytes()
    (tmp_path / "b.png").write_bytes(data[:cut])
    told: object = None
    with contextlib.suppress(FileError):
        told = picture_texts(tmp_path / "b.png")
    assert told in (None, {}, {"parameters": "x" * 30})


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"<svg>", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP"]
)
def test_what_is_no_picture_is_one_sentence(tmp_path: Path, content: bytes):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(FileError, match=r"a\.png"):
        picture_texts(tmp_path / "a.png")
    with pytest.raises(FileError, match=r"nothing\.png"):
        picture_texts(tmp_path / "nothing.png")
    with pytest.raises(FileError):
        picture_texts(tmp_path)
