"""Small pictures on the bundled demo: true to their stacks, and no trace of them in the panes'."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from loraviewer.core.outcome import Rendered
from loraviewer.ui.main_window import MainWindow
from tests.e2e.test_studio import own_folders, run_studio, settled, until
from tests.shown import shown_by

__all__ = ["own_folders", "run_studio"]

Run = Callable[[Callable[[MainWindow], None]], None]


@pytest.mark.long
def test_without_an_adapter_is_the_picture_once_it_is_off(run_studio: Run, qtbot: QtBot) -> None:
    def visit(window: MainWindow) -> None:
        studio = window._controller
        until(qtbot, lambda: settled(window, "current") and settled(window, "base"))
        before = shown_by(studio.panes.pane("current"))
        first = next(row for row in studio.stack.stack.entries if row.is_enabled)
        window.actions_table["ablation"].trigger()

        def picture() -> Rendered | None:
            row = studio.cells.ablation.row(first.entry_id)
            return row.picture if row is not None and not row.is_outdated else None

        until(qtbot, picture)
        until(qtbot, lambda: not studio.cells.queue.is_at_work)
        assert shown_by(studio.panes.pane("current")) == before
        check_the_lamp(window, qtbot)

        without = picture()
        assert without is not None
        studio.stack.set_enabled(first.entry_id, False)
        until(qtbot, lambda: settled(window, "current"))
        assert shown_by(studio.panes.pane("current")).picture == without.picture
        studio.document.undo_stack.undo()
        studio.prompt.change(seed=11)
        until(qtbot, lambda: settled(window, "current"))
        after = shown_by(studio.panes.pane("current"))
        assert after.fingerprint == before.fingerprint, "the weights are a function of the stack"
        assert not after.is_from_cache

    run_studio(visit)


def check_the_lamp(window: MainWindow, qtbot: QtBot) -> None:
    """While the weights of a small picture are live."""
    studio = window._controller
    QTest.mouseClick(window.top_bar.lamp, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: not studio.checks.is_checking)
    assert studio.checks.result is not None
    assert studio.checks.result.checked > 0
    assert studio.checks.result.differing == ()
