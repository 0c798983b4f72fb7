"""The base: its list by mouse and keyboard, and loading in place."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from loraviewer.bridge.rendering.jobs import LoadJob, LoadStep
from loraviewer.core.settings import BaseFacts
from loraviewer.ui.base.base_list import BaseList
from loraviewer.ui.base.base_picker import BasePicker
from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import DEMO, Desk

LEFT = Qt.MouseButton.LeftButton
STAR_FROM_RIGHT, CROSS_FROM_RIGHT = 39, 13


@pytest.fixture
def bases(tmp_path: Path, controller: Desk) -> dict[str, str]:
    """Two bases that exist, remembered as recent ones; name → path."""
    paths = {}
    for name in ("dreamer", "painter"):
        paths[name] = str(tmp_path / f"{name}.safetensors")
        Path(paths[name]).touch()
    controller.settings.change(
        recent_checkpoints=tuple(paths.values()),
        base_facts={paths["dreamer"]: BaseFacts("sdxl", 6_940_000_000)},
    )
    return paths


@pytest.fixture
def picker(window: MainWindow, bases) -> BasePicker:
    window.activateWindow()
    return window.top_bar.picker


@pytest.fixture
def shown(picker: BasePicker) -> Iterator[BaseList]:
    """The list, opened by keyboard."""
    QTest.keyClick(picker, Qt.Key.Key_Return)
    assert picker.popup.isVisible()
    yield picker.popup.list
    picker.popup.hide()


def titles(shown: BaseList) -> list[str]:
    model = shown.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def go_to(shown: BaseList, title: str) -> None:
    """With the arrow keys, as far as it takes."""
    for _ in range(shown.model().rowCount()):
        if shown.currentIndex().data() == title:
            return
        QTest.keyClick(shown, Qt.Key.Key_Down)
    raise AssertionError(f"{title} cannot be reached")


def click(shown: BaseList, title: str, from_right: int | None = None) -> None:
    rect = shown.visualRect(shown.model().index(titles(shown).index(title), 0))
    x = rect.left() + 60 if from_right is None else rect.right() - from_right
    QTest.mouseClick(shown.viewport(), LEFT, pos=QPoint(x, rect.center().y()))


def test_it_lists_the_demo_recent_ones_and_opening_others(shown: BaseList, bases) -> None:
    assert titles(shown) == [
        "Demo",
        "Recent",
        "dreamer.safetensors",
        "painter.safetensors",
        "Open folder…",
        "Open file…",
        "Details of the base…",
    ]
    spoken = shown.model().index(2, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("dreamer.safetensors, SDXL · 6.9 GB · ")
    assert str(Path(bases["dreamer"]).parent) in spoken


def test_a_base_is_opened_by_keyboard(shown: BaseList, controller, bases) -> None:
    assert shown.currentIndex().data() == "Demo", "the cursor starts on the loaded base"
    go_to(shown, "painter.safetensors")
    QTest.keyClick(shown, Qt.Key.Key_Return)
    assert controller.works == [LoadJob(bases["painter"])]
    assert not shown.isVisible()


def test_a_base_is_opened_by_a_click(shown: BaseList, controller, bases) -> None:
    click(shown, "dreamer.safetensors")
    assert controller.works == [LoadJob(bases["dreamer"])]


@pytest.mark.parametrize("by", ["key", "mouse"])
def test_favourites_are_starred_and_listed_first(shown: BaseList, controller, bases, by) -> None:
    def star() -> None:
        go_to(shown, "painter.safetensors")
        if by == "key":
            QTest.keyClick(shown, Qt.Key.Key_F)
        else:
            click(shown, "painter.safetensors", STAR_FROM_RIGHT)

    star()
    assert controller.settings.settings.favourite_checkpoints == (bases["painter"],)
    assert titles(shown)[1:5] == [
        "Favourites",
        "painter.safetensors",
        "Recent",
        "dreamer.safetensors",
    ]
    assert shown.currentIndex().data() == "painter.safetensors", "the cursor stays with it"
    star()
    assert controller.settings.settings.favourite_checkpoints == ()
    assert controller.works == []


@pytest.mark.parametrize("by", ["key", "mouse"])
def test_a_base_is_taken_off_the_list(shown: BaseList, controller, bases, by) -> None:
    if by == "key":
        go_to(shown, "dreamer.safetensors")
        QTest.keyClick(shown, Qt.Key.Key_Delete)
    else:
        click(shown, "dreamer.safetensors", CROSS_FROM_RIGHT)
    assert controller.settings.settings.recent_checkpoints == (bases["painter"],)
    assert Path(bases["dreamer"]).exists()
    assert controller.works == []


def test_a_base_that_is_gone_says_so_and_cannot_be_opened(
    picker: BasePicker, controller: Desk, bases, qtbot: QtBot
) -> None:
    Path(bases["painter"]).unlink()
    with qtbot.waitSignal(controller.bases.changed):
        picker.open_list()
    shown = picker.popup.list
    spoken = shown.model().index(3, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("painter.safetensors, no longer there")
    go_to(shown, "painter.safetensors")
    QTest.keyClick(shown, Qt.Key.Key_Return)
    assert controller.works == []
    picker.popup.hide()


def test_escape_closes_the_list_and_stops_nothing(shown: BaseList, controller) -> None:
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    assert not shown.isVisible()
    assert controller.works == []


@pytest.mark.parametrize(
    ("title", "signal"), [("Open folder…", "folder_requested"), ("Open file…", "file_requested")]
)
def test_other_bases_are_opened_through_the_list(
    shown: BaseList, picker: BasePicker, window: MainWindow, qtbot: QtBot, title, signal
) -> None:
    go_to(shown, title)
    picker.folder_requested.disconnect()
    picker.file_requested.disconnect()
    with qtbot.waitSignal(getattr(picker.popup, signal)):
        QTest.keyClick(shown, Qt.Key.Key_Return)
    assert not shown.isVisible()


def test_the_loaded_base_is_starred_by_a_shortcut(
    window: MainWindow, controller: Desk, bases
) -> None:
    favourite = window.actions_table["favourite_base"]
    assert not favourite.isEnabled(), "the demo is always there"
    load(controller, bases["dreamer"])
    favourite.trigger()
    assert controller.settings.settings.favourite_checkpoints == (bases["dreamer"],)
    assert favourite.isChecked()


def load(controller: Desk, path: str) -> None:
    controller.use_checkpoint(replace(DEMO, source=path, family="sdxl"))


def test_loading_shows_bytes_in_place_and_can_be_cancelled(
    window: MainWindow, controller: Desk, picker: BasePicker
) -> None:
    cancel = window.top_bar.cancel
    assert picker.text() == "Demo · 24 MB"
    assert not cancel.isVisible()
    controller.base.open("/models/painter")
    controller.engine.take()
    controller.engine.step(LoadStep("text_encoder", 0.5, 1_200_000_000, 3_400_000_000))
    assert picker.text() == "text encoder · 1.2 of 3.4 GB"
    assert picker.loading_fraction == pytest.approx(1.2 / 3.4)
    QTest.mouseClick(cancel, LEFT)
    assert controller.engine.running is not None
    assert controller.engine.running.token.is_cancelled
    controller.engine.finish()
    stopped = "Loading was stopped. Demo stays the base."
    assert picker.text() == "Demo · 24 MB"
    assert picker.loading_fraction is None
    assert not cancel.isVisible()
    assert window.notices.bars[0].sentence == stopped


def test_without_sizes_loading_shows_percent(controller: Desk, picker) -> None:
    controller.base.loading.emit(LoadStep("unet", 0.4))
    assert picker.text() == "Loading unet … 40 %"
    assert picker.loading_fraction == 0.4


def test_nothing_beside_the_picker_moves_while_loading(
    window: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    lamp = window.top_bar.lamp
    before = lamp.geometry()
    controller.base.loading.emit(LoadStep("unet", 0.4))
    qtbot.waitUntil(window.top_bar.cancel.isVisible)
    assert lamp.geometry() == before


def test_another_base_is_shown_by_its_file_name(controller: Desk, picker, bases) -> None:
    load(controller, bases["dreamer"])
    assert picker.text() == "dreamer · 24 MB"


def test_the_wheel_and_letters_never_change_the_base(picker: BasePicker, controller) -> None:
    for key in (Qt.Key.Key_B, Qt.Key.Key_O, Qt.Key.Key_Left):
        QTest.keyClick(picker, key)
    assert controller.works == []
