"""The library in the real `main()`: a folder of real files, found, noted, added and rendered."""

import shutil
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from loraviewer.core.resources import demo_adapters
from loraviewer.ui.main_window import MainWindow
from tests.e2e.test_studio import own_folders, run_studio, settled, until

__all__ = ["own_folders", "run_studio"]

Run = Callable[[Callable[[MainWindow], None]], None]


def test_a_folder_of_files_is_found_by_words_and_added(
    run_studio: Run, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    neon = next(path for path in demo_adapters() if path.stem == "neon")
    night = next(path for path in demo_adapters() if path.stem == "night")
    shutil.copy(neon, folder / "lights.safetensors")
    shutil.copy(night, folder / "dark.safetensors")
    (folder / "torn.safetensors").write_bytes(neon.read_bytes()[:200])

    def visit(window: MainWindow) -> None:
        models, dock = window._controller, window.library.dock
        until(qtbot, lambda: settled(window, "current"))
        window.actions_table["library"].trigger()
        until(qtbot, lambda: models.library.model.folders == ())
        assert dock.offer.isVisible()
        models.library.model.add_folder(str(folder))
        until(qtbot, lambda: models.library.list.rowCount() == 2)
        assert models.document.document.active == "current"
        until(qtbot, lambda: dock.headings["unreadable"].count == 1)
        QTest.keyClicks(dock.filters.search, "lig")
        until(qtbot, lambda: models.library.list.rowCount() == 1)
        QTest.keyClick(dock.filters.search, Qt.Key.Key_Return)
        path = str(folder / "lights.safetensors")
        until(qtbot, lambda: models.library.list.entry(path) is not None)
        QTest.keyClick(dock.view, Qt.Key.Key_S)
        entries = len(models.stack.stack.entries)
        # The same content lies in the stack already, as a demo adapter.
        QTest.keyClick(dock.view, Qt.Key.Key_Return)
        until(qtbot, lambda: models.library.model.answer.paths)
        models.stack.remove(models.stack.stack.entries[-1].entry_id)
        until(qtbot, lambda: len(models.stack.stack.entries) < entries)
        QTest.keyClick(dock.view, Qt.Key.Key_Return)
        until(qtbot, lambda: models.stack.stack.entries[-1].path == path)
        until(qtbot, lambda: settled(window, "current"))
        state = settled(window, "current")
        assert state is not None
        assert state.shown is not None

    run_studio(visit)
    own = (tmp_path / "data" / "loraviewer" / "library.json").read_text("utf-8")
    assert str(folder) in own
    assert "is_favourite" in own
