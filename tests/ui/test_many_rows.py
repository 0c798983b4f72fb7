"""A stack of hundreds of rows: what is not in view costs next to nothing, and nothing shows it."""

import math

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QScrollBar
from pytestqt.qtbot import QtBot

from loraviewer.core.reports import AdapterReport
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.channel_strip import ChannelStrip
from loraviewer.ui.strips.strength_slider import StrengthSlider
from tests.ui.fakes import Desk, entry
from tests.ui.focus import focused

MANY = 60
AMBER = AdapterReport(sha256="", matched=("a",), unmatched=("b",), unsupported=("c",))


@pytest.fixture
def many(qtbot: QtBot, window: MainWindow, controller: Desk) -> list[ChannelStrip]:
    """Rows that are built as if the machine took no time."""
    window.stack_panel.strips.at_once_s = math.inf
    controller.stack.add_all([entry(f"adapter {i}", 0.8) for i in range(MANY)])
    qtbot.waitUntil(lambda: bar_of(window).maximum() > 0)
    window.activateWindow()
    return window.stack_panel.strips.strips()


def bar_of(window: MainWindow) -> QScrollBar:
    return scroll_area(window).verticalScrollBar()


def scroll_area(window: MainWindow) -> QScrollArea:
    panel = window.stack_panel
    areas = panel.findChildren(QScrollArea)
    return next(area for area in areas if area.isAncestorOf(panel.strips))


def in_view(window: MainWindow) -> list[ChannelStrip]:
    view = scroll_area(window).viewport()
    strips = window.stack_panel.strips.strips()
    return [
        s
        for s in strips
        if view.rect().intersects(s.rect().translated(s.mapTo(view, s.rect().topLeft())))
    ]


class Painted(QObject):
    """Which strips are painted, in whole or in part."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            strip: QObject | None = watched
            while strip is not None and not isinstance(strip, ChannelStrip):
                strip = strip.parent()
            if strip is not None:
                self.names.add(strip.entry.name)
        return False


def test_rows_out_of_view_wait_for_their_controls(many: list[ChannelStrip]) -> None:
    assert len(many) == MANY
    assert many[0].is_built
    assert many[-1].is_built
    assert not many[MANY // 2].is_built
    assert [s.accessibleName() for s in many] == [f"Adapter adapter {i}" for i in range(MANY)]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.97, 1.0])
def test_whatever_is_scrolled_to_is_ready_at_once(
    window: MainWindow, many: list[ChannelStrip], share: float
) -> None:
    bar = bar_of(window)
    bar.setValue(round(bar.maximum() * share))
    seen = in_view(window)
    assert len(seen) >= 3
    assert all(s.is_built for s in seen)


def test_a_slow_machine_builds_row_by_row_what_is_seen_first(
    qtbot: QtBot, window: MainWindow, many: list[ChannelStrip]
) -> None:
    built: list[list[ChannelStrip]] = []
    window.stack_panel.strips.at_once_s = 0.0
    window.stack_panel.strips.strips_built.connect(built.append)
    bar = bar_of(window)
    bar.setValue(bar.maximum() // 2)
    seen = in_view(window)
    assert len(built) == 1
    qtbot.waitUntil(lambda: len(built) > len(seen))
    assert all(len(at_once) == 1 for at_once in built)
    assert [strip for (strip,) in built[: len(seen)]] == seen


@pytest.mark.parametrize("is_troubled", [False, True])
def test_controls_take_the_room_that_was_kept_for_them(
    qtbot: QtBot, window, many: list[ChannelStrip], controller, is_troubled: bool
) -> None:
    if is_troubled:
        for i in range(0, MANY, 2):
            controller.learn(f"adapter {i}", AMBER)
    controller.stack.set_text_scale("adapter 31", 0.5)
    QApplication.processEvents()
    bar = bar_of(window)
    before = bar.maximum()
    tops = [s.y() for s in many]
    for value in range(0, before, 200):
        bar.setValue(value)
        QApplication.processEvents()
    assert all(s.is_built for s in many)
    assert bar.maximum() == before
    assert [s.y() for s in many] == tops


def test_another_width_keeps_the_rooms_right(
    qtbot: QtBot, window: MainWindow, many: list[ChannelStrip], controller
) -> None:
    for i in range(MANY):
        controller.learn(f"adapter {i}", AMBER)
    window.resize(1500, 760)
    window.stack_panel.setMinimumWidth(500)
    QApplication.processEvents()
    heights = {s.height() for s in many if s.is_built}
    assert {s.height() for s in many} == heights


def test_a_tick_paints_its_own_row_and_no_other(
    qapp: QApplication, many: list[ChannelStrip], controller: Desk
) -> None:
    painted = Painted()
    QApplication.processEvents()
    qapp.installEventFilter(painted)
    controller.stack.begin_drag()
    controller.stack.set_scale("adapter 2", 0.4)
    QApplication.processEvents()
    controller.stack.end_drag()
    qapp.removeEventFilter(painted)
    assert painted.names == {"adapter 2"}


def test_solo_reaches_every_row_in_view(
    qapp: QApplication, window: MainWindow, many: list[ChannelStrip], controller: Desk
) -> None:
    painted = Painted()
    QApplication.processEvents()
    qapp.installEventFilter(painted)
    controller.stack.set_solo(f"adapter {MANY - 1}", True)
    QApplication.processEvents()
    qapp.removeEventFilter(painted)
    assert painted.names == {s.entry.name for s in in_view(window)}


def test_a_row_scrolled_to_shows_what_changed_before(
    window: MainWindow, many: list[ChannelStrip], controller: Desk
) -> None:
    far = many[MANY // 2]
    controller.stack.set_scale(far.entry_id, -1.5)
    controller.learn(far.entry.sha256, AMBER)
    assert far.trouble_sentence.startswith("1 of 3 modules landed")
    bar_of(window).setValue(far.y())
    assert [s.strength for s in far.findChildren(StrengthSlider)] == [-1.5]


def test_tab_visits_every_row_in_order(window: MainWindow, many: list[ChannelStrip]) -> None:
    many[0].tab_chain()[0].setFocus()
    visited: list[ChannelStrip] = []
    for _ in range(MANY * 6):
        strip = next((s for s in many if s.isAncestorOf(focused())), None)
        if strip is None:
            break
        if strip not in visited:
            visited.append(strip)
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
    assert visited == many
    assert focused().accessibleName() == "Master"


def test_shift_tab_enters_from_below(window: MainWindow, many: list[ChannelStrip]) -> None:
    master = next(
        s for s in window.stack_panel.findChildren(StrengthSlider) if s.accessibleName() == "Master"
    )
    master.setFocus()
    QTest.keyClick(master, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert many[-1].isAncestorOf(focused())
    assert many[-1] in in_view(window)


def test_removing_all_and_undoing_it(
    window: MainWindow, many: list[ChannelStrip], controller: Desk
) -> None:
    before = bar_of(window).maximum()
    controller.document.undo_stack.undo()
    assert window.stack_panel.strips.strips() == []
    controller.document.undo_stack.redo()
    QApplication.processEvents()
    again = window.stack_panel.strips.strips()
    assert [s.entry.name for s in again] == [f"adapter {i}" for i in range(MANY)]
    assert bar_of(window).maximum() == before
    assert all(s.is_built for s in in_view(window))


def test_a_bare_row_that_comes_into_view_by_a_move_is_ready(
    window: MainWindow, many: list[ChannelStrip], controller: Desk
) -> None:
    far = many[MANY // 2]
    controller.stack.move(far.entry_id, 1)
    QApplication.processEvents()
    assert far in in_view(window)
    assert far.is_built
