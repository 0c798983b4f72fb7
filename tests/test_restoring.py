"""What is open comes back: after a clean end, after a crash, beside another studio, and damaged."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from loraviewer.app.studio import Studio
from loraviewer.core.document import Document
from loraviewer.core.examples import OPENING
from loraviewer.core.resources import DEMO, demo_adapters
from loraviewer.core.settings_file import SettingsFile
from tests.fakes import ScriptedEngine

PATIENCE_MS = 60_000


def until(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition, timeout=PATIENCE_MS)


class Opened(Studio):
    """In a profile of the test, with an engine that draws flat colours."""

    def __init__(self, profile: Path, *paths: str) -> None:
        self.engine = ScriptedEngine()
        super().__init__(
            profile / "config", profile / "cache", lambda _: self.engine, paths, None, profile
        )
        self.said: list[str] = []
        self.controller.notice.connect(lambda failure: self.said.append(failure.message))
        self.has_ended = False
        self.window.resize(1200, 800)
        self.window.show()

    @property
    def document(self) -> Document:
        return self.controller.document.document

    @property
    def rows(self) -> list[tuple[str, float]]:
        return [(entry.name, entry.scale) for entry in self.document.stack.entries]

    @property
    def told(self) -> list[str]:
        return [bar.sentence for bar in self.window.notices.bars]

    def answer(self, words: str) -> None:
        """Press the button of a notice."""
        buttons = [b for bar in self.window.notices.bars for b in bar.buttons()]
        next(button for button in buttons if button.accessibleName() == words).click()

    def end(self) -> None:
        if not self.has_ended:
            self.has_ended = True
            self.window.close()
            assert self.dispose()


@pytest.fixture
def opened(qapp, qtbot: QtBot, tmp_path: Path) -> Iterator:
    """Opens studios, and waits until their base is loaded."""
    studios: list[Opened] = []

    def opened(*paths: str, profile: str = "profile") -> Opened:
        studio = Opened(tmp_path / profile, *paths)
        studios.append(studio)
        until(qtbot, lambda: bool(studio.engine.loaded) and not studio.controller.base.is_loading)
        return studio

    yield opened
    for studio in studios:
        studio.end()


@pytest.fixture
def opened_with_rows(opened, qtbot: QtBot):
    """As at a first start, once its rows are there."""

    def opened_with_rows(profile: str = "profile") -> Opened:
        studio = opened(profile=profile)
        until(qtbot, lambda: len(studio.rows) == len(OPENING.rows))
        return studio

    return opened_with_rows


def saved_prompt(folder: Path, number: int = 1) -> str:
    path = folder / "sessions" / f"{number}.lvsession"
    if not path.exists():
        return ""
    return json.loads(path.read_text())["document"]["sampling"]["prompt"]


def test_what_was_open_comes_back_without_a_word(opened_with_rows, opened, qtbot: QtBot):
    first = opened_with_rows()
    controller = first.controller
    row = first.document.stack.entries[0].entry_id
    controller.stack.set_scale(row, -1.25)
    controller.stack.set_block_scales(row, {"IN04": 0.5, "M00": 0, "TE1.01": 1 / 3})
    controller.prompt.change(prompt="a frog", width=64, steps=3)
    controller.places.pin()
    before = first.document
    first.end()
    second = opened()
    assert second.document == before
    assert len(second.document.stack.entries[0].block_scales) == 3
    assert second.engine.loaded == [DEMO]
    assert second.said == []
    assert second.told == []
    assert not second.controller.document.undo_stack.canUndo()
    pane = second.controller.panes.pane
    until(qtbot, lambda: pane("current").shown is not None and not pane("current").is_busy)
    shown = pane("current").shown
    assert shown is not None
    assert shown.request.sampling == before.sampling


@pytest.fixture
def base_folder(tmp_path: Path) -> Path:
    """What the engine of the tests takes for a base."""
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "model_index.json").touch()
    return folder


def test_the_base_comes_back(opened, base_folder: Path, qtbot: QtBot):
    base = str(base_folder)
    first = opened(base)
    until(qtbot, lambda: first.engine.loaded == [base])
    first.controller.prompt.change(width=72, steps=7)
    first.end()
    second = opened()
    assert second.engine.loaded == [base]
    assert (second.document.sampling.width, second.document.sampling.steps) == (72, 7)


def test_an_edit_is_kept_while_the_studio_runs(opened_with_rows, tmp_path: Path, qtbot: QtBot):
    studio = opened_with_rows()
    studio.controller.prompt.change(prompt="a frog")
    until(qtbot, lambda: saved_prompt(tmp_path / "profile") == "a frog")


def crashed(tmp_path: Path, qtbot: QtBot, studio: Opened, prompt: str) -> str:
    """The profile as a power cut leaves it once a prompt was written; its name."""
    studio.controller.prompt.change(prompt=prompt)
    until(qtbot, lambda: saved_prompt(tmp_path / "profile") == prompt)
    shutil.copytree(tmp_path / "profile", tmp_path / "crashed")
    return "crashed"


def test_after_a_crash_it_says_so_and_can_start_fresh(
    opened_with_rows, opened, tmp_path: Path, qtbot: QtBot
):
    first = opened_with_rows()
    profile = crashed(tmp_path, qtbot, first, "a frog")
    second = opened(profile=profile)
    assert second.document.sampling.prompt == "a frog"
    (told,) = second.told
    assert told.startswith("Restored what was open at ")
    second.answer("Start fresh")
    until(qtbot, lambda: second.document.sampling.prompt == OPENING.prompt)
    until(qtbot, lambda: len(second.rows) == len(OPENING.rows))
    second.answer("Back to it")
    until(qtbot, lambda: second.document.sampling.prompt == "a frog")
    assert len(second.controller.sessions.set_aside()) == 2


def test_a_damaged_state_is_told_and_the_one_before_it_is_open(
    opened_with_rows, opened, tmp_path: Path, qtbot: QtBot
):
    first = opened_with_rows()
    first.controller.prompt.change(prompt="a frog")
    until(qtbot, lambda: saved_prompt(tmp_path / "profile") == "a frog")
    first.end()
    path = tmp_path / "profile" / "sessions" / "1.lvsession"
    path.write_bytes(path.read_bytes()[:100])
    second = opened()
    assert any("1.lvsession" in sentence for sentence in second.said)
    assert second.document == first.document
    assert path.with_name("1.lvsession.damaged-1").exists()


def test_where_nothing_is_left_the_opening_is_shown(opened_with_rows, tmp_path: Path, qtbot: QtBot):
    folder = tmp_path / "profile" / "sessions"
    folder.mkdir(parents=True)
    (folder / "1.lvsession").write_text("{")
    (folder / "1.bak").write_text("[]")
    studio = opened_with_rows()
    assert studio.document.sampling.prompt == OPENING.prompt
    assert any("1.bak" in sentence for sentence in studio.said)
    assert len(list(folder.glob("*.damaged-*"))) == 2


def test_two_studios_on_one_profile_keep_their_own(
    opened_with_rows, opened, tmp_path: Path, qtbot: QtBot
):
    first, second = opened_with_rows(), opened_with_rows()
    first.controller.prompt.change(prompt="the first")
    second.controller.prompt.change(prompt="the second")
    second.controller.settings.change(theme="dark")
    first.controller.settings.change(draft_steps=2)
    second.end()
    first.end()
    settings = SettingsFile(tmp_path / "profile" / "config" / "settings.json").load().settings
    assert (settings.theme, settings.draft_steps) == ("dark", 2)
    third, fourth = opened(), opened()
    assert third.document.sampling.prompt == "the first"  # it ended last
    assert fourth.document.sampling.prompt == "the second"


@pytest.fixture
def lora(tmp_path: Path) -> Path:
    """An adapter that is nowhere else, in a folder of its own."""
    (tmp_path / "loras").mkdir()
    path = tmp_path / "loras" / "mine.safetensors"
    data = bytearray(demo_adapters()[0].read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    return path


def test_what_is_named_is_opened_and_nothing_older_is_lost(
    opened_with_rows, opened, lora: Path, qtbot: QtBot
):
    first = opened_with_rows()
    first.controller.prompt.change(prompt="the first")
    first.end()
    second = opened(str(lora))
    until(qtbot, lambda: [name for name, _ in second.rows] == ["mine"])
    assert second.document.sampling.prompt == OPENING.prompt
    third = opened()
    assert third.document.sampling.prompt == "the first"
    second.end()
    fourth = opened()
    assert [name for name, _ in fourth.rows] == ["mine"]


def test_a_session_is_opened_by_its_name(opened_with_rows, opened, tmp_path: Path, qtbot: QtBot):
    first = opened_with_rows()
    first.controller.prompt.change(prompt="saved", width=64)
    path = tmp_path / "mine.lvsession"
    first.controller.sessions.save_as(str(path))
    until(qtbot, path.exists)
    saved = first.document
    second = opened(str(path), profile="another")
    until(qtbot, lambda: second.document == saved)
    assert second.window.windowTitle().startswith("mine.lvsession[*] — Scripted")
    assert not second.window.isWindowModified()
    second.controller.prompt.change(prompt="changed")
    assert second.window.isWindowModified()
    second.end()
    third = opened(profile="another")
    assert third.document.sampling.prompt == "changed"
    assert third.window.isWindowModified()
    third.controller.sessions.save()
    until(qtbot, lambda: not third.window.isWindowModified())
    assert "changed" in path.read_text()


def test_nothing_is_set_aside_where_nothing_was_done(
    opened_with_rows, opened, tmp_path: Path, qtbot: QtBot
):
    path = tmp_path / "mine.lvsession"
    opened_with_rows().controller.sessions.save_as(str(path))
    until(qtbot, path.exists)
    studio = opened(str(path), profile="another")
    until(qtbot, lambda: studio.controller.sessions.file == str(path))
    assert studio.controller.sessions.set_aside() == ()


def test_a_row_without_file_and_base_says_what_is_wrong(
    opened, lora: Path, tmp_path: Path, qtbot: QtBot
):
    session = tmp_path / "mine.lvsession"
    with_lora(opened, qtbot, lora, session).end()
    data = lora.read_bytes()
    lora.unlink()
    table = json.loads(session.read_text())
    table["base"]["path"] = str(tmp_path / "gone.safetensors")
    session.write_text(json.dumps(table))
    studio = Opened(tmp_path / "another", str(session))
    studio.engine.broken.add(table["base"]["path"])
    try:
        rows = studio.window.stack_panel.strips.strips
        until(qtbot, lambda: [bool(row.trouble_sentence) for row in rows()] == [True])
        assert "mine.safetensors" in rows()[0].trouble_sentence
        moved = tmp_path / "found.safetensors"
        moved.write_bytes(data)
        studio.controller.finder.locate(rows()[0].entry_id, str(moved))
        until(qtbot, lambda: rows()[0].trouble_sentence == "")
    finally:
        studio.end()


def test_a_session_that_cannot_be_read_opens_the_demo_and_says_why(
    opened, tmp_path: Path, qtbot: QtBot
):
    (tmp_path / "bad.lvsession").write_text("{}")
    studio = opened(str(tmp_path / "bad.lvsession"))
    assert studio.engine.loaded == [DEMO]
    assert any("bad.lvsession" in sentence for sentence in studio.said)


def test_a_base_that_is_gone_is_told_and_can_be_located(
    opened, base_folder: Path, tmp_path: Path, qtbot: QtBot
):
    base = base_folder
    first = opened(str(base))
    until(qtbot, lambda: first.engine.loaded == [str(base)])
    first.controller.prompt.change(width=72)
    first.end()
    moved = base.rename(tmp_path / "moved")
    second = Opened(tmp_path / "profile")
    second.engine.broken.add(str(base))
    try:
        until(qtbot, lambda: any("not there any more" in told for told in second.told))
        ref = second.controller.sessions.base.ref
        assert ref is not None
        assert ref.path == str(base)
        assert second.window.top_bar.picker.text() == "base: not found"
        second.controller.sessions.base.locate(str(moved))
        until(qtbot, lambda: second.engine.loaded == [str(moved)])
        until(qtbot, lambda: not second.controller.base.is_loading)
        assert second.document.sampling.width == 72
        assert not any("not there any more" in told for told in second.told)
    finally:
        second.end()


def with_lora(opened, qtbot: QtBot, lora: Path, session: Path) -> Opened:
    """A studio with one row, saved as a session."""
    studio = opened(str(lora))
    until(qtbot, lambda: [name for name, _ in studio.rows] == ["mine"])
    studio.controller.stack.set_scale(studio.document.stack.entries[0].entry_id, 0.35)
    studio.controller.sessions.save_as(str(session))
    until(qtbot, session.exists)
    return studio


def test_an_adapter_that_was_moved_is_found_by_what_is_in_it(
    opened, lora: Path, tmp_path: Path, qtbot: QtBot
):
    session = tmp_path / "mine.lvsession"
    with_lora(opened, qtbot, lora, session).end()
    (tmp_path / "deeper").mkdir()
    shutil.copy(demo_adapters()[1], tmp_path / "deeper" / "mine.safetensors")  # only by its name
    moved = lora.rename(tmp_path / "deeper" / "renamed.safetensors")
    studio = opened(str(session), profile="another")
    until(qtbot, lambda: studio.rows == [("mine", 0.35)])
    until(qtbot, lambda: studio.document.stack.entries[0].path == str(moved))
    assert not studio.controller.document.undo_stack.canUndo()
    assert "Found again in another folder: “mine”." in studio.told


def test_an_adapter_that_is_gone_keeps_its_row_and_can_be_located(
    opened, lora: Path, tmp_path: Path, qtbot: QtBot
):
    session = tmp_path / "session" / "mine.lvsession"
    session.parent.mkdir()
    first = with_lora(opened, qtbot, lora, session)
    before = first.document.stack.entries[0]
    first.controller.settings.change(folders={})
    first.end()
    far = tmp_path / "far" / "away"
    far.mkdir(parents=True)
    moved = lora.rename(far / "mine.safetensors")
    studio = opened(str(session), profile="another")
    until(qtbot, lambda: studio.rows == [("mine", 0.35)])
    finder, entry_id = studio.controller.finder, studio.document.stack.entries[0].entry_id
    finder.locate(entry_id, str(moved))
    until(qtbot, lambda: studio.document.stack.entries[0].path == str(moved))
    after = studio.document.stack.entries[0]
    assert (after.sha256, after.scale) == (before.sha256, 0.35)
    assert studio.controller.document.undo_stack.undoText() == "Locate mine"


def test_another_file_is_only_taken_by_who_says_so(
    opened, lora: Path, tmp_path: Path, qtbot: QtBot
):
    studio = with_lora(opened, qtbot, lora, tmp_path / "mine.lvsession")
    before = studio.document
    other = demo_adapters()[1]
    studio.controller.finder.locate(before.stack.entries[0].entry_id, str(other))
    until(qtbot, lambda: any("another file than that of “mine”" in t for t in studio.told))
    assert studio.document == before
    studio.answer("Take it")
    after = studio.document.stack.entries[0]
    assert (after.name, after.path, after.scale) == (other.stem, str(other), 0.35)
    assert after.sha256 != before.stack.entries[0].sha256
    studio.controller.document.undo_stack.undo()
    assert studio.document == before


def test_a_folder_that_keeps_nothing_is_told_and_the_studio_opens(opened_with_rows, tmp_path: Path):
    (tmp_path / "profile").mkdir()
    (tmp_path / "profile" / "sessions").write_text("in the way")
    studio = opened_with_rows()
    assert any("only kept where you save it" in sentence for sentence in studio.said)
    assert (tmp_path / "profile" / "sessions").read_text() == "in the way"
