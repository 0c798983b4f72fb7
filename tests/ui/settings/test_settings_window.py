"""Settings: all that is shown counts at once, or says from when."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loraviewer.core.settings import Settings
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.settings.setting_rows import ChoiceRow, FolderRow, NumberRow, TickRow
from loraviewer.ui.settings.settings_window import AT_START, SettingsWindow
from tests.ui.fakes import Desk

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def shown(window: MainWindow) -> SettingsWindow:
    window.actions_table["settings"].trigger()
    QApplication.processEvents()
    opened = window.settings_actions.window
    assert opened is not None
    return opened


def choose(shown: SettingsWindow, field: str, at: int) -> None:
    row = shown.rows[field]
    assert isinstance(row, ChoiceRow)
    row.box.setCurrentIndex(at)
    row.box.activated.emit(at)


def test_every_row_shows_what_the_settings_say(shown: SettingsWindow, controller: Desk):
    told = Settings(
        theme="dark", language="de", smooth_pixels=False, filmstrip="off", is_live=False,
        draft_steps=7, pictures_ahead=3,
        shows_ablation=True, most_ablation_s=3.5, device="cpu", dtype="bfloat16",
        merge_mode="unmerged", originals="lean", memory_budget_gb=1.5, picture_store_gb=0.5,
        components_folder="/parts", compiles="idle",
    )  # fmt: skip
    assert shown.rows.keys() == {
        name for name in told.__struct_fields__ if getattr(told, name) != getattr(Settings(), name)
    }
    controller.settings.install(told)
    assert controller.settings.settings == told, "showing sends nothing"
    ticks = {n: r.box.isChecked() for n, r in shown.rows.items() if isinstance(r, TickRow)}
    assert ticks == {"smooth_pixels": False, "is_live": False, "shows_ablation": True}
    numbers = {n: r.box.number() for n, r in shown.rows.items() if isinstance(r, NumberRow)}
    assert numbers == {"draft_steps": 7, "pictures_ahead": 3, "most_ablation_s": 3.5,
                       "memory_budget_gb": 1.5, "picture_store_gb": 0.5}  # fmt: skip
    folder = shown.rows["components_folder"]
    assert isinstance(folder, FolderRow)
    assert "parts" in folder.words


def test_whole_sizes_have_no_decimals(shown: SettingsWindow, controller: Desk):
    controller.settings.install(Settings(picture_store_gb=16.0, most_ablation_s=2.5))
    rows = [shown.rows[name] for name in ("picture_store_gb", "most_ablation_s")]
    assert [row.box.text() for row in rows if isinstance(row, NumberRow)] == ["16", "2.5"]


def test_a_choice_counts_at_once(shown: SettingsWindow, window: MainWindow, controller: Desk):
    choose(shown, "theme", 2)
    assert controller.settings.settings.theme == "dark"
    assert window.actions_table["theme_dark"].isChecked()
    row = shown.rows["is_live"]
    assert isinstance(row, TickRow)
    QTest.mouseClick(row.box, LEFT)
    assert not controller.settings.settings.is_live
    assert not window.actions_table["live"].isChecked()
    assert shown.waiting == ""
    assert not shown.restart.isVisible()


def test_what_the_engine_is_built_with_counts_from_the_next_start(
    shown: SettingsWindow, window: MainWindow, controller: Desk, qtbot
):
    choose(shown, "dtype", 2)
    assert controller.settings.settings.dtype == "bfloat16"
    assert "from the next start" in shown.waiting
    with qtbot.waitSignal(window.restart_wanted):
        QTest.mouseClick(shown.restart, LEFT)
    choose(shown, "dtype", 0)
    assert shown.waiting == ""
    assert set(AT_START) <= shown.rows.keys()


def test_numbers_are_taken_as_they_are_typed(shown: SettingsWindow, controller: Desk):
    row = shown.rows["most_ablation_s"]
    assert isinstance(row, NumberRow)
    field = row.box.lineEdit()
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "12,5")
    assert controller.settings.settings.most_ablation_s == 12.5
    memory = shown.rows["memory_budget_gb"]
    assert isinstance(memory, NumberRow)
    assert memory.none is not None
    assert not memory.box.isEnabled()
    QTest.mouseClick(memory.none, LEFT)
    assert (controller.settings.settings.memory_budget_gb or 0) >= 1
    assert memory.box.isEnabled()
    QTest.mouseClick(memory.none, LEFT)
    assert controller.settings.settings.memory_budget_gb is None


def test_no_number_is_one_that_the_file_refuses(shown: SettingsWindow, controller: Desk):
    for field, typed in (("draft_steps", "0"), ("picture_store_gb", "-1"), ("draft_steps", "x")):
        row = shown.rows[field]
        assert isinstance(row, NumberRow)
        line = row.box.lineEdit()
        line.selectAll()
        QTest.keyClicks(line, typed)
        settings = controller.settings.settings
        again = msgspec.json.decode(msgspec.json.encode(settings), type=Settings)
        assert again == settings


def test_a_folder_is_cleared(shown: SettingsWindow, controller: Desk):
    controller.settings.change(components_folder="/parts")
    row = shown.rows["components_folder"]
    assert isinstance(row, FolderRow)
    QTest.mouseClick(row.clear, LEFT)
    assert controller.settings.settings.components_folder == ""
    assert row.words == "none"
