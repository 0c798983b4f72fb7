"""The wheel scrolls what is under it, and changes a value only where that is meant."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QScrollArea, QWidget

from loraviewer.ui.cards.adapter_card import AdapterCard
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.strength_slider import StrengthSlider
from tests.ui.fakes import Desk, entry


def turn(widget: QWidget, angle: int = -120, at_ms: int = 10_000) -> None:
    """What ignores it passes it on to its parents, as Qt does with a turn of a real wheel."""
    where = QPointF(widget.rect().center())
    event = QWheelEvent(
        where, widget.mapToGlobal(where), QPoint(), QPoint(0, angle), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    event.setTimestamp(at_ms)
    receiver: QWidget | None = widget
    while receiver is not None:
        event.accept()
        QApplication.sendEvent(receiver, event)
        if event.isAccepted():
            return
        receiver = receiver.parentWidget()


def named(window: MainWindow, name: str) -> QWidget:
    """The field that the keyboard goes to."""
    found = [w for w in window.findChildren(QWidget) if w.accessibleName() == name]
    return next(w for w in found if w.focusPolicy() != Qt.FocusPolicy.NoFocus)


@pytest.fixture
def many(window: MainWindow, controller: Desk) -> MainWindow:
    controller.stack.add_all([entry(f"adapter {i}", 0.5) for i in range(30)])
    QApplication.processEvents()
    window.activateWindow()
    window.compare.active.view.setFocus()
    return window


def scrolled(window: MainWindow) -> int:
    panel = window.stack_panel
    areas = panel.findChildren(QScrollArea)
    area = next(area for area in areas if area.isAncestorOf(panel.strips))
    return area.verticalScrollBar().value()


def faders(window: MainWindow) -> list[StrengthSlider]:
    return window.stack_panel.strips.findChildren(StrengthSlider)


def scales(controller: Desk) -> set[float]:
    return {row.scale for row in controller.stack.stack.entries}


def test_over_a_fader_without_the_keyboard_the_list_scrolls(
    many: MainWindow, controller: Desk
) -> None:
    turn(faders(many)[1])
    assert scales(controller) == {0.5}
    assert scrolled(many) > 0
    assert focused_name() != "Strength"


def focused_name() -> str:
    widget = QApplication.focusWidget()
    return widget.accessibleName() if widget is not None else ""


def test_over_the_fader_with_the_keyboard_its_value_changes(
    many: MainWindow, controller: Desk
) -> None:
    fader = faders(many)[1]
    fader.setFocus()
    turn(fader, 120)
    assert controller.stack.stack.entries[1].scale == 0.55
    assert scrolled(many) == 0
    fader.hide()


def test_scrolling_goes_on_when_the_fader_with_the_keyboard_comes_under_the_mouse(
    many: MainWindow, controller: Desk
) -> None:
    fader = faders(many)[1]
    fader.setFocus()
    turn(faders(many)[2], at_ms=10_000)
    before = scrolled(many)
    turn(fader, at_ms=10_200)
    assert scales(controller) == {0.5}
    assert scrolled(many) > before
    turn(fader, 120, at_ms=11_000)  # another gesture
    assert controller.stack.stack.entries[1].scale == 0.55
    fader.hide()


def test_a_turn_that_began_on_a_fader_ends_on_it(many: MainWindow, controller: Desk) -> None:
    fader = faders(many)[1]
    fader.setFocus()
    turn(fader, 120)
    many.compare.active.view.setFocus()
    turn(fader, 120)
    assert controller.stack.stack.entries[1].scale == 0.6
    fader.hide()


@pytest.mark.parametrize("name", ["Seed", "Steps", "Guidance", "Size", "Sampler", "Master"])
def test_no_field_changes_unless_it_has_the_keyboard(
    window: MainWindow, controller: Desk, name: str
) -> None:
    window.activateWindow()
    window.compare.active.view.setFocus()
    field = named(window, name)
    if isinstance(field, QComboBox):
        field.addItem("another")
    # With that policy Qt gives the focus to what a real wheel turns over, whatever it does.
    assert field.focusPolicy() is not Qt.FocusPolicy.WheelFocus
    before = controller.document.document, field.property("currentText")
    for angle in (-120, 120, 120):
        turn(field, angle)
    window.prompt_panel.commit()
    assert (controller.document.document, field.property("currentText")) == before
    assert focused_name() != name


@pytest.mark.parametrize("name", ["Seed", "Steps", "Guidance"])
def test_the_number_with_the_keyboard_follows_the_wheel(
    window: MainWindow, controller: Desk, name: str
) -> None:
    window.activateWindow()
    field = named(window, name)
    field.setFocus()
    before = controller.prompt.sampling
    turn(field, 120)
    window.prompt_panel.commit()
    assert controller.prompt.sampling != before


def test_the_pages_of_a_card_stay(window: MainWindow, controller: Desk) -> None:
    controller.stack.add(entry("manga"))
    window.stack_panel.card_requested.emit("manga", False)
    card = window.findChild(AdapterCard)
    assert card is not None
    turn(card.tabs.tabBar())
    assert card.tabs.currentIndex() == 0
    card.close()
