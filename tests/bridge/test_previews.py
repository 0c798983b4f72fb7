"""Pictures beside adapter files: shown when they are modest pictures, whatever their names say."""

import base64
import os
import struct
import zlib
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QBuffer, QCoreApplication, QIODevice
from PySide6.QtGui import QColor, QImage

from loraviewer.adapters.about.sidecars import preview_beside
from loraviewer.bridge.adapters.preview_images import PreviewImages
from loraviewer.bridge.adapters.previews import MOST_BYTES, read_preview
from loraviewer.bridge.background import BackgroundTasks
from loraviewer.core.reports import AdapterSummary


def picture_bytes(width: int, height: int, kind: str = "png") -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB888)
    image.fill(QColor("#3366cc"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, kind)  # pyright: ignore[reportCallIssue, reportArgumentType]
    return bytes(buffer.data().data())


@pytest.fixture
def write(qapp, tmp_path):
    def write(name: str, data: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(data)
        return str(path)

    return write


@pytest.mark.parametrize(("kind", "name"), [("png", "a.png"), ("jpg", "a.jpg"), ("png", "a.jpg")])
def test_pictures_come_scaled_to_the_asked_edge(write, kind, name):
    image = read_preview(write(name, picture_bytes(400, 200, kind)), 100)
    assert (image.width(), image.height()) == (100, 50)
    assert abs(image.pixelColor(50, 25).blue() - 0xCC) < 6


def test_small_pictures_keep_their_size(write):
    assert read_preview(write("a.png", picture_bytes(40, 20)), 100).width() == 40


def test_an_embedded_picture_is_read(qapp):
    url = "data:image/png;base64," + base64.b64encode(picture_bytes(30, 30)).decode()
    assert read_preview(url, 100).width() == 30


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/>'


def png_bomb(edge: int) -> bytes:
    """A PNG header that promises edge × edge pixels, with next to no data behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", edge, edge, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("vector.png", SVG),
        ("text.png", b"no picture at all"),
        ("empty.png", b""),
        ("bomb.png", png_bomb(60_000)),
        ("bitmap.png", b"BM" + bytes(200)),
        ("cut.png", b"\x89PNG\r\n\x1a\n\0\0"),
    ],
)
def test_what_is_no_modest_picture_is_not_shown(write, name, data):
    assert read_preview(write(name, data), 100).isNull()


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png,plain",
        "data:image/png;base64,!!!",
        "data:image/svg+xml;base64," + base64.b64encode(SVG).decode(),
        "data:image/png;base64," + "A" * (MOST_BYTES + 1),
    ],
    ids=["plain", "broken", "vector", "long"],
)
def test_broken_or_dangerous_embedded_pictures_are_not_shown(qapp, url):
    assert read_preview(url, 100).isNull()


def test_a_pipe_is_not_read(qapp, tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.png")
    assert read_preview(str(tmp_path / "pipe.png"), 100).isNull()


def test_a_file_longer_than_the_limit_is_not_read(qapp, tmp_path: Path):
    path = tmp_path / "long.png"
    path.write_bytes(picture_bytes(10, 10))
    os.truncate(path, MOST_BYTES + 1)
    assert read_preview(str(path), 100).isNull()


@pytest.fixture
def images(qapp):
    tasks = BackgroundTasks()
    yield PreviewImages(tasks)
    tasks.close()


def test_images_fall_back_on_the_embedded_picture(images, write, qtbot):
    url = "data:image/png;base64," + base64.b64encode(picture_bytes(30, 30)).decode()
    summary = AdapterSummary(
        path="/x",
        name="x",
        sha256="abc",
        preview_path=write("video.png", b"no picture"),
        metadata={"modelspec.thumbnail": url},
    )
    with qtbot.waitSignal(images.changed) as changed:
        images.request(summary)
    assert changed.args == ["abc"]
    assert images.image("abc").width() == 30
    assert images.image("other").isNull()


def width_of(images, qtbot, summary) -> int:
    with qtbot.waitSignal(images.changed):
        images.request(summary)
    return images.image(summary.sha256).width()


def test_a_replaced_picture_is_noticed(images, write, qtbot):
    summary = AdapterSummary(path="/x", name="x", sha256="abc")
    summary = replace(summary, preview_path=write("x.png", picture_bytes(40, 20)))
    assert width_of(images, qtbot, summary) == 40
    write("x.png", picture_bytes(60, 20))
    with qtbot.waitSignal(images.changed):
        images.look_again()
    assert images.image("abc").width() == 60
    Path(summary.preview_path).unlink()
    with qtbot.waitSignal(images.changed):
        images.look_again()
    assert images.image("abc").isNull()


def test_a_picture_that_was_still_being_written_is_completed(images, write, qtbot):
    whole = picture_bytes(300, 200)
    summary = AdapterSummary(path="/x", name="x", sha256="abc", preview_path=write("x.png", b""))
    with qtbot.assertNotEmitted(images.changed):
        images.request(summary)
        settle(images)
    write("x.png", whole)
    assert width_of(images, qtbot, summary) == 300


def test_a_picture_that_comes_later_is_found(qapp, write, tmp_path, qtbot):
    tasks = BackgroundTasks()
    images = PreviewImages(tasks, preview_beside)
    summary = AdapterSummary(path=str(tmp_path / "x.safetensors"), name="x", sha256="abc")
    with qtbot.assertNotEmitted(images.changed):
        images.request(summary)
        settle(images)
    write("x.preview.PNG", picture_bytes(30, 20))
    assert width_of(images, qtbot, summary) == 30
    tasks.close()


def test_what_did_not_change_is_not_read_again(images, write, qtbot, monkeypatch):
    summary = AdapterSummary(path="/x", name="x", sha256="abc")
    summary = replace(summary, preview_path=write("x.png", picture_bytes(40, 20)))
    assert width_of(images, qtbot, summary) == 40
    read: list[object] = []
    monkeypatch.setattr(
        "loraviewer.bridge.adapters.preview_images.read_preview", lambda *a: read.append(a)
    )
    images.look_again()
    settle(images)
    assert read == []


def settle(images: PreviewImages) -> None:
    """Until all that was asked for has been answered."""
    images._tasks._pool.waitForDone()
    QCoreApplication.sendPostedEvents()
    QCoreApplication.processEvents()
