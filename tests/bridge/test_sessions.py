"""Sessions that come and go while other things are under way."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from loraviewer.bridge.controller import StudioController
from loraviewer.bridge.services import Services
from loraviewer.core.cancel import CancelToken
from loraviewer.core.document import Document
from loraviewer.core.reports import AdapterSummary
from loraviewer.core.request import Sampling
from loraviewer.core.session import BaseRef, Session
from loraviewer.core.session_file import read_session, write_session
from loraviewer.core.session_places import SessionPlaces
from loraviewer.core.stack import AdapterStack
from tests.bridge.conftest import both_shown, dispose, summarise
from tests.fakes import PATIENCE_S
from tests.still_engine import StillEngine
from tests.ui.fakes import DEMO, entry

ANYWHERE = SessionPlaces({})


@pytest.fixture
def session_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a session with one row, of a size and a base of its own."""

    def session_file(base: str = "demo", prompt: str = "saved") -> Path:
        sampling = Sampling(prompt=prompt, width=72, steps=3)
        document = Document(sampling=sampling).with_stack(AdapterStack(entries=(entry("mine"),)))
        path = tmp_path / f"{prompt}.lvsession"
        session = Session(document=document, base=BaseRef(base, f"identity of {base}"))
        write_session(path, session, ANYWHERE)
        return path

    return session_file


@pytest.fixture
def still(qapp, services: Services):
    """A controller over an engine that stands still."""
    engine = StillEngine()
    controller = StudioController(engine, services)
    yield controller, engine
    dispose(controller)


def prompt_in(path: Path) -> str:
    return read_session(path, ANYWHERE).document.sampling.prompt


def test_another_base_is_loaded_and_shows_what_was_saved_with_it(
    studio: StudioController, session_file: Callable[..., Path], engine, qtbot: QtBot
):
    said: list[str] = []
    studio.notice.connect(lambda failure: said.append(failure.message))
    studio.sessions.open(str(session_file("/other")))
    qtbot.waitUntil(lambda: engine.loaded == ["demo", "/other"])
    qtbot.waitUntil(lambda: both_shown(studio))
    shown = studio.panes.pane("current").shown
    assert shown is not None
    assert (shown.request.sampling.width, shown.request.sampling.steps) == (72, 3)
    assert shown.request.checkpoint.path == "/other"
    assert not studio.sessions.is_unsaved
    assert said == []


def test_a_base_with_other_weights_is_told(
    studio: StudioController, session_file: Callable[..., Path], qtbot: QtBot
):
    path = session_file()
    text = path.read_text().replace("identity of demo", "identity of another")
    path.write_text(text)
    said: list[str] = []
    studio.notice.connect(lambda failure: said.append(failure.message))
    studio.sessions.open(str(path))
    qtbot.waitUntil(lambda: len(said) == 1)
    assert "has other weights" in said[0]


def test_a_base_that_is_superseded_does_not_change_the_session(
    still, session_file: Callable[..., Path], qtbot: QtBot
):
    controller, engine = still
    controller.base.open("demo")
    assert engine.take() is not None
    path = session_file("/other")
    controller.sessions.open(str(path))
    qtbot.waitUntil(lambda: controller.sessions.file == str(path))
    engine.finish(DEMO)  # it was nearly loaded
    assert controller.document.document.sampling.width == 72
    assert engine.take() is not None
    engine.finish(msgspec.structs.replace(DEMO, source="/other", identity="identity of /other"))
    assert controller.document.document.sampling.width == 72
    assert not controller.sessions.is_unsaved


def test_rows_that_are_still_being_read_do_not_come_into_another_session(
    engine_thread, services: Services, session_file: Callable[..., Path], qtbot: QtBot
):
    goes_on = threading.Event()

    def slow(path: Path, token: CancelToken) -> AdapterSummary:
        if path.stem == "slow":
            assert goes_on.wait(PATIENCE_S)
        return summarise(path, token)

    controller = StudioController(engine_thread, replace(services, summarise=slow))
    controller.intake.start_with([("/a/slow.safetensors", 1.0, True)])
    path = session_file()
    controller.sessions.open(str(path))
    qtbot.waitUntil(lambda: controller.sessions.file == str(path))
    goes_on.set()
    assert controller._hashing.finish(round(1000 * PATIENCE_S))
    assert [row.name for row in controller.stack.stack.entries] == ["mine"]
    dispose(controller)


def test_what_is_saved_is_what_was_open_when_that_was_asked_for(
    studio: StudioController, session_file: Callable[..., Path], qtbot: QtBot
):
    first, second = session_file(prompt="first"), session_file(prompt="second")
    studio.sessions.open(str(first))
    qtbot.waitUntil(lambda: studio.sessions.file == str(first))
    studio.prompt.change(prompt="edited")
    with qtbot.waitSignal(studio.sessions.saved):
        studio.sessions.save()
        studio.sessions.open(str(second))
    qtbot.waitUntil(lambda: studio.sessions.file == str(second))
    assert (prompt_in(first), prompt_in(second)) == ("edited", "second")
    assert studio.document.document.sampling.prompt == "second"
    studio.sessions.save_over(str(first))  # what a notice offered before
    assert prompt_in(first) == "edited"


def test_saving_twice_in_a_row_is_no_conflict(
    studio: StudioController, session_file: Callable[..., Path], qtbot: QtBot
):
    told: list[str] = []
    studio.sessions.changed_elsewhere.connect(told.append)
    path = session_file()
    studio.sessions.open(str(path))
    qtbot.waitUntil(lambda: studio.sessions.file == str(path))
    for number in range(5):
        studio.prompt.change(prompt=f"edit {number}")
        studio.sessions.save()
    qtbot.waitUntil(lambda: prompt_in(path) == "edit 4" and not studio.sessions.is_unsaved)
    assert told == []


def test_an_edit_on_the_way_is_not_lost(
    studio: StudioController, session_file: Callable[..., Path], qtbot: QtBot
):
    """What is edited while a session is being set aside is set aside with it."""
    studio.prompt.change(prompt="one")
    studio.sessions.new(Document())
    studio.prompt.change(prompt="two")
    qtbot.waitUntil(lambda: studio.document.document.sampling.prompt == "")
    studio.sessions.go_back()
    qtbot.waitUntil(lambda: studio.document.document.sampling.prompt == "two")
