"""Stars, tags and strengths: shown at once, kept, carried to other machines."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from loraviewer.bridge.library.note_files import read_notes, write_notes
from loraviewer.core.library.entries import LibraryEntry, LibraryNote
from loraviewer.core.outcome import FileError
from tests.bridge.library.conftest import heard
from tests.bridge.library.fake_index import FOLDER, FakeIndex, adapter
from tests.ui.fakes import Desk

Look = Callable[[FakeIndex], Desk]
PATH = f"{FOLDER}/birds.safetensors"


def shown(desk: Desk, qtbot: QtBot, path: str = PATH) -> LibraryEntry:
    files = desk.library.list
    files.index(files.row_of(path)).data()
    qtbot.waitUntil(lambda: files.entry(path) is not None)
    return listed(desk, path)


def listed(desk: Desk, path: str = PATH) -> LibraryEntry:
    found = desk.library.list.entry(path)
    assert found is not None
    return found


def test_a_note_is_shown_at_once_and_written(look: Look, qtbot: QtBot) -> None:
    index = FakeIndex(adapter("birds"))
    desk = look(index)
    birds = shown(desk, qtbot)
    desk.library.notes.change(birds, is_favourite=True)
    desk.library.notes.change(birds, tags=("sky",))
    note = LibraryNote(is_favourite=True, tags=("sky",))
    assert listed(desk).note == note
    qtbot.waitUntil(lambda: index.kept == {"sha-birds": note})


def test_a_note_that_cannot_be_kept_is_taken_back_and_said(look: Look, qtbot: QtBot) -> None:
    index = FakeIndex(adapter("birds"))
    index.refuses_notes = "“birds” cannot be hashed; it is gone."
    desk = look(index)
    birds, said = shown(desk, qtbot), heard(desk.notice)
    desk.library.notes.change(birds, text="mine")
    qtbot.waitUntil(lambda: len(said) == 1)
    assert said[0].message == index.refuses_notes
    assert listed(desk).note == LibraryNote()


def test_stars_of_several_become_alike(look: Look, qtbot: QtBot) -> None:
    starred = adapter("star", note=LibraryNote(is_favourite=True))
    index = FakeIndex(adapter("birds"), starred)
    desk = look(index)
    both = [shown(desk, qtbot), shown(desk, qtbot, starred.path)]
    desk.library.notes.turn_stars(both)
    assert all(listed(desk, e.path).note.is_favourite for e in both)
    desk.library.notes.turn_stars([listed(desk, e.path) for e in both])
    assert not any(listed(desk, e.path).note.is_favourite for e in both)


def test_notes_that_wait_are_written_before_the_studio_ends(look: Look, qtbot: QtBot) -> None:
    index = FakeIndex(adapter("birds"))
    desk = look(index)
    desk.library.notes.change(shown(desk, qtbot), text="mine")
    desk.close()
    assert index.kept["sha-birds"].text == "mine"


def test_notes_go_through_a_file(look: Look, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "notes.json"
    notes = {"sha-birds": LibraryNote(strength=0.6, text="für Himmel"), "other": LibraryNote()}
    assert write_notes(file, notes) == 1
    index = FakeIndex(adapter("birds"))
    desk = look(index)
    counts: list[int] = []
    desk.library.notes.take(str(file), counts.append)
    qtbot.waitUntil(lambda: counts == [1])
    assert index.kept == {"sha-birds": notes["sha-birds"]}
    desk.library.notes.export(str(tmp_path / "again.json"), counts.append)
    qtbot.waitUntil(lambda: counts == [1, 1])
    assert (tmp_path / "again.json").read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"notes": {}}', b'{"loraviewer_notes": 1, "notes": 3}', b"\xff\xfe"]
)
def test_another_file_is_no_file_of_notes(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "notes.json"
    file.write_bytes(content)
    with pytest.raises(FileError, match=r"notes\.json.*holds no notes"):
        read_notes(file)


def test_notes_of_a_newer_version_are_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.json"
    file.write_bytes(b'{"loraviewer_notes": 9, "notes": {}}')
    with pytest.raises(FileError, match="newer"):
        read_notes(file)
