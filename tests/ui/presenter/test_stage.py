"""The stage by keyboard alone, and that the studio is afterwards as it was."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.bridge.rendering.jobs import RenderJob
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.notices import MOST_SHOWN
from loraviewer.ui.presenter.presenter_window import PresenterWindow
from loraviewer.ui.presenter.stage_fader import LEAST
from tests.ui.fakes import Desk, entry, plain_picture, rendered
from tests.ui.focus import focused
from tests.ui.presenter.conftest import manga, press, show

Key = Qt.Key
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def shown(stage: PresenterWindow) -> list[tuple[str, float]]:
    return [(f.row.name, f.row.entry.scale) for f in stage.strip.faders]


def selected(stage: PresenterWindow) -> str:
    (name,) = [f.row.name for f in stage.strip.faders if f.fader.hasFocus()]
    return name


def test_it_covers_the_screen_with_large_faders(stage: PresenterWindow) -> None:
    assert stage.isVisible()
    assert stage.windowState() & Qt.WindowState.WindowFullScreen
    assert shown(stage) == [("manga", 0.3), ("birds", 0.4)]
    assert [f.value for f in stage.strip.faders] == ["0.30", "0.40"]
    assert selected(stage) == "manga"


def test_arrows_walk_the_snapshots(stage: PresenterWindow, controller: Desk) -> None:
    walked = []
    for key in (Key.Key_Right, Key.Key_Right, Key.Key_Left):
        press(key)
        walked.append(manga(controller))
    assert walked == [0.5, 0.1, 0.5]
    press(Key.Key_Z, CONTROL)
    assert manga(controller) == 0.3
    press(Key.Key_Z, CONTROL | SHIFT)
    assert manga(controller) == 0.5


def test_numbers_switch_rows(stage: PresenterWindow, controller: Desk) -> None:
    press(Key.Key_2)
    assert not controller.stack.stack.entry("birds").is_enabled
    assert stage.strip.faders[1].accessibleName() == "birds, key 2, off"
    press(Key.Key_2)
    assert controller.stack.stack.entry("birds").is_enabled


def test_zero_is_the_base_and_back(stage: PresenterWindow, controller: Desk) -> None:
    before = controller.stack.stack
    press(Key.Key_0)
    assert controller.stack.stack == before.with_all_off()
    press(Key.Key_0)
    assert controller.stack.stack == before


def test_tab_and_arrows_move_faders_within_their_range(
    stage: PresenterWindow, controller: Desk
) -> None:
    press(Key.Key_Tab)
    assert selected(stage) == "birds"
    for _ in range(3):
        press(Key.Key_Up)
    assert round(controller.stack.stack.entry("birds").scale, 6) == 0.55
    press(Key.Key_Down, SHIFT)
    assert round(controller.stack.stack.entry("birds").scale, 6) == 0.54
    controller.stack.set_scale("birds", 1.98)
    press(Key.Key_Up)
    press(Key.Key_Up)
    assert controller.stack.stack.entry("birds").scale == 2.0
    assert stage.strip.faders[1].fader.strength == 2.0
    press(Key.Key_Tab, SHIFT)
    assert selected(stage) == "manga"


def test_walking_away_lets_a_fader_go(stage: PresenterWindow, controller: Desk) -> None:
    press(Key.Key_Up)
    assert controller.stack.is_dragging, "presses that follow are of the same step"
    press(Key.Key_Right)
    assert not controller.stack.is_dragging
    press(Key.Key_Z, CONTROL)
    assert round(manga(controller), 6) == 0.35


def test_the_mouse_moves_faders_and_switches_rows(stage: PresenterWindow, controller: Desk) -> None:
    birds = stage.strip.faders[1]
    far = QPoint(birds.fader.width() * 5 // 6, birds.fader.height() // 2)
    QTest.mouseClick(birds.fader, Qt.MouseButton.LeftButton, pos=far)
    assert controller.stack.stack.entry("birds").scale == pytest.approx(1.6, abs=0.2)
    QTest.mouseClick(birds, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    assert not controller.stack.stack.entry("birds").is_enabled


def test_b_holds_the_base_up(stage: PresenterWindow, controller: Desk) -> None:
    QTest.keyPress(focused(), Key.Key_B)
    assert stage.view.own.seen.title == "Base"
    assert stage.view.own.seen.rendered == controller.panes.pane("base").shown
    QTest.keyRelease(focused(), Key.Key_B)
    assert stage.view.own.seen.rendered == controller.panes.pane("current").shown


def test_v_shows_one_picture_or_two(stage: PresenterWindow) -> None:
    assert stage.view.beside.isVisible()
    two = stage.view.own.picture_rect().width()
    press(Key.Key_V)
    assert not stage.view.beside.isVisible()
    assert stage.view.own.picture_rect().width() > two
    press(Key.Key_V)
    assert stage.view.beside.isVisible()


def test_space_renders_where_there_are_no_cues(stage: PresenterWindow, controller: Desk) -> None:
    controller.show("current", is_outdated=True, shown=None)
    controller.works.clear()
    press(Key.Key_Space)
    assert any(isinstance(work, RenderJob) for work in controller.works)


def test_cues_are_run_with_the_keys_of_a_remote(stage: PresenterWindow, controller: Desk) -> None:
    snapshots = controller.snapshots.snapshots
    for place, words in ((0, "A little."), (2, "Much.")):
        cue_id = controller.stage.cues.add(9, snapshots[place].snapshot_id)
        controller.stage.cues.say(cue_id, words)
    said = []
    for key in (Key.Key_PageDown, Key.Key_Space, Key.Key_PageUp):
        press(key)
        said.append((stage.view.sentence.words, manga(controller)))
    assert said == [("A little.", 0.1), ("Much.", 0.5), ("A little.", 0.1)]
    assert stage.view.sentence.isVisible()


def test_more_rows_than_keys_turn_pages(stage: PresenterWindow, controller: Desk) -> None:
    controller.stack.add_all([entry(f"r{number}") for number in range(9)])
    QApplication.processEvents()
    assert len(stage.strip.faders) == 9
    assert stage.strip.pages.isVisible()
    press(Key.Key_Tab, SHIFT)
    assert [name for name, _ in shown(stage)] == ["r7", "r8"]
    assert selected(stage) == "r8"
    press(Key.Key_1)
    assert not controller.stack.stack.entry("r7").is_enabled


def test_without_rows_the_keys_still_work(window: MainWindow, controller: Desk) -> None:
    window.activateWindow()
    press(Key.Key_F11)
    for key in (Key.Key_Tab, Key.Key_1, Key.Key_0, Key.Key_Right, Key.Key_PageDown, Key.Key_Up):
        press(key)
    assert controller.stack.stack.entries == ()
    press(Key.Key_Escape)
    assert window.stage.window is None


@pytest.mark.parametrize("key", [Key.Key_Escape, Key.Key_F11])
def test_the_studio_is_as_it_was(studio: MainWindow, controller: Desk, key: Key) -> None:
    studio.actions_table["weights"].trigger()
    studio.prompt_panel.focus_prompt()
    before = (studio.saveGeometry(), studio.weights.dock.isVisible(), focused())
    document = controller.document.document
    press(Key.Key_F11)
    assert focused() is not before[2]
    press(key)
    assert (studio.saveGeometry(), studio.weights.dock.isVisible(), focused()) == before
    assert controller.document.document == document
    assert studio.stage.window is None


def test_the_keyboard_comes_back_to_a_notice(studio: MainWindow, controller: Desk) -> None:
    controller.notice.emit(Failure(FailureKind.FILE, "Something is wrong."))
    QApplication.processEvents()
    studio.notices.take_focus()
    before = focused()
    assert studio.notices.isAncestorOf(before)
    studio.stage.enter()
    QApplication.processEvents()
    press(Key.Key_Escape)
    assert focused() is before


def test_other_windows_are_away_meanwhile(studio: MainWindow) -> None:
    studio.actions_table["history"].trigger()
    (history,) = [w for w in QApplication.topLevelWidgets() if w.windowTitle() == "History"]
    studio.activateWindow()
    studio.stage.enter()
    QApplication.processEvents()
    assert not history.isVisible()
    press(Key.Key_Escape)
    assert history.isVisible()
    history.close()


def test_nothing_pops_up_and_all_of_it_is_told_afterwards(
    stage: PresenterWindow, studio: MainWindow, controller: Desk
) -> None:
    for number in range(MOST_SHOWN + 1):
        controller.notice.emit(Failure(FailureKind.FILE, f"Sentence {number}."))
    studio.notices.mention("A picture was saved.")
    assert not studio.notices.isVisible()
    press(Key.Key_Question, SHIFT)
    press(Key.Key_F6)
    assert QApplication.activeWindow() is stage
    press(Key.Key_Escape)
    assert studio.notices.isVisible()
    assert len(studio.notices.bars) == MOST_SHOWN + 2


def test_a_failure_leaves_the_picture_and_a_mark(stage: PresenterWindow, controller: Desk) -> None:
    before = stage.view.own.seen.rendered
    clean = stage.view.own.grab().toImage()
    failure = Failure(FailureKind.MEMORY, "There is no memory left.")
    controller.show("current", failure=failure)
    assert stage.view.own.seen.rendered == before
    assert stage.view.own.accessibleDescription() == failure.message
    assert stage.view.own.grab().toImage() != clean


def test_the_desktop_closing_it_is_as_esc(stage: PresenterWindow, studio: MainWindow) -> None:
    assert stage.close(), "a session of the desktop that ends is not held up"
    assert studio.stage.window is None
    assert studio.isVisible()


def test_closing_the_studio_ends_it(stage: PresenterWindow, studio: MainWindow) -> None:
    studio.close()
    assert not stage.isVisible()


def test_the_pointer_hides_while_nobody_moves_it(stage: PresenterWindow, qtbot: QtBot) -> None:
    stage.pointer._pause.setInterval(1)
    handle = stage.windowHandle()
    assert handle is not None
    where = QPointF(40.0, 40.0)
    none = Qt.MouseButton.NoButton
    plain = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(
        handle, QMouseEvent(QEvent.Type.MouseMove, where, where, none, none, plain)
    )
    assert stage.strip.hint.text()
    qtbot.waitUntil(lambda: stage.cursor().shape() is Qt.CursorShape.BlankCursor)
    assert not stage.strip.hint.text()


# 1024×768; 1920×1200 at 200 %; a projector.
@pytest.mark.parametrize("size", [(1024, 768), (960, 600), (1920, 1080)])
@pytest.mark.parametrize("count", [1, 2])
def test_nine_rows_and_the_pictures_fit(
    stage: PresenterWindow, controller: Desk, size: tuple[int, int], count: int
) -> None:
    controller.stack.add_all([entry(f"row number {number}") for number in range(7)])
    controller.stage.cues.say(controller.stage.cues.add(0), "Words " * 30)
    stage.showNormal()
    if count == 1:
        press(Key.Key_V)
    stage.resize(*size)
    QApplication.processEvents()
    assert stage.size() == QSize(*size)
    seen = [f for f in stage.strip.faders if stage.strip.rect().contains(f.geometry())]
    assert len(seen) == 9
    assert all(f.width() >= LEAST.width() and f.height() >= LEAST.height() for f in seen)
    picture = stage.view.own.picture_rect()
    assert picture.width() * count > 0.4 * size[0]
    assert picture.bottom() <= stage.view.own.height()


def test_a_settled_picture_fades_in_and_what_a_fader_moves_does_not(
    stage: PresenterWindow, controller: Desk
) -> None:
    own = stage.view.own
    show(controller, (0, 0, 200))
    assert own.is_fading
    controller.stack.begin_drag()
    show(controller, (0, 90, 200))
    assert not own.is_fading
    draft = rendered(plain_picture((9, 9, 9)), controller.stack.stack, is_draft=True)
    controller.show("current", shown=draft)
    controller.stack.end_drag()
    show(controller, (0, 0, 100))
    assert not own.is_fading, "the draft was the same picture, less well"


def test_holding_the_base_up_does_not_fade(stage: PresenterWindow) -> None:
    QTest.keyPress(focused(), Key.Key_B)
    assert not stage.view.own.is_fading
    QTest.keyRelease(focused(), Key.Key_B)


def test_another_picture_of_the_pane_is_seen(stage: PresenterWindow, controller: Desk) -> None:
    show(controller, (0, 0, 200))
    own = stage.view.own.seen.rendered
    assert own is not None
    assert own.picture == plain_picture((0, 0, 200))
    assert own.request == rendered(own.picture, controller.stack.stack).request
