"""One gesture is one step of undo: none that is empty, none too many."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.strength_slider import StrengthSlider
from loraviewer.ui.widgets.buttons import ToggleSwitch
from loraviewer.ui.widgets.number_edit import NumberEdit
from tests.ui.fakes import Desk, entry

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def fader(window: MainWindow, controller: Desk) -> StrengthSlider:
    for name in ("manga", "birds", "neon"):
        controller.stack.add(entry(name, 0.5))
    QApplication.processEvents()
    window.activateWindow()
    return named(window, StrengthSlider, "Strength")[0]


def named(window: MainWindow, kind: type, name: str) -> list:
    rows = window.stack_panel.strips.strips()
    found = [w for row in rows for w in row.findChildren(kind)]
    return [w for w in found if w.accessibleName() == name]


def double_click(fader: StrengthSlider, at: QPoint) -> None:
    """As a mouse sends it: the second press arrives as a double click."""
    QTest.mouseClick(fader, LEFT, pos=at)
    QTest.mouseDClick(fader, LEFT, pos=at)


def hold(
    widget: QWidget, key: Qt.Key, times: int, modifiers=Qt.KeyboardModifier.NoModifier
) -> None:
    """A key that repeats itself, as X11 sends it: a release and a press at a time."""
    for kind, is_repeat in [
        (QEvent.Type.KeyPress, False),
        *[(QEvent.Type.KeyRelease, True), (QEvent.Type.KeyPress, True)] * (times - 1),
        (QEvent.Type.KeyRelease, False),
    ]:
        QApplication.sendEvent(
            widget, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, "", is_repeat)
        )


def turn(fader: StrengthSlider, angle: int) -> None:
    where = QPointF(20, 12)
    event = QWheelEvent(
        where, fader.mapToGlobal(where), QPoint(), QPoint(0, angle), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    fader.setFocus()
    QApplication.sendEvent(fader, event)


def end_bursts(window: MainWindow) -> None:
    """As their pause does."""
    for fader in window.findChildren(StrengthSlider):
        fader.hide()
        fader.show()


def test_a_double_click_beside_the_handle_is_one_step(window, controller, fader) -> None:
    steps = controller.document.undo_stack.count()
    double_click(fader, QPoint(30, 12))
    assert controller.stack.stack.entries[0].scale == 1.0
    assert controller.document.undo_stack.count() == steps + 1
    controller.document.undo_stack.undo()
    assert controller.stack.stack.entries[0].scale == 0.5


def test_a_double_click_that_comes_back_is_no_step(window, controller, fader) -> None:
    controller.stack.set_scale("manga", 1.0)
    steps = controller.document.undo_stack.count()
    double_click(fader, QPoint(30, 12))
    assert controller.stack.stack.entries[0].scale == 1.0
    assert controller.document.undo_stack.count() == steps


def test_a_double_click_on_the_handle_leaves_the_drag_before_it_alone(
    window, controller, fader
) -> None:
    steps = controller.document.undo_stack.count()
    QTest.mouseClick(fader, LEFT, pos=QPoint(30, 12))
    before = controller.stack.stack.entries[0].scale
    double_click(fader, QPoint(30, 12))
    assert controller.document.undo_stack.count() == steps + 2
    controller.document.undo_stack.undo()
    assert controller.stack.stack.entries[0].scale == before


@pytest.mark.parametrize(("kind", "name"), [
    (StrengthSlider, "Strength"), (NumberEdit, "Strength as a number"),
])  # fmt: skip
def test_a_held_key_is_one_step_however_late_it_repeats(
    window: MainWindow, controller: Desk, fader, kind: type, name: str
) -> None:
    steps = controller.document.undo_stack.count()
    widget = named(window, kind, name)[0]
    widget.setFocus()
    QApplication.sendEvent(
        widget, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier)
    )
    assert not any(timer.isActive() for timer in fader.findChildren(QTimer))
    hold(widget, Qt.Key.Key_Up, 5)
    end_bursts(window)
    assert controller.stack.stack.entries[0].scale == 0.8
    assert controller.document.undo_stack.count() == steps + 1
    assert not controller.stack.is_dragging


def test_wheel_bursts_that_overlap_are_one_step_each(window, controller, fader) -> None:
    steps = controller.document.undo_stack.count()
    other = named(window, StrengthSlider, "Strength")[1]
    for _ in range(2):
        turn(fader, 120)
    turn(other, 120)
    fader.hide()
    assert controller.stack.is_dragging
    for _ in range(3):
        turn(other, 120)
    end_bursts(window)
    assert not controller.stack.is_dragging
    assert controller.document.undo_stack.count() == steps + 2


def test_a_typed_number_is_one_step_also_when_it_is_left(window, controller, fader) -> None:
    steps = controller.document.undo_stack.count()
    number = named(window, NumberEdit, "Strength as a number")[0]
    number.setFocus()
    number.selectAll()
    QTest.keyClicks(number, "0.9")
    QTest.keyClick(number, Qt.Key.Key_Return)
    fader.setFocus()
    assert controller.document.undo_stack.count() == steps + 1


def test_a_number_typed_right_after_the_wheel_is_a_step_of_its_own(
    window, controller, fader
) -> None:
    steps = controller.document.undo_stack.count()
    turn(fader, 120)
    number = named(window, NumberEdit, "Strength as a number")[0]
    number.selectAll()
    QTest.keyClicks(number, "0.9")
    QTest.keyClick(number, Qt.Key.Key_Return)
    assert not controller.stack.is_dragging
    assert controller.document.undo_stack.count() == steps + 2


def test_a_refused_number_is_no_step_and_says_why(window, controller, fader) -> None:
    steps = controller.document.undo_stack.count()
    row = window.stack_panel.strips.strips()[0]
    number = named(window, NumberEdit, "Strength as a number")[0]
    place = fader.mapTo(window, QPoint(0, 0)), fader.size()
    number.selectAll()
    QTest.keyClicks(number, "1e999")
    QTest.keyClick(number, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert (fader.mapTo(window, QPoint(0, 0)), fader.size()) == place
    assert controller.document.undo_stack.count() == steps
    assert any("“1e999” is no number" in text for text in labels(row))
    controller.stack.set_scale("manga", 0.7)
    assert not any("“1e999” is no number" in text for text in labels(row))


def labels(row: QWidget) -> list[str]:
    return [label.text() for label in row.findChildren(QLabel) if label.isVisible()]


def test_a_row_moved_by_a_held_key_is_one_step_and_two_presses_are_two(
    window: MainWindow, controller: Desk, fader: StrengthSlider
) -> None:
    steps = controller.document.undo_stack.count()
    fader.setFocus()
    alt = Qt.KeyboardModifier.AltModifier
    QTest.keyPress(fader, Qt.Key.Key_Down, alt)
    QTest.keyPress(fader, Qt.Key.Key_Down, alt)
    QTest.keyRelease(fader, Qt.Key.Key_Down, alt)
    assert [e.name for e in controller.stack.stack.entries] == ["birds", "neon", "manga"]
    assert controller.document.undo_stack.count() == steps + 1
    QTest.keyClick(fader, Qt.Key.Key_Up, alt)
    QTest.keyClick(fader, Qt.Key.Key_Up, alt)
    assert controller.document.undo_stack.count() == steps + 3


def test_enter_that_is_held_switches_once(window, controller, fader) -> None:
    steps = controller.document.undo_stack.count()
    switch = window.stack_panel.strips.strips()[0].findChildren(ToggleSwitch)[0]
    hold(switch, Qt.Key.Key_Return, 4)
    assert not controller.stack.stack.entries[0].is_enabled
    assert controller.document.undo_stack.count() == steps + 1
