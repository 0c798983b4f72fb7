"""A first start offers the tour; a session that comes back and a named file do not."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from loraviewer.app.studio import Studio
from loraviewer.core.resources import DEMO
from loraviewer.core.settings_file import SettingsFile
from tests.fakes import ScriptedEngine

PATIENCE_MS = 60_000
Open = Callable[..., Studio]


@pytest.fixture
def started(qapp, qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:
    """Starts a studio as `main` does, in a profile of the test, until it shows a picture; the one
    before is ended."""
    studios: list[Studio] = []

    def end() -> None:
        for studio in studios:
            studio.window.close()
            assert studio.dispose()
        studios.clear()

    def started(*paths: str) -> Studio:
        end()
        folders = (tmp_path / "config", tmp_path / "cache")
        studio = Studio(
            *folders, lambda _: ScriptedEngine(), paths, None, tmp_path, offers_tour=True
        )
        studios.append(studio)
        studio.window.show()
        panes = studio.controller.panes
        qtbot.waitUntil(lambda: has_picture(panes.pane("current")), timeout=PATIENCE_MS)
        return studio

    def has_picture(state) -> bool:
        return state.shown is not None and not state.is_busy

    yield started
    end()


def test_a_first_start_has_hints_that_are_skipped_for_good(
    started: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    tour = started().window.tour
    qtbot.waitUntil(tour.bubble.isVisible, timeout=PATIENCE_MS)
    tour.bubble.skip.click()
    assert not tour.is_on
    assert SettingsFile(tmp_path / "config" / "settings.json").load().settings.is_tour_done


def test_what_comes_back_is_shown_without(started: Open) -> None:
    first = started()
    assert first.window.tour.is_on
    assert not started().window.tour.is_on


def test_what_is_named_is_shown_without(started: Open) -> None:
    assert not started(DEMO).window.tour.is_on
