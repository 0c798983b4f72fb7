"""The fader asks for changes; a model (here: the test) answers."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.ui.strips.strength_slider import StrengthSlider

WIDTH = 418  # a track of 400 px: 0.01 per pixel from -2 to 2
MIDDLE = 209


@pytest.fixture
def slider(qtbot: QtBot) -> StrengthSlider:
    made = StrengthSlider(-2.0, 2.0, "Strength", "tip")
    qtbot.addWidget(made)
    made.resize(WIDTH, 24)
    made.show()
    made.strength_changed.connect(made.set_strength)
    return made


def record(slider: StrengthSlider) -> list[object]:
    heard: list[object] = []
    slider.strength_changed.connect(heard.append)
    slider.drag_started.connect(lambda: heard.append("start"))
    slider.drag_ended.connect(lambda: heard.append("end"))
    return heard


def drag(slider: StrengthSlider, x_from: int, *xs: int, modifier=Qt.KeyboardModifier.NoModifier):
    left, y = Qt.MouseButton.LeftButton, slider.height() // 2
    QTest.mousePress(slider, left, modifier, QPoint(x_from, y))
    for x in xs:
        move(slider, x, modifier)
    QTest.mouseRelease(slider, left, modifier, QPoint(xs[-1] if xs else x_from, y))


def move(slider: StrengthSlider, x: int, modifier: Qt.KeyboardModifier) -> None:
    # QTest.mouseMove has no modifiers.
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    where = QPointF(x, slider.height() / 2)
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        where,
        slider.mapToGlobal(where),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        modifier,
    )
    QApplication.sendEvent(slider, event)


def test_a_drag_emits_every_tick_between_its_start_and_end(slider: StrengthSlider) -> None:
    heard = record(slider)
    drag(slider, MIDDLE, MIDDLE + 30, MIDDLE + 40, MIDDLE + 50)
    assert heard == ["start", 0.3, 0.4, 0.5, "end"]


def test_a_click_on_the_handle_changes_nothing(slider: StrengthSlider) -> None:
    heard = record(slider)
    drag(slider, MIDDLE + 3)
    assert heard == []


def test_a_click_on_the_track_jumps_there(slider: StrengthSlider) -> None:
    drag(slider, MIDDLE + 150)
    assert slider.strength == 1.5


@pytest.mark.parametrize(("x", "caught"), [(97, 1.0), (103, 1.0), (90, 0.9), (-3, 0.0)])
def test_detents_catch_near_zero_and_one(slider: StrengthSlider, x: int, caught: float) -> None:
    slider.set_strength(-1.5)
    drag(slider, MIDDLE - 150, MIDDLE + x)
    assert slider.strength == caught


def test_shift_drags_finely_and_through_the_detents(slider: StrengthSlider) -> None:
    slider.set_strength(1.0)
    drag(slider, MIDDLE + 100, MIDDLE + 120, modifier=Qt.KeyboardModifier.ShiftModifier)
    assert slider.strength == pytest.approx(1.02)


def test_a_double_click_means_as_trained(slider: StrengthSlider) -> None:
    slider.set_strength(0.3)
    QTest.mouseDClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(MIDDLE + 30, 12))
    assert slider.strength == 1.0


@pytest.mark.parametrize(
    ("key", "modifier", "strength"),
    [
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, 0.85),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, 0.75),
        (Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier, 0.81),
        (Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, 0.0),
        (Qt.Key.Key_End, Qt.KeyboardModifier.NoModifier, 1.0),
    ],
)
def test_keys_nudge(slider: StrengthSlider, key, modifier, strength: float) -> None:
    slider.set_strength(0.8)
    QTest.keyClick(slider, key, modifier)
    assert slider.strength == strength
    slider.hide()


def test_a_burst_of_nudges_is_one_drag(qtbot: QtBot, slider: StrengthSlider) -> None:
    heard = record(slider)
    with qtbot.waitSignal(slider.drag_ended):
        for _ in range(3):
            QTest.keyClick(slider, Qt.Key.Key_Right)
    assert heard == ["start", 0.05, 0.1, 0.15, "end"]


def test_the_wheel_nudges_even_in_small_turns(slider: StrengthSlider) -> None:
    for _ in range(2):
        turn(slider, 60)
    assert slider.strength == 0.05
    turn(slider, -120, Qt.KeyboardModifier.ShiftModifier)
    assert slider.strength == 0.04
    slider.hide()


def turn(slider: StrengthSlider, angle: int, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    where = QPointF(MIDDLE, 12)
    event = QWheelEvent(
        where,
        slider.mapToGlobal(where),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(slider, event)


def test_strengths_beyond_the_ends_are_kept(slider: StrengthSlider) -> None:
    heard = record(slider)
    slider.set_strength(15.0)
    assert slider.strength == 15.0
    assert heard == []


def test_hiding_during_a_drag_ends_it(slider: StrengthSlider) -> None:
    heard = record(slider)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(MIDDLE + 150, 12))
    slider.hide()
    assert heard == ["start", 1.5, "end"]


@pytest.mark.parametrize("strength", [2.15e7, -2.15e7, 1e12, 1e300, -1e300])
def test_any_strength_is_drawn_and_kept(slider: StrengthSlider, strength: float) -> None:
    heard = record(slider)
    slider.set_strength(strength)
    slider.grab()
    assert slider.strength == strength
    assert heard == []
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert slider.strength == 1.0


@pytest.mark.parametrize("strength", [1e308, -1e308, 2.0**31])
def test_a_fine_drag_begins_at_any_strength(slider: StrengthSlider, strength: float) -> None:
    slider.set_strength(strength)
    at = WIDTH - 9 if strength > 0 else 9
    drag(slider, at, at - 5, at + 5, modifier=Qt.KeyboardModifier.ShiftModifier)
    assert slider.strength == pytest.approx(strength)


def test_other_ends_ask_for_no_other_strength(slider: StrengthSlider) -> None:
    slider.set_strength(1.5)
    heard = record(slider)
    slider.set_ends(0.0, 1.0)
    assert (slider.strength, slider.value(), heard) == (1.5, 100, [])
    slider.set_ends(-15.0, 15.0)
    assert (slider.strength, slider.value(), heard) == (1.5, 150, [])
    assert slider.ends == (-15.0, 15.0)


def test_on_a_long_range_what_lies_between_0_and_1_is_still_reached(slider: StrengthSlider) -> None:
    slider.set_ends(-15.0, 15.0)  # 0.075 for each pixel: four of them reach over all of it
    reached: set[float] = set()
    for x in range(MIDDLE - 4, MIDDLE + 20):
        drag(slider, 20, x)
        reached.add(slider.strength)
    assert {0.0, 1.0} <= reached
    assert [strength for strength in reached if 0.25 < strength < 0.75]


def test_a_detent_beyond_the_track_catches_nothing(slider: StrengthSlider) -> None:
    slider.set_ends(0.5, 0.99)
    drag(slider, 20, WIDTH + 50)
    assert slider.strength == 0.99
    drag(slider, 200, -50)
    assert slider.strength == 0.5
    assert slider._look().marks == ()
