"""An artist's evening on the bundled demo: a style from the library, words, faders, a comparison, a
saved picture, the stack as one file, and the next morning."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from loraviewer.core.picture import Picture
from loraviewer.core.resources import demo_adapters
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.panes.pair.difference_view import DifferenceView
from tests.e2e.test_studio import (
    difference,
    drag_first_fader,
    own_folders,
    run_studio,
    settled,
    until,
)
from tests.shown import shown_by
from tests.ui.drops import drop
from tests.ui.focus import focused

__all__ = ["own_folders", "run_studio"]

LEFT = Qt.MouseButton.LeftButton
STEPS = 2
WORDS = "a (boat:1.3) in the sea"
Rows = dict[str, float]


class Left(NamedTuple):
    """What stood there when the artist went home."""

    rows: Rows
    prompt: str
    snapshots: list[str]
    picture: Picture


def test_an_evening_and_the_next_morning(
    run_studio: Callable[[Callable[[MainWindow], None]], None], tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "styles"
    folder.mkdir()
    manga = next(path for path in demo_adapters() if path.stem == "manga")
    shutil.copy(manga, folder / "ink.safetensors")
    left: list[Left] = []

    def evening(window: MainWindow) -> None:
        rest(window, qtbot, 2)
        window._controller.prompt.change(steps=STEPS)
        add_from_library(window, qtbot, folder)
        write_words(window, qtbot)
        drag_and_go_back(window, qtbot)
        compare(window, qtbot)
        save(window, qtbot, tmp_path / "boat.png")
        left.append(seen(window))
        export_and_open(window, qtbot, tmp_path / "all.safetensors")
        come_back(window, qtbot, left[0])

    def morning(window: MainWindow) -> None:
        rest(window, qtbot, 4)
        assert seen(window) == left[0]

    run_studio(evening)
    run_studio(morning)


def rest(window: MainWindow, qtbot: QtBot, rows: int) -> Picture:
    """The settled picture of so many rows."""

    def is_there() -> bool:
        state = settled(window, "current")
        return state is not None and len(shown_by(state).request.adapters) == rows

    until(qtbot, is_there)
    return shown_by(window._controller.panes.pane("current")).picture


def rows_of(window: MainWindow) -> Rows:
    """Those that are on, as their strips say."""
    strips = window.stack_panel.strips.strips()
    return {one.name: one.entry.scale for one in strips if one.entry.is_enabled}


def seen(window: MainWindow) -> Left:
    studio = window._controller
    names = [snapshot.name for snapshot in studio.snapshots.snapshots]
    picture = shown_by(studio.panes.pane("current")).picture
    return Left(rows_of(window), studio.prompt.sampling.prompt, names, picture)


def add_from_library(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    studio, dock = window._controller, window.library.dock
    before = rest(window, qtbot, 2)
    window.actions_table["library"].trigger()
    until(qtbot, lambda: studio.library.model.folders == ())
    studio.library.model.add_folder(str(folder))
    until(qtbot, lambda: studio.library.list.rowCount() == 1)
    dock.view.take_focus()
    path = str(folder / "ink.safetensors")
    until(qtbot, lambda: studio.library.list.entry(path) is not None)
    QTest.keyClick(dock.view, Qt.Key.Key_Return)
    assert rest(window, qtbot, 3) != before
    assert rows_of(window) == {"birds": 1.0, "night": 0.7, "ink": 1.0}
    window.actions_table["library"].trigger()
    assert not dock.isVisible()


def write_words(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_table["edit_prompt"].trigger()
    QTest.keyClicks(focused(), f"{WORDS} <lora:watercolour:0.4>")
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    rest(window, qtbot, 4)
    assert rows_of(window)["watercolour"] == 0.4
    assert window._controller.prompt.sampling.prompt == WORDS
    request = shown_by(window._controller.panes.pane("current")).request
    assert request.sampling.prompt == WORDS


def drag_and_go_back(window: MainWindow, qtbot: QtBot) -> None:
    """A snapshot is taken of what came of the first drag; a second one is taken back."""

    def drag() -> Picture:
        before = rows_of(window)
        drag_first_fader(window)
        assert rows_of(window) != before
        return rest(window, qtbot, 4)

    before = rest(window, qtbot, 4)
    kept = drag()
    assert kept != before
    window.actions_table["take_snapshot"].trigger()
    assert len(window._controller.snapshots.snapshots) == 1
    strength = rows_of(window)
    strips = window.stack_panel.strips.strips()
    window._controller.stack.set_scale(strips[0].entry_id, 1.5)
    until(qtbot, lambda: settled(window, "current"))
    assert rest(window, qtbot, 4) != kept
    window.actions_table["undo"].trigger()
    assert rest(window, qtbot, 4) == kept
    assert rows_of(window) == strength


def compare(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_table["look_difference"].trigger()
    canvas = window.compare.pair.canvas
    assert isinstance(canvas, DifferenceView)
    until(qtbot, lambda: canvas.found is not None)
    assert "of the pixels differ" in window.compare.pair.legend.numbers.text()
    window.actions_table["look_grid"].trigger()
    assert window.compare.active.isVisible()


def save(window: MainWindow, qtbot: QtBot, path: Path) -> None:
    window.actions_table["save_picture"].trigger()
    until(qtbot, lambda: window.findChildren(QFileDialog))
    dialog = window.findChildren(QFileDialog)[-1]
    dialog.fileSelected.emit(str(path))
    dialog.close()
    until(qtbot, path.exists)
    shown = shown_by(window._controller.panes.pane("current")).picture
    with Image.open(path) as saved:
        assert saved.convert("RGB").tobytes() == shown.rgb
        text = saved.info["parameters"]
    assert "(boat:1.3)" in text
    assert all(f"<lora:{name}:" in text for name in ("birds", "night", "ink", "watercolour"))


def export_and_open(window: MainWindow, qtbot: QtBot, path: Path) -> None:
    """In an empty stack the one file gives the picture of all four; nothing else is on."""
    studio = window._controller
    whole = rest(window, qtbot, 4)
    sampling = studio.prompt.sampling
    window.actions_table["export"].trigger()
    shown = window.exports.window
    assert shown is not None
    assert all(name in shown.what for name in ("birds", "night", "ink", "watercolour"))
    shown.place.setText(str(path))
    shown.prove.setChecked(False)  # compared below, in the studio itself
    QTest.mouseClick(shown.start, LEFT)
    until(qtbot, lambda: "is written" in shown.told.text())
    assert "Nothing is lost in it but rounding." in shown.told.text()
    shown.close()

    window.actions_table["new_session"].trigger()
    until(qtbot, lambda: not window.stack_panel.strips.strips())
    studio.prompt.reset(sampling)
    drop(window, window.stack_panel.geometry().center(), path)
    one = rest(window, qtbot, 1)
    assert rows_of(window) == {"all": 1.0}
    assert difference(one, whole) <= 2
    apart = sum(abs(a - b) for a, b in zip(one.rgb, whole.rgb, strict=True)) / len(whole.rgb)
    assert apart < 0.01


def come_back(window: MainWindow, qtbot: QtBot, left: Left) -> None:
    """What was set aside is in the menu."""
    menu = window.session_actions.recent_menu
    menu.fill()
    (back,) = [one for one in menu.actions() if one.text().startswith("What was open at")]
    back.trigger()
    rest(window, qtbot, 4)
    assert seen(window) == left
