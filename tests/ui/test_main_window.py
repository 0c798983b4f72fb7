from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from loraviewer.bridge.drops import Dropped
from loraviewer.bridge.rendering.jobs import LoadJob, RenderJob
from loraviewer.core.memory_plan import MemoryPlan
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.ui.actions import ACTIONS, MENUS
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.message_bar import MessageBar
from loraviewer.ui.shortcuts_page import ShortcutsPage
from loraviewer.ui.widgets.icons import icon, icons_folder
from loraviewer.ui.widgets.theme import is_dark
from tests.ui.drops import drop
from tests.ui.fakes import Desk, entry, plain_picture, rendered

MONOCHROME = sorted(p for p in icons_folder().glob("*.svg") if p.stem != "loraviewer")


def test_shortcuts_are_unique_and_everything_has_words() -> None:
    keys = [QKeySequence(spec.shortcut).toString() for spec in ACTIONS if spec.shortcut]
    assert len(set(keys)) == len(keys)
    assert all(keys)
    assert all(spec.text and spec.menu in MENUS for spec in ACTIONS)
    assert len({spec.id for spec in ACTIONS}) == len(ACTIONS)


@pytest.mark.parametrize("path", MONOCHROME, ids=lambda p: p.stem)
def test_icons_take_the_colour_of_the_palette(qapp, path: Path) -> None:
    assert "currentColor" in path.read_text(encoding="utf-8")
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.ButtonText, "#12c8f0")
    image = icon(path.stem, palette).pixmap(36, 36).toImage()
    pixels = [image.pixelColor(x, y) for x in range(36) for y in range(36)]
    drawn = [pixel for pixel in pixels if pixel.alpha() > 150]
    assert drawn
    # Half-covered pixels come back rounded from their premultiplied form.
    assert all(
        abs(p.red() - 0x12) + abs(p.green() - 0xC8) + abs(p.blue() - 0xF0) < 8 for p in drawn
    )


def test_every_button_and_field_has_a_name(window: MainWindow, controller) -> None:
    controller.stack.add(entry("manga"))
    QApplication.processEvents()
    nameless = [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus
        and not widget.accessibleName()
        # The line inside a spin box or combo box speaks through its owner.
        and not isinstance(widget.parent(), QAbstractSpinBox | QComboBox)
    ]
    assert nameless == []


def test_space_renders_from_a_button_but_types_in_the_prompt(
    window: MainWindow, controller: Desk
) -> None:
    window.activateWindow()
    controller.stack.add(entry("manga"))
    QApplication.processEvents()
    switch = window.stack_panel.strips.strips()[0].tab_chain()[0]
    switch.setFocus()
    QTest.keyClick(switch, Qt.Key.Key_Space)
    (picture,) = renders(controller, "base")
    assert picture.request.sampling.seed == 7
    assert controller.stack.stack.entries[0].is_enabled
    prompt = next(
        line for line in window.findChildren(QLineEdit) if line.accessibleName() == "Prompt"
    )
    prompt.setFocus()
    QTest.keyClicks(prompt, "a cat")
    assert prompt.text() == "a cat"
    assert len(renders(controller, "base")) == 1
    window.prompt_panel.commit()


def test_escape_stops(window: MainWindow, controller: Desk) -> None:
    window.activateWindow()
    controller.prompt.change(seed=3)
    assert controller.panes.pane("base").is_busy
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not controller.panes.pane("base").is_busy
    assert controller.engine.waiting == 0


def test_undo_is_offered_when_there_is_something_to_undo(window: MainWindow, controller) -> None:
    undo, redo = window.actions_table["undo"], window.actions_table["redo"]
    assert not undo.isEnabled()
    controller.stack.add(entry("manga"))
    assert undo.isEnabled()
    undo.trigger()
    assert redo.isEnabled()
    assert controller.stack.stack.entries == ()


def test_notices_are_a_banner_that_can_be_dismissed(window: MainWindow, controller) -> None:
    assert not window.notices.isVisible()
    controller.notice.emit(Failure(FailureKind.FILE, "It ends too early.", "at byte 12"))
    (bar,) = window.notices.bars
    assert bar.isVisible()
    assert "at byte 12" in bar.detail
    bar.dismiss()
    assert not window.notices.isVisible()


def test_several_notices_stay_and_a_loaded_base_takes_only_its_own(
    window: MainWindow, controller
) -> None:
    for sentence in ("One ends too early.", "Two is a pickle.", "Two is a pickle."):
        controller.notice.emit(Failure(FailureKind.ADAPTER, sentence))
    controller.base.failed.emit(Failure(FailureKind.CHECKPOINT, "No checkpoint there."))
    shown = [bar.sentence for bar in window.notices.bars]
    assert shown == ["No checkpoint there.", "Two is a pickle.", "One ends too early."]
    controller.use_checkpoint()
    assert [bar.sentence for bar in window.notices.bars] == shown[1:]


def test_a_flood_of_notices_leaves_room_for_the_pictures(window: MainWindow, controller) -> None:
    for i in range(50):
        controller.notice.emit(Failure(FailureKind.FILE, f"File {i} is no adapter."))
    newest, *others = window.notices.bars
    assert newest.sentence == "File 49 is no adapter."
    assert newest.isVisible()
    assert not any(bar.isVisible() for bar in others)
    assert window.notices.others == "49 earlier failures are not shown here."


def folded_failures(window: MainWindow) -> MessageBar:
    bars = window.notices.findChildren(MessageBar)
    return next(bar for bar in bars if bar.sentence == window.notices.others)


def test_all_failures_are_listed_and_copied_on_request(window: MainWindow, controller) -> None:
    for i in range(3):
        controller.notice.emit(Failure(FailureKind.FILE, f"File {i} is bad.", f"at byte {i}"))
    folded_failures(window).buttons()[0].click()
    shown = window.notices.shown_list
    assert shown is not None
    assert [line for line in shown.text.splitlines() if line] == [
        "File 2 is bad.", "at byte 2", "File 1 is bad.", "at byte 1", "File 0 is bad.", "at byte 0",
    ]  # fmt: skip
    (copy,) = [b for b in shown.findChildren(QPushButton) if b.text() == "Copy all"]
    copy.click()
    assert QGuiApplication.clipboard().text() == shown.text
    shown.close()


def test_who_dismisses_the_newest_failure_comes_to_the_next(window: MainWindow, controller) -> None:
    for i in range(4):
        controller.notice.emit(Failure(FailureKind.FILE, f"File {i} is bad."))
    seen = []
    while window.notices.bars:
        seen.append([bar.sentence for bar in window.notices.bars if bar.isVisible()])
        assert window.notices.dismiss_newest()
    assert seen == [
        ["File 3 is bad."], ["File 2 is bad."], ["File 1 is bad.", "File 0 is bad."],
        ["File 0 is bad."],
    ]  # fmt: skip
    assert not window.notices.isVisible()


def test_earlier_failures_are_dismissed_together(window: MainWindow, controller) -> None:
    for i in range(4):
        controller.notice.emit(Failure(FailureKind.FILE, f"File {i} is bad."))
    folded_failures(window).dismiss()
    assert [bar.sentence for bar in window.notices.bars] == ["File 3 is bad."]
    assert window.notices.others == ""


def test_live_and_theme_follow_the_settings(
    qtbot: QtBot, window: MainWindow, controller: Desk
) -> None:
    window.actions_table["live"].trigger()
    assert not controller.settings.settings.is_live
    window.actions_table["theme_dark"].trigger()
    assert controller.settings.settings.theme == "dark"
    qtbot.waitUntil(lambda: is_dark(window.palette()))
    controller.settings.change(theme="light")
    assert window.actions_table["theme_light"].isChecked()
    qtbot.waitUntil(lambda: not is_dark(window.palette()))


def test_status_is_told_in_words(window: MainWindow, controller: Desk) -> None:
    controller.status.change(
        device="cpu",
        dtype="float32",
        memory_bytes=1_234_000_000,
        merge_ms=4.2,
        denoise_ms=610.3,
        activity="idle",
    )
    assert window.status_line.times == "merge 4 ms · denoise 610 ms · idle"
    assert window.top_bar.machine == "cpu · float32 · 1.2 GB"


def test_times_are_of_the_picture_that_is_seen(window: MainWindow, controller: Desk) -> None:
    fresh = rendered(plain_picture((1, 1, 1)))
    controller.show("current", shown=fresh)
    assert window.status_line.times == "merge 4 ms · denoise 610 ms · idle"
    controller.show("base", shown=msgspec.structs.replace(fresh, is_from_cache=True))
    assert window.status_line.times == "merge 4 ms · denoise 610 ms · idle"
    controller.show("current", shown=msgspec.structs.replace(fresh, is_from_cache=True))
    assert window.status_line.times == "made before · idle"


def test_what_a_stack_costs_in_memory_is_told(window: MainWindow, controller) -> None:
    plan = MemoryPlan(
        policy="resident",
        touched_bytes=500_000_000,
        kept_bytes=500_000_000,
        held_budget=0,
        sentence="Keeps 500 MB of base weights.",
    )
    assert window.status_line.memory == ""
    controller.status.change(memory=plan)
    assert window.status_line.memory == "keeps 500 MB of base weights"
    assert plan.sentence in window.top_bar.lamp.toolTip()
    lean = msgspec.structs.replace(plan, policy="lean", kept_bytes=0, sentence="Keeps none.")
    controller.status.change(memory=lean)
    assert window.status_line.memory == "keeps no base weights"
    controller.status.change(memory=None)
    assert window.status_line.memory == ""


def test_a_drop_is_handed_on_with_its_place(
    window: MainWindow, controller: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / "manga.safetensors"
    file.touch()
    drop(window, window.compare.geometry().center() + QPoint(0, 80), file)
    qtbot.waitUntil(lambda: names(controller) == ["manga"])
    drop(window, window.top_bar.mapTo(window, QPoint(60, 10)), file)
    qtbot.waitUntil(lambda: loads(controller) == [str(file)])
    assert names(controller) == ["manga"]


def test_many_dropped_adapters_are_asked_about(window: MainWindow, controller, qtbot) -> None:
    paths = tuple(f"/many/{i}.safetensors" for i in range(143))
    controller.openings.many_dropped.emit(Dropped(adapters=paths, collection="/many"))
    (bar,) = window.notices.bars
    assert bar.sentence == "“many” holds 143 adapters. Add them all, switched off?"
    add = next(button for button in bar.buttons() if button.text() == "Add all 143")
    QTest.mouseClick(add, Qt.MouseButton.LeftButton)
    assert not window.notices.isVisible()
    qtbot.waitUntil(lambda: names(controller) == [str(i) for i in range(143)])


def test_several_adapter_files_are_added(window: MainWindow, controller, qtbot) -> None:
    dialog = asked(window, "add_files")
    dialog.filesSelected.emit(["/a.safetensors", "/b.safetensors"])
    dialog.close()
    qtbot.waitUntil(lambda: names(controller) == ["a", "b"])


@pytest.mark.parametrize("action", ["open_folder", "open_file"])
def test_a_chosen_base_is_opened(window: MainWindow, controller, action) -> None:
    dialog = asked(window, action)
    dialog.fileSelected.emit("/chosen")
    dialog.close()
    assert loads(controller) == ["/chosen"]


def test_a_picture_is_saved_where_it_was_chosen(window: MainWindow, controller, qtbot) -> None:
    picture = rendered(plain_picture((9, 9, 9)))
    controller.show("current", shown=picture)
    dialog = asked(window, "save_picture")
    dialog.fileSelected.emit("/chosen.png")
    dialog.close()
    qtbot.waitUntil(lambda: controller.saved == {Path("/chosen.png"): picture})


def test_the_components_folder_is_chosen_once_and_kept(window: MainWindow, controller) -> None:
    dialog = asked(window, "components_folder")
    dialog.fileSelected.emit("/models/parts")
    dialog.close()
    assert controller.settings.settings.components_folder == "/models/parts"


def names(desk: Desk) -> list[str]:
    return [row.name for row in desk.stack.stack.entries]


def loads(desk: Desk) -> list[str]:
    return [work.path for work in desk.works if isinstance(work, LoadJob)]


def renders(desk: Desk, pane_id: str) -> list[RenderJob]:
    found = [work for work in desk.works if isinstance(work, RenderJob)]
    return [work for work in found if work.pane_id == pane_id]


def asked(window: MainWindow, action: str) -> QFileDialog:
    """The dialog that an action opens; none of them stops the event loop."""
    window.actions_table[action].trigger()
    return next(d for d in window.findChildren(QFileDialog) if d.isVisible())


def test_the_shortcut_page_lists_the_table(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_table["shortcuts"].trigger()
    page = window.findChild(ShortcutsPage)
    assert isinstance(page, ShortcutsPage)
    assert page.isVisible()
    assert not page.isModal()
    page.close()


def test_closing_closes_the_controller_and_keeps_the_geometry(
    qtbot: QtBot, controller: Desk, geometry
) -> None:
    first = MainWindow(controller, geometry)
    qtbot.addWidget(first)
    first.show()
    first.resize(760, 620)
    first.close()
    assert controller.engine.is_closed
    second = MainWindow(controller, geometry)
    qtbot.addWidget(second)
    assert (second.width(), second.height()) == (760, 620)


def test_every_action_works_on_an_empty_stack(window: MainWindow) -> None:
    for spec in ACTIONS:
        if spec.id != "quit":
            window.actions_table[spec.id].trigger()
    assert window.isVisible()
