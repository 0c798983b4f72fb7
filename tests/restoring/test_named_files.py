"""A start with files costs nothing of what was open before, wherever it was not saved."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from loraviewer.core.examples import OPENING
from loraviewer.core.resources import DEMO
from tests.restoring.opened import Opened, until

OWN = "three of my own"


@pytest.fixture
def own_work(opened_with_rows) -> list[tuple[str, float]]:
    """A studio was closed with this stack, which no file holds."""
    studio = opened_with_rows()
    studio.controller.prompt.change(prompt=OWN)
    studio.controller.stack.set_scale(studio.document.stack.entries[0].entry_id, 0.35)
    studio.end()
    return studio.rows


def prompt(studio: Opened) -> str:
    return studio.document.sampling.prompt


def recent(studio: Opened) -> QMenu:
    """*Open recent*, as it is when it is opened."""
    menu = studio.window.session_actions.recent_menu
    menu.aboutToShow.emit()
    return menu


def choose_unsaved(studio: Opened) -> None:
    """The newest of what is listed as not saved."""
    actions = recent(studio).actions()
    next(one for one in actions if one.text().startswith("What was open at ")).trigger()


def unsaved(studio: Opened) -> int:
    return sum(one.text().startswith("What was open at ") for one in recent(studio).actions())


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.safetensors"
    path.write_bytes(b"no adapter")
    return path


def opened_refusing(opened, qtbot: QtBot, path: Path) -> Opened:
    """On a file that is refused, once that is said."""
    studio = opened(str(path))
    until(qtbot, lambda: any(path.name in sentence for sentence in studio.said))
    return studio


def with_mine(opened, qtbot: QtBot, lora: Path) -> Opened:
    studio = opened(str(lora))
    until(qtbot, lambda: [name for name, _ in studio.rows] == ["mine"])
    return studio


def test_what_was_open_comes_back_in_a_studio_that_was_started_with_a_file(
    own_work, opened, lora: Path, qtbot: QtBot
):
    studio = with_mine(opened, qtbot, lora)
    assert prompt(studio) == OPENING.prompt
    assert studio.told == ["What was open is kept."]
    studio.answer("Back to it")
    until(qtbot, lambda: prompt(studio) == OWN)
    assert studio.rows == own_work


def test_after_a_start_with_a_file_both_can_be_had(own_work, opened, lora: Path, qtbot: QtBot):
    with_mine(opened, qtbot, lora).end()
    studio = opened()
    assert [name for name, _ in studio.rows] == ["mine"]
    assert unsaved(studio) == 1
    choose_unsaved(studio)
    until(qtbot, lambda: prompt(studio) == OWN)
    assert studio.rows == own_work
    until(qtbot, lambda: unsaved(studio) == 2)  # what was named gave way in its turn


def test_where_all_that_is_named_is_refused_the_next_start_shows_what_was_open(
    own_work, opened, broken: Path, qtbot: QtBot
):
    studio = opened_refusing(opened, qtbot, broken)
    assert studio.rows == []
    assert unsaved(studio) == 1
    studio.end()
    again = opened()
    assert (prompt(again), again.rows) == (OWN, own_work)
    assert again.said == []
    assert unsaved(again) == 0  # it is open


def test_after_a_refusal_a_first_start_is_still_one(opened, opened_with_rows, broken, qtbot: QtBot):
    opened_refusing(opened, qtbot, broken).end()
    assert prompt(opened_with_rows()) == OPENING.prompt


def test_refused_again_and_again_pushes_nothing_out(own_work, opened, broken: Path, qtbot: QtBot):
    for _ in range(3):
        opened_refusing(opened, qtbot, broken).end()
    studio = opened()
    assert (prompt(studio), unsaved(studio)) == (OWN, 0)


def test_what_was_open_is_chosen_where_files_were_refused(
    own_work, opened, broken: Path, qtbot: QtBot
):
    studio = opened_refusing(opened, qtbot, broken)
    choose_unsaved(studio)
    until(qtbot, lambda: prompt(studio) == OWN)
    studio.controller.prompt.change(prompt="more of it")
    studio.end()
    assert prompt(opened()) == "more of it"


def test_what_is_done_after_a_refusal_is_kept_beside_what_was_open(
    own_work, opened, broken: Path, qtbot: QtBot
):
    studio = opened_refusing(opened, qtbot, broken)
    studio.controller.prompt.change(prompt="something else")
    studio.end()
    again = opened()
    assert (prompt(again), unsaved(again)) == ("something else", 1)
    choose_unsaved(again)
    until(qtbot, lambda: prompt(again) == OWN)


def test_a_session_that_is_named_leaves_a_way_back(own_work, opened, tmp_path: Path, qtbot: QtBot):
    path = tmp_path / "saved.lvsession"
    other = opened(profile="another")
    other.controller.prompt.change(prompt="saved")
    other.controller.sessions.save_as(str(path))
    until(qtbot, path.exists)
    studio = opened(str(path))
    until(qtbot, lambda: prompt(studio) == "saved")
    studio.end()
    again = opened()
    assert (prompt(again), unsaved(again)) == ("saved", 1)
    third = opened(str(path))  # beside it
    until(qtbot, lambda: prompt(third) == "saved")
    choose_unsaved(third)
    until(qtbot, lambda: prompt(third) == OWN)


def test_back_to_it_from_a_session_that_was_named(own_work, opened, tmp_path: Path, qtbot: QtBot):
    path = tmp_path / "saved.lvsession"
    other = opened(profile="another")
    other.controller.sessions.save_as(str(path))
    until(qtbot, path.exists)
    studio = opened(str(path))
    until(qtbot, lambda: studio.controller.sessions.file == str(path))
    studio.answer("Back to it")
    until(qtbot, lambda: prompt(studio) == OWN)
    assert studio.rows == own_work


def test_a_session_that_cannot_be_read_replaces_nothing(
    own_work, opened, tmp_path: Path, qtbot: QtBot
):
    path = tmp_path / "bad.lvsession"
    path.write_text("{}")
    opened_refusing(opened, qtbot, path).end()
    assert prompt(opened()) == OWN


def test_a_base_that_is_named_leaves_a_way_back(own_work, opened, base_folder: Path, qtbot: QtBot):
    studio = opened(str(base_folder))
    assert studio.engine.loaded == [str(base_folder)]
    studio.end()
    again = opened()
    assert (again.engine.loaded, unsaved(again)) == ([str(base_folder)], 1)
    choose_unsaved(again)
    until(qtbot, lambda: prompt(again) == OWN)


def test_a_base_that_is_refused_replaces_nothing(own_work, opened, base_folder: Path, qtbot: QtBot):
    studio = Opened(base_folder.parent / "profile", str(base_folder))
    studio.engine.broken.add(str(base_folder))
    try:
        until(qtbot, lambda: any("no checkpoint" in told for told in studio.told))
    finally:
        studio.end()
    assert prompt(opened()) == OWN


def test_the_demo_that_is_named_is_what_is_open_next(own_work, opened, qtbot: QtBot):
    opened(DEMO).end()
    studio = opened()
    assert (prompt(studio), studio.rows) == (OPENING.prompt, [])
    assert unsaved(studio) == 1
    choose_unsaved(studio)
    until(qtbot, lambda: prompt(studio) == OWN)


def test_a_first_start_that_nobody_touched_is_not_set_aside(
    opened_with_rows, opened, lora: Path, qtbot: QtBot
):
    opened_with_rows().end()
    studio = with_mine(opened, qtbot, lora)
    assert (studio.told, unsaved(studio)) == ([], 0)
    studio.end()
    assert [name for name, _ in opened().rows] == ["mine"]


def test_what_a_file_holds_is_not_set_aside(
    opened_with_rows, opened, lora: Path, tmp_path: Path, qtbot: QtBot
):
    first = opened_with_rows()
    path = tmp_path / "saved.lvsession"
    first.controller.sessions.save_as(str(path))
    until(qtbot, lambda: first.controller.sessions.file == str(path))
    first.end()
    studio = with_mine(opened, qtbot, lora)
    assert (studio.told, unsaved(studio)) == ([], 0)
    assert [name for name, _ in studio.controller.sessions.recent] == [str(path)]


def test_another_studio_that_runs_is_left_alone(opened_with_rows, opened, lora: Path, qtbot: QtBot):
    first = opened_with_rows()
    first.controller.prompt.change(prompt=OWN)
    second = with_mine(opened, qtbot, lora)
    assert (second.told, unsaved(second)) == ([], 0)
    second.end()
    first.end()
    assert prompt(opened()) == OWN
    assert [name for name, _ in opened().rows] == ["mine"]


def test_the_moment_at_which_it_was_open_is_told(
    own_work, opened, lora: Path, tmp_path: Path, qtbot: QtBot
):
    os.utime(tmp_path / "profile" / "sessions" / "1.lvsession", (1_000_000_000, 1_000_000_000))
    with_mine(opened, qtbot, lora).end()
    (one,) = opened().controller.sessions.set_aside()
    assert one.saved_at == 1_000_000_000


def test_after_a_power_cut_the_studio_that_was_started_with_a_file_offers_what_was_open(
    opened_with_rows, opened, lora: Path, tmp_path: Path, qtbot: QtBot
):
    first = opened_with_rows()
    first.controller.prompt.change(prompt=OWN)
    slot = tmp_path / "profile" / "sessions" / "1.lvsession"
    until(qtbot, lambda: slot.exists() and OWN in slot.read_text())
    shutil.copytree(tmp_path / "profile", tmp_path / "crashed")
    studio = opened(str(lora), profile="crashed")
    studio.answer("Back to it")
    until(qtbot, lambda: prompt(studio) == OWN)


def test_where_it_cannot_be_set_aside_it_stays_where_it_is(
    own_work, opened, lora: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
):
    from loraviewer.core import session_slots
    from loraviewer.core.outcome import FileError

    write: Callable[..., None] = session_slots.write_session

    def full(path: Path, *rest: object) -> None:
        if path.name.startswith("aside-"):
            raise FileError("no room left")
        write(path, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(session_slots, "write_session", full)
        studio = with_mine(opened, qtbot, lora)
        until(qtbot, lambda: "no room left" in studio.said)
        studio.end()
    assert [name for name, _ in opened().rows] == ["mine"]
    assert prompt(opened()) == OWN  # beside it
