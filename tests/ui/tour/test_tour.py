"""The tour of a first start: beside the real things, out of the way, and gone for good."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.core.settings import Settings
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.strength_slider import StrengthSlider
from loraviewer.ui.tour.hint_bubble import HintBubble
from loraviewer.ui.widgets.buttons import ToggleSwitch
from tests.ui.fakes import Desk, entry, plain_picture, rendered
from tests.ui.focus import focused

Key = Qt.Key
PICTURE = plain_picture((90, 120, 200))


@pytest.fixture
def studio(window: MainWindow, controller: Desk) -> MainWindow:
    """Two rows, one of them on; the keyboard is on the picture."""
    window.activateWindow()
    controller.stack.add(entry("manga", 0.8))
    controller.stack.add(entry("neon", 0.5, is_enabled=False))
    window.compare.take_focus()
    QApplication.processEvents()
    return window


@pytest.fixture
def tour(studio: MainWindow) -> MainWindow:
    studio.actions_table["tour"].trigger()
    QApplication.processEvents()
    return studio


def bubble(window: MainWindow) -> HintBubble:
    QApplication.processEvents()
    return window.tour.bubble


def within(window: MainWindow, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def part(window: MainWindow, sort: type[QWidget]) -> QWidget:
    found = window.stack_panel.strips.strips()[0].findChild(sort)
    assert isinstance(found, QWidget)
    return found


def walk(window: MainWindow, hints: int) -> None:
    for _ in range(hints):
        QTest.mouseClick(bubble(window).next, Qt.MouseButton.LeftButton)


def test_nothing_is_shown_unasked(studio: MainWindow, controller: Desk) -> None:
    controller.show("current", shown=rendered(PICTURE))
    assert not bubble(studio).isVisible()
    assert not studio.tour.skip()
    assert controller.settings.settings == Settings()


def test_a_first_start_has_it_after_the_first_picture(studio: MainWindow, controller: Desk) -> None:
    studio.tour.offer()
    assert not bubble(studio).isVisible()
    controller.show("base", shown=rendered(PICTURE))
    assert not bubble(studio).isVisible()
    before = focused()
    controller.show("current", shown=rendered(PICTURE))
    assert bubble(studio).isVisible()
    assert bubble(studio).count == "1 of 5"
    assert focused() is before, "who types goes on typing"


def test_whoever_has_seen_it_is_not_offered_it_again(studio: MainWindow, controller: Desk) -> None:
    controller.settings.change(is_tour_done=True)
    studio.tour.offer()
    controller.show("current", shown=rendered(PICTURE))
    assert not bubble(studio).isVisible()
    studio.actions_table["tour"].trigger()
    assert bubble(studio).isVisible(), "the menu has it all the same"


def test_each_hint_lies_beside_its_thing(tour: MainWindow, controller: Desk) -> None:
    menus = tour.menuBar()
    lab = next(a for a in menus.actions() if a.text() == "&Lab")
    things = [
        within(tour, part(tour, StrengthSlider)),
        within(tour, part(tour, ToggleSwitch)),
        within(tour, tour.compare.active).adjusted(0, 0, 0, -tour.compare.active.view.height()),
        within(tour, tour.prompt_panel),
        menus.actionGeometry(lab).translated(menus.pos()),
    ]
    said = set()
    for number, thing in enumerate(things, 1):
        shown = bubble(tour)
        assert shown.count == f"{number} of 5"
        assert shown.accessibleName() == f"{number} of 5: {shown.sentence}"
        assert not shown.geometry().intersects(thing)
        assert shown.geometry().adjusted(-2, -2, 2, 2).intersects(thing), "the arrow touches it"
        said.add(shown.sentence)
        walk(tour, 1)
    assert len(said) == 5
    assert not bubble(tour).isVisible()
    assert controller.settings.settings.is_tour_done


def test_it_follows_when_the_window_changes(tour: MainWindow) -> None:
    before = bubble(tour).geometry()
    tour.resize(1000, 640)
    after = bubble(tour).geometry()
    assert after != before
    assert not after.intersects(within(tour, part(tour, StrengthSlider)))
    assert tour.rect().contains(after)


@pytest.mark.parametrize("width", [700, 1024, 1440])
def test_sentences_are_whole_at_any_width(tour: MainWindow, width: int) -> None:
    tour.resize(width, 768)
    for _ in range(5):
        shown = bubble(tour)
        label = shown._sentence
        assert label.height() >= label.heightForWidth(label.width())
        assert shown.next.width() >= shown.next.sizeHint().width()
        walk(tour, 1)


def test_skipping_is_for_good(tour: MainWindow, controller: Desk) -> None:
    QTest.mouseClick(bubble(tour).skip, Qt.MouseButton.LeftButton)
    assert not bubble(tour).isVisible()
    assert controller.settings.settings.is_tour_done


def test_escape_skips_from_wherever_the_keyboard_is(tour: MainWindow, controller: Desk) -> None:
    controller.stop()  # what runs would come first
    QTest.keyClick(focused(), Key.Key_Escape)
    assert not bubble(tour).isVisible()
    assert controller.settings.settings.is_tour_done


def test_by_keyboard_alone(tour: MainWindow) -> None:
    before = focused()
    for _ in range(12):
        if bubble(tour).has_keyboard:
            break
        QTest.keyClick(focused(), Key.Key_F6)
    assert focused() is bubble(tour).next
    QTest.keyClick(focused(), Key.Key_Return)
    assert bubble(tour).count == "2 of 5"
    assert focused() is bubble(tour).next
    QTest.keyClick(focused(), Key.Key_Backtab)
    assert focused() is bubble(tour).skip
    QTest.keyClick(focused(), Key.Key_Escape)
    assert not bubble(tour).isVisible()
    assert not bubble(tour).has_keyboard
    assert tour.isAncestorOf(before)


def test_what_a_person_does_goes_on_by_itself(tour: MainWindow, controller: Desk) -> None:
    fader = part(tour, StrengthSlider)
    QTest.mousePress(fader, Qt.MouseButton.LeftButton, pos=fader.rect().center())
    QTest.mouseMove(fader, fader.rect().center() + QPoint(30, 0))
    assert bubble(tour).count == "1 of 5", "still held"
    QTest.mouseRelease(fader, Qt.MouseButton.LeftButton, pos=fader.rect().center())
    assert bubble(tour).count == "2 of 5"
    QTest.mouseClick(part(tour, ToggleSwitch), Qt.MouseButton.LeftButton)
    assert bubble(tour).count == "3 of 5"
    tour.actions_table["pin_pane"].trigger()
    assert bubble(tour).count == "4 of 5"
    controller.prompt.change(seed=11)
    assert bubble(tour).count == "5 of 5"
    tour.actions_table["weights"].trigger()
    assert not bubble(tour).isVisible()
    assert controller.settings.settings.is_tour_done


def test_another_pane_is_no_moved_fader(tour: MainWindow, controller: Desk) -> None:
    controller.places.pin()
    other = next(p for p in controller.document.document.panes if p.pane_id not in
                 ("base", "current"))  # fmt: skip
    controller.places.activate(other.pane_id)
    assert bubble(tour).count == "1 of 5"


def test_a_thing_that_is_gone_is_passed_over(tour: MainWindow, controller: Desk) -> None:
    for name in ("manga", "neon"):
        controller.stack.remove(name)
    assert bubble(tour).count == "3 of 5"


def test_it_waits_while_a_dialog_is_open(tour: MainWindow, qtbot: QtBot) -> None:
    tour.actions_table["settings"].trigger()
    qtbot.waitUntil(lambda: not tour.tour.bubble.isVisible())
    opened = tour.settings_actions.window
    assert opened is not None
    opened.close()
    tour.activateWindow()
    qtbot.waitUntil(tour.tour.bubble.isVisible)
    assert bubble(tour).count == "1 of 5"


def test_it_is_not_on_stage(tour: MainWindow, qtbot: QtBot) -> None:
    tour.actions_table["present"].trigger()
    qtbot.waitUntil(lambda: not tour.tour.bubble.isVisible())
    tour.stage.leave()
    qtbot.waitUntil(tour.tour.bubble.isVisible)


def test_an_open_menu_is_no_dialog(tour: MainWindow) -> None:
    menu = tour.findChild(QMenu, options=Qt.FindChildOption.FindChildrenRecursively)
    assert isinstance(menu, QMenu)
    menu.popup(tour.mapToGlobal(QPoint(0, 0)))
    assert bubble(tour).isVisible()
    menu.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_read_in_both_themes(tour: MainWindow, controller: Desk, theme: str) -> None:
    controller.settings.change(theme=theme)
    image = bubble(tour).grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    ground = bubble(tour).palette().color(QPalette.ColorRole.ToolTipBase)
    words = bubble(tour).palette().color(QPalette.ColorRole.WindowText)
    colours = {QColor(image.pixel(x, y)).name() for x in range(image.width())
               for y in range(image.height())}  # fmt: skip
    assert {ground.name(), words.name()} <= colours
    assert abs(ground.lightness() - words.lightness()) > 120
