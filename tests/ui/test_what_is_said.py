"""What Esc does in each state, sentences by key, and what is confirmed."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu

from loraviewer.bridge.rendering.jobs import LoadStep
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.reports import AdapterReport
from loraviewer.core.sentences import say
from loraviewer.ui.about_box import AboutBox
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.widgets.buttons import IconButton
from tests.ui.fakes import Desk, entry, plain_picture, rendered
from tests.ui.focus import focused
from tests.ui.test_stack_panel import trigger

SHIFT, NONE = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def rows(window: MainWindow, controller: Desk) -> MainWindow:
    for name in ("manga", "birds", "neon"):
        controller.stack.add(entry(name, 0.5))
    window.activateWindow()
    QApplication.processEvents()
    return window


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(focused(), key, modifiers)
    QApplication.processEvents()


def notice(controller: Desk, words: str = "It ends too early.") -> None:
    controller.notice.emit(Failure(FailureKind.FILE, words, "at byte 12"))
    QApplication.processEvents()


def test_a_sentence_is_reached_by_f6_and_closed_by_escape(
    rows: MainWindow, controller: Desk
) -> None:
    rows.stack_panel.go_to_row(1)
    fader = focused()
    notice(controller, "First.")
    notice(controller, "Second.")
    assert focused() is fader
    controller.prompt.change(seed=3)
    press(Qt.Key.Key_F6, SHIFT)
    press(Qt.Key.Key_F6, SHIFT)
    assert rows.notices.isAncestorOf(focused())
    press(Qt.Key.Key_Escape)
    assert [bar.sentence for bar in rows.notices.bars] == ["First."]
    assert rows.notices.isAncestorOf(focused())
    press(Qt.Key.Key_Escape)
    assert rows.notices.bars == ()
    assert controller.panes.is_busy, "Esc was for the sentences alone"


def test_a_failure_gives_way_to_a_newer_one_about_the_same_file(
    rows: MainWindow, controller: Desk
) -> None:
    notice(controller, say("“{path}” is empty.", path="/lib/one.safetensors"))
    notice(controller, say("“{path}” is empty.", path="/lib/two.safetensors"))
    notice(controller, say("“{path}” cannot be read.", path="/lib/one.safetensors"))
    shown = [bar.sentence for bar in rows.notices.bars]
    assert shown == ["“/lib/one.safetensors” cannot be read.", "“/lib/two.safetensors” is empty."]


def test_reasons_that_a_sentence_only_counts_are_read_in_a_list(
    rows: MainWindow, controller: Desk
) -> None:
    reasons = tuple(f"“/lib/{name}.safetensors” is empty." for name in "abc")
    words = "3 of 3 files cannot be added: “a”, “b”, “c”."
    controller.notice.emit(Failure(FailureKind.ADAPTER, words, "\n".join(reasons), "", reasons))
    QApplication.processEvents()
    rows.notices.take_focus()
    QTest.mouseClick(focused(), Qt.MouseButton.LeftButton)
    shown = rows.notices.shown_list
    assert shown is not None
    assert shown.text.split("\n\n") == [words, *reasons]
    notice(controller, "It ends too early.")
    own = [button for button in rows.notices.bars[0].buttons() if button.isVisible()]
    assert [button.accessibleName() for button in own] == ["Copy details", "Dismiss"]


def test_closing_a_sentence_goes_back_to_where_the_keyboard_was(
    rows: MainWindow, controller: Desk
) -> None:
    rows.stack_panel.go_to_row(1)
    fader = focused()
    notice(controller)
    rows.notices.take_focus()
    press(Qt.Key.Key_Escape)
    assert focused() is fader


def test_escape_stops_first_and_then_closes_sentences(rows: MainWindow, controller: Desk) -> None:
    notice(controller)
    controller.prompt.change(seed=3)
    rows.compare.take_focus()
    press(Qt.Key.Key_Escape)
    assert rows.status_line.times == "stopped"
    assert len(rows.notices.bars) == 1
    press(Qt.Key.Key_Escape)
    assert rows.notices.bars == ()


def test_escape_while_a_base_is_loading_says_what_is_true(
    rows: MainWindow, controller: Desk
) -> None:
    picker = rows.top_bar.picker
    controller.base.open("/models/painter")
    controller.engine.take()
    controller.engine.step(LoadStep("unet", 0.4))
    rows.compare.take_focus()
    press(Qt.Key.Key_Escape)
    assert rows.status_line.times == "stopping"
    assert (picker.text(), picker.loading_fraction) == ("Stopping…", None)
    assert not rows.top_bar.cancel.isEnabled()
    controller.engine.step(LoadStep("vae", 0.9))  # under way before the engine heard of it
    assert picker.text() == "Stopping…"
    controller.settings.change(is_live=False)
    controller.engine.finish()
    assert picker.text() == "Demo · 24 MB"
    assert rows.status_line.times == "idle"


def test_after_escape_an_adapter_that_is_read_late_starts_no_picture(
    rows: MainWindow, controller: Desk
) -> None:
    controller.stack.add(entry("late"))
    assert controller.adapters.is_waiting(controller.stack.stack)
    rows.compare.take_focus()
    press(Qt.Key.Key_Escape)
    assert rows.status_line.times == "stopped"
    for row in controller.stack.stack.entries:
        controller.learn(row.sha256, AdapterReport(sha256=row.sha256, matched=("unet.a",)))
    assert not controller.panes.is_busy
    assert controller.panes.pane("current").is_outdated
    press(Qt.Key.Key_Space)
    assert controller.panes.is_busy


def test_escape_in_a_dialog_closes_only_that(rows: MainWindow, controller: Desk, qtbot) -> None:
    controller.prompt.change(seed=3)
    notice(controller)
    rows.actions_table["about"].trigger()
    about = rows.findChild(AboutBox)
    assert about is not None
    about.activateWindow()
    qtbot.waitUntil(about.isActiveWindow)
    QTest.keyClick(about, Qt.Key.Key_Escape)
    assert not about.isVisible()
    assert controller.panes.is_busy
    assert len(rows.notices.bars) == 1


def test_copying_a_picture_is_confirmed(rows: MainWindow, controller: Desk) -> None:
    controller.show("current", shown=rendered(plain_picture((1, 2, 3))))
    rows.actions_table["copy_picture"].trigger()
    assert rows.status_line.times.endswith("· picture copied")
    controller.show("current", preview=plain_picture((4, 5, 6)), is_busy=True)
    rows.actions_table["copy_picture"].trigger()
    assert rows.status_line.times.endswith("· unfinished picture copied")


def test_what_is_on_the_buttons_is_in_the_menus(rows: MainWindow) -> None:
    menus = [action.menu() for action in rows.menuBar().actions()]
    texts = {a.text() for m in menus if isinstance(m, QMenu) for a in m.actions()}
    wanted = {"Add adapter files…", "Choose base…", "Details of the base…", "Verify the weights",
              "Live", "Render", "Stop", "All off", "Reset master to 1.0", "New random seed",
              "Keep the seed"}  # fmt: skip
    assert wanted <= texts
    stack_menu = next(m for m in menus if isinstance(m, QMenu) and m.title() == "&Stack")
    first = stack_menu.actions()[0]
    assert (first.text(), first.shortcut().toString()) == ("Add adapter files…", "Ctrl+Shift+A")


def test_the_lock_and_its_action_are_one(rows: MainWindow) -> None:
    action = rows.actions_table["keep_seed"]
    lock = next(b for b in rows.findChildren(IconButton) if b.accessibleName() == "Keep the seed")
    assert action.isChecked()
    QTest.mouseClick(lock, Qt.MouseButton.LeftButton)
    assert not action.isChecked()
    action.trigger()
    assert lock.isChecked()


def test_a_row_says_that_its_folder_is_gone(rows: MainWindow) -> None:
    strip = rows.stack_panel.strips.strips()[0]
    trigger(strip, "Show file in its folder")
    said = [label.text() for label in strip.findChildren(QLabel) if label.isVisible()]
    assert "The folder “/adapters” is no longer there." in said
