"""Pictures of one adapter alone become its thumbnail."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from loraviewer.bridge.library import own_thumbnails
from loraviewer.core.library.entries import LibraryEntry
from loraviewer.core.stack import AdapterStack
from tests.bridge.library.conftest import heard, is_at_rest
from tests.bridge.library.fake_index import FakeIndex, adapter
from tests.ui.fakes import Desk, entry, plain_picture, rendered

SHA = "ab" * 32
RED, GREEN, BLUE = (200, 20, 20), (20, 200, 20), (20, 20, 200)


@pytest.fixture
def desk(qapp, tmp_path: Path, qtbot: QtBot) -> Iterator[Desk]:
    index = FakeIndex(adapter("birds", sha256=SHA))
    desk = Desk(open_library=lambda: index, thumbnails_folder=tmp_path / "thumbnails")
    desk.use_checkpoint()
    desk.library.open()
    qtbot.waitUntil(lambda: is_at_rest(desk))
    yield desk
    desk.dispose()


def show(desk: Desk, colour: tuple[int, int, int], *names: str, **fields: object) -> None:
    rows = tuple(entry(name, sha256=SHA if name == "birds" else name) for name in names)
    stack = AdapterStack(entries=rows)
    is_draft = bool(fields.pop("is_draft", False))
    picture = rendered(plain_picture(colour, 64, 64), stack, is_draft=is_draft)
    desk.places.activate("current")
    desk.show("current", shown=picture, shown_stack=stack, **fields)


def thumbnail(desk: Desk, file: LibraryEntry, qtbot: QtBot) -> tuple[int, int, int]:
    def is_there() -> bool:
        return not desk.library.thumbnails.image(file).isNull()

    qtbot.waitUntil(is_there)
    return near(desk.library.thumbnails.image(file))


def near(image: QImage) -> tuple[int, int, int]:
    """As JPEG keeps colours: to some levels."""
    colour = image.pixelColor(image.width() // 2, image.height() // 2)
    parts = (colour.red(), colour.green(), colour.blue())
    known = min(
        (RED, GREEN, BLUE), key=lambda c: sum(abs(a - b) for a, b in zip(c, parts, strict=True))
    )
    assert all(abs(a - b) < 12 for a, b in zip(known, parts, strict=True))
    return known


def test_the_first_picture_of_it_alone_is_kept_by_itself(desk: Desk, qtbot: QtBot) -> None:
    kept = heard(desk.library.own_thumbnails.kept)
    show(desk, RED, "birds")
    qtbot.waitUntil(lambda: kept == [SHA])
    assert thumbnail(desk, adapter("birds", sha256=SHA), qtbot) == RED
    show(desk, GREEN, "birds")
    assert thumbnail(desk, adapter("birds", sha256=SHA), qtbot) == RED


@pytest.mark.parametrize(
    ("names", "fields"),
    [
        ((), {}),
        (("birds", "night"), {}),
        (("birds",), {"is_outdated": True}),
        (("birds",), {"is_busy": True}),
        (("birds",), {"is_draft": True}),
    ],
)
def test_other_pictures_are_not(desk: Desk, names, fields, tmp_path: Path) -> None:
    show(desk, RED, *names, **fields)
    assert desk.library.own_thumbnails.shown_alone() is None
    assert desk.library.own_thumbnails.close(5_000)
    assert not (tmp_path / "thumbnails").exists()


def test_a_chosen_one_comes_before_the_picture_beside_the_file(
    desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    beside = tmp_path / "birds.png"
    image = QImage(16, 16, QImage.Format.Format_RGB888)
    image.fill(0x14C814)
    assert image.save(str(beside))
    file = adapter("birds", sha256=SHA, preview_path=str(beside))
    assert thumbnail(desk, file, qtbot) == GREEN
    show(desk, BLUE, "birds")
    kept = heard(desk.library.own_thumbnails.kept)
    found = desk.library.own_thumbnails.shown_alone()
    assert found is not None
    desk.library.own_thumbnails.choose(*found)
    qtbot.waitUntil(lambda: len(kept) >= 1 and Path(chosen(desk)).exists())
    qtbot.waitUntil(lambda: thumbnail(desk, file, qtbot) == BLUE)


def chosen(desk: Desk) -> str:
    return desk.library.own_thumbnails.chosen_place(SHA)


def test_names_that_are_no_hashes_lead_to_no_file(desk: Desk) -> None:
    assert desk.library.own_thumbnails.chosen_place("../../etc/passwd") == ""
    assert desk.library.own_thumbnails.first_place("") == ""


def test_a_folder_that_cannot_be_written_is_said_for_a_chosen_one(
    desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "thumbnails").write_text("in the way")
    said = heard(desk.notice)
    desk.library.own_thumbnails.choose(SHA, plain_picture(RED))
    qtbot.waitUntil(lambda: len(said) == 1)
    assert "thumbnails" in said[0].message


def test_the_oldest_that_came_by_themselves_go(
    desk: Desk, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_thumbnails, "MOST_FIRST", 3)
    folder = tmp_path / "thumbnails"
    folder.mkdir()
    others = [f"{i:02x}" * 32 for i in range(5)]
    for age, name in enumerate((*others, f"{others[0]}-chosen", "notes")):
        path = folder / f"{name}.jpg"
        path.write_bytes(b"x")
        os.utime(path, (1_700_000_000 - age, 1_700_000_000 - age))
    kept = heard(desk.library.own_thumbnails.kept)
    show(desk, RED, "birds")
    qtbot.waitUntil(lambda: kept == [SHA])
    left = {path.stem for path in folder.iterdir()}
    assert left == {SHA, others[0], others[1], f"{others[0]}-chosen", "notes"}
