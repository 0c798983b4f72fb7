"""Pictures on their way to files when the studio closes."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.pictures.picture_saver import PictureSaver, SavedPicture
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.core.outcome import Failure, Rendered
from tests.fakes import PATIENCE_S
from tests.ui.fakes import plain_picture, rendered


class Disk:
    def __init__(self) -> None:
        self.gate = threading.Event()

    def write(self, path: Path, _: Rendered) -> None:
        assert self.gate.wait(PATIENCE_S)
        if path.name == "full.png":
            raise OSError(28, "No space left", str(path))


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def saver(qapp, disk: Disk) -> Iterator[PictureSaver]:
    tasks = BackgroundTasks()
    yield PictureSaver(PaneModel(), tasks, disk.write)
    disk.gate.set()
    assert tasks.close()


def save(saver: PictureSaver, *paths: str) -> None:
    for path in paths:
        saver.save(rendered(plain_picture((1, 2, 3))), path)


def test_finishing_writes_all_that_waits_and_tells_of_it(saver: PictureSaver, disk: Disk) -> None:
    saved: list[SavedPicture] = []
    failures: list[Failure] = []
    saver.saved.connect(saved.append)
    saver.notice.connect(failures.append)
    save(saver, "/out/1.png", "/out/full.png", "/out/2.png", "/out/3.png", "/out/4.png")
    threading.Timer(0.05, disk.gate.set).start()
    assert saver.finish(round(1000 * PATIENCE_S))
    assert sorted(picture.path for picture in saved) == [f"/out/{i}.png" for i in (1, 2, 3, 4)]
    assert [failure.message for failure in failures] == ["“/out/full.png”: No space left."]
    assert saver.under_way == ()


def test_what_is_not_written_in_time_is_named(saver: PictureSaver) -> None:
    failures: list[Failure] = []
    saver.notice.connect(failures.append)
    save(saver, "/out/1.png")
    assert not saver.finish(1)
    assert "“/out/1.png” was not saved" in failures[0].message
