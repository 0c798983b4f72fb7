"""The next start shows what was seen at the end, before its base is loaded."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from loraviewer.bridge.controller import StudioController
from loraviewer.bridge.rendering.engine_thread import EngineThread
from loraviewer.bridge.services import Services
from loraviewer.pictures.store import PictureStore
from tests.bridge.conftest import both_shown
from tests.fakes import ScriptedEngine
from tests.shown import shown_by
from tests.still_engine import StillEngine


@pytest.fixture
def offered(services: Services, tmp_path: Path) -> Services:
    """One store, and one place for what is open."""
    return replace(
        services,
        open_pictures=lambda: PictureStore(tmp_path / "pictures", 1 << 30),
        sessions_folder=tmp_path / "sessions",
    )


@pytest.fixture
def seen(offered: Services, qtbot) -> dict[str, bytes]:
    """Pane → pixels that a first studio showed when it was closed."""
    studio = StudioController(EngineThread(ScriptedEngine), offered)
    studio.sessions.restore()
    studio.start()
    studio.base.open("demo")
    qtbot.waitUntil(lambda: both_shown(studio))
    seen = {pane.pane_id: shown_by(pane).picture.rgb for pane in studio.panes.panes()}
    assert studio.close()
    return seen


@pytest.fixture
def next_start(offered: Services, seen: dict[str, bytes]) -> Iterator[StudioController]:
    """Its engine stands still: nothing is loaded, and nothing made."""
    studio = StudioController(StillEngine(), offered)
    yield studio
    studio.close()


def shows(studio: StudioController) -> dict[str, bytes]:
    return {p.pane_id: p.shown.picture.rgb for p in studio.panes.panes() if p.shown is not None}


def test_pictures_are_there_before_the_base_is(next_start, seen, qtbot):
    assert next_start.sessions.restore()
    qtbot.waitUntil(lambda: shows(next_start) == seen)
    assert next_start.base.info is None
    assert all(state.is_outdated for state in next_start.panes.panes())
    assert not next_start.panes.is_busy


def test_with_the_base_they_are_what_is_to_be_seen(offered, seen, qtbot):
    engine = ScriptedEngine()
    studio = StudioController(EngineThread(lambda: engine), offered)
    studio.sessions.restore()
    qtbot.waitUntil(lambda: shows(studio) == seen)
    studio.start()
    qtbot.waitUntil(lambda: both_shown(studio))
    assert not any(state.is_outdated for state in studio.panes.panes())
    assert shows(studio) == seen
    assert engine.started == []
    assert studio.close()


def test_a_picture_that_is_gone_is_only_made_again(next_start, seen, tmp_path, qtbot):
    for path in (tmp_path / "pictures").glob("*/*.png"):
        path.unlink()
    told = []
    next_start.notice.connect(told.append)
    assert next_start.sessions.restore()
    answers = []
    next_start.store.pictures.run(lambda: None, answers.append)
    qtbot.waitUntil(lambda: len(answers) == 1)
    assert (shows(next_start), told) == ({}, [])
