"""Folders are looked through in the background, and what changes in them is noticed."""

from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from loraviewer.core.library.port import KnownFolder
from tests.bridge.library.conftest import heard, is_at_rest
from tests.bridge.library.fake_index import FOLDER, FakeIndex, adapter
from tests.ui.fakes import Desk

Look = Callable[[FakeIndex], Desk]


def test_a_scan_tells_how_far_it_is_and_can_be_stopped(open_desk, qtbot: QtBot) -> None:
    index = FakeIndex(*(adapter(f"a{i}") for i in range(10)))
    index.holds_scan = True
    desk = open_desk(index)
    scan = desk.library.scan
    desk.library.open()
    qtbot.waitUntil(lambda: scan.told.files == 10)
    assert scan.is_running
    scan.stop()
    qtbot.waitUntil(lambda: not scan.is_running)
    assert scan.was_stopped
    assert desk.library.model.answer.paths == ()


def test_what_is_asked_for_during_a_scan_is_one_more(look: Look, qtbot: QtBot) -> None:
    index = FakeIndex(adapter("a"))
    desk = look(index)
    assert index.scans == 1
    index.holds_scan = True
    for _ in range(3):
        desk.library.scan.start()
    index.go_on.set()
    qtbot.waitUntil(lambda: index.scans == 3 and is_at_rest(desk))


def test_a_new_folder_is_looked_through_and_one_that_goes_is_forgotten(
    look: Look, qtbot: QtBot
) -> None:
    index = FakeIndex(adapter("a"), adapter("b", path="/other/b.safetensors"))
    desk = look(index)
    model = desk.library.model
    model.add_folder("/other")
    qtbot.waitUntil(lambda: len(model.answer.paths) == 2)
    assert model.folders == (FOLDER, "/other")
    model.change(folder="/other")
    model.drop_folder("/other")
    qtbot.waitUntil(lambda: is_at_rest(desk) and model.folders == (FOLDER,))
    assert model.wishes.folder == ""
    assert model.answer.paths == (f"{FOLDER}/a.safetensors",)


def test_folders_of_other_programs_are_offered_until_they_are_added(
    look: Look, qtbot: QtBot
) -> None:
    index = FakeIndex(folders=())
    index.known = (KnownFolder("/comfy/loras", "ComfyUI"),)
    desk = look(index)
    model = desk.library.model
    qtbot.waitUntil(lambda: model.known_folders == index.known)
    assert index.scans == 0
    model.add_folder("/comfy/loras")
    qtbot.waitUntil(lambda: model.known_folders == () and index.scans == 1)


def test_a_file_that_appears_is_noticed(look: Look, qtbot: QtBot, tmp_path: Path) -> None:
    index = FakeIndex(folders=(str(tmp_path),))
    desk = look(index)
    qtbot.waitUntil(lambda: desk.library.watch.watched == (str(tmp_path),))
    path = tmp_path / "new.safetensors"
    index.files[str(path)] = adapter("new", path=str(path))
    path.write_bytes(b"")
    qtbot.waitUntil(lambda: desk.library.model.answer.paths == (str(path),))


def test_coming_back_looks_again_only_after_a_while(look: Look, qtbot: QtBot) -> None:
    index = FakeIndex(adapter("a"))
    desk = look(index)
    desk.look_again()
    assert not desk.library.scan.is_running
    assert index.scans == 1


def test_files_are_hashed_only_between_other_work(look: Look, qtbot: QtBot) -> None:
    index = FakeIndex(adapter("a"))
    desk = look(index)
    scan = desk.library.scan
    index.holds_scan = True
    scan.start()
    scan.hash_some(1)
    index.go_on.set()
    qtbot.waitUntil(lambda: not scan.is_running)
    assert index.hashed == 0
    scan.hash_some(1)
    qtbot.waitUntil(lambda: index.hashed == 1)


def test_hashing_stops_as_soon_as_a_pane_has_work(look: Look, qtbot: QtBot) -> None:
    index = FakeIndex(adapter("a"))
    desk = look(index)
    index.holds_hashing = True
    desk.library.scan.hash_some(1)
    qtbot.waitUntil(lambda: index.hashed == 1)
    desk.show("current", is_busy=True)

    def is_hashed_again() -> bool:
        desk.library.scan.hash_some(1)
        return index.hashed == 2

    qtbot.waitUntil(is_hashed_again)
    index.holds_hashing = False


def test_closing_in_the_middle_of_a_scan_ends_it(open_desk, qtbot: QtBot) -> None:
    index = FakeIndex(adapter("a"))
    index.holds_scan = True
    desk = open_desk(index)
    desk.library.open()
    qtbot.waitUntil(lambda: index.scans == 1)
    told = heard(desk.notice)
    assert desk.close()
    assert told == []
