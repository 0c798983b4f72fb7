"""The weights dock in the window: opening, standing, going through it; at rest while closed."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from loraviewer.core.weight_measurements import DetailsWanted, SpectraWanted
from loraviewer.ui.lab.dock_place import DockPlace
from loraviewer.ui.lab.modules_page import ModulesPage
from loraviewer.ui.lab.numbers_page import NumbersPage
from loraviewer.ui.lab.overview_page import OverviewPage
from loraviewer.ui.lab.weight_page import WeightPage
from loraviewer.ui.main_window import MainWindow
from tests.fake_weights import WEIGHTS
from tests.ui.fakes import Desk
from tests.ui.focus import focused
from tests.ui.measured import add_measured, come_to_rest
from tests.ui.pane_windows import press

Key = Qt.Key


@pytest.fixture
def studio(window: MainWindow, controller: Desk) -> MainWindow:
    window.activateWindow()
    add_measured(controller, "manga", "birds")
    window.compare.take_focus()
    QApplication.processEvents()
    return window


@pytest.fixture
def opened(studio: MainWindow, qtbot) -> MainWindow:
    press(studio, Key.Key_F2)
    qtbot.waitUntil(lambda: studio.weights.dock.page is not None)
    return studio


def go_to(window: MainWindow, title: str, qtbot):
    tabs = window.weights.dock.tabs
    titles = [tabs.tabText(index) for index in range(tabs.count())]
    tabs.setCurrentIndex(titles.index(title))
    qtbot.waitUntil(lambda: window.weights.dock.page is not None)
    page = window.weights.dock.page
    assert page is not None
    return page


def move_line(place: DockPlace, by: int) -> None:
    """Between pictures and dock, by hand."""
    handle = place.handle(1)
    middle = handle.rect().center()
    away = QPoint(0, by) if place.is_below else QPoint(by, 0)
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(handle, middle + away)
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=middle + away)


def test_f2_opens_it_with_the_keyboard_in_it_and_closes_it(opened: MainWindow) -> None:
    dock, action = opened.weights.dock, opened.actions_table["weights"]
    assert dock.isVisible()
    assert action.isChecked()
    assert focused() is dock.tabs
    press(opened, Key.Key_F2)
    assert not dock.isVisible()
    assert not action.isChecked()
    assert opened.compare.isAncestorOf(focused()), "the keyboard is back at the pictures"


def test_it_is_in_the_menu_of_the_lab(window: MainWindow) -> None:
    lab = next(menu for menu in window.menuBar().findChildren(QMenu) if menu.title() == "&Lab")
    assert [action.text() for action in lab.actions() if action.text()] == [
        *("Weights", "Experiments", "Run on…", "Claims…"),
    ]


def test_it_has_a_page_for_each_question(opened: MainWindow, qtbot) -> None:
    tabs = opened.weights.dock.tabs
    titles = ["Overview", "Modules", "Angles", "Spectra", "Rows and columns", "Numbers"]
    assert [tabs.tabText(index) for index in range(tabs.count())] == titles
    pages = [go_to(opened, title, qtbot) for title in titles]
    assert len(set(map(type, pages))) == len(titles)
    assert [page.isVisible() for page in pages] == [False] * 5 + [True]


def test_enter_on_a_module_goes_to_its_rows_and_columns(opened, controller, qtbot) -> None:
    page = go_to(opened, "Modules", qtbot)
    assert isinstance(page, ModulesPage)
    page.view.setFocus()
    page.view.setCurrentIndex(page.model.index(2, 0))
    QTest.keyClick(page.view, Key.Key_Return)
    assert focused() is opened.weights.dock.tabs, "the keyboard is on no page that is hidden"
    assert isinstance(opened.weights.dock.page, WeightPage)
    assert controller.weights.details.selected == WEIGHTS[2]


def test_no_page_is_built_before_it_is_looked_at(studio: MainWindow, qtbot) -> None:
    pages = (OverviewPage, ModulesPage, NumbersPage)
    assert not [p for kind in pages for p in studio.findChildren(kind)]
    press(studio, Key.Key_F2)
    qtbot.waitUntil(lambda: studio.weights.dock.page is not None)
    assert studio.findChildren(OverviewPage)
    assert not studio.findChildren(ModulesPage)
    go_to(studio, "Modules", qtbot)
    assert studio.findChildren(ModulesPage)


def test_it_moves_beside_the_pictures_and_back(opened: MainWindow) -> None:
    place, dock = opened.weights, opened.weights.dock
    assert place.is_below
    assert place.frame.y() > opened.compare.y() + opened.compare.height() / 2
    assert dock.size() == place.frame.size()
    QTest.mouseClick(dock.side, Qt.MouseButton.LeftButton)
    assert not place.is_below
    assert place.frame.x() >= opened.filmstrip.width()
    assert dock.height() == opened.filmstrip.height()
    assert dock.side.accessibleName() == "Below the pictures"
    QTest.keyClick(dock.side, Key.Key_Return)
    assert place.is_below


def test_a_narrow_window_has_it_below_until_there_is_room(opened: MainWindow, geometry) -> None:
    opened.weights.change_side()
    opened.resize(800, 700)
    assert opened.weights.is_below
    assert not opened.weights.dock.side.isVisible()
    opened.weights.keep(geometry)
    assert geometry.value("weights_side") == "beside", "what was chosen is kept"
    opened.resize(1200, 760)
    assert not opened.weights.is_below
    assert opened.weights.dock.side.isVisible()


def test_each_side_keeps_its_size(opened: MainWindow) -> None:
    place = opened.weights
    move_line(place, 60)
    below = place.sizes()
    place.change_side()
    move_line(place, -40)
    beside = place.sizes()
    place.change_side()
    assert place.sizes() == pytest.approx(below, abs=2)
    place.change_side()
    assert place.sizes() == pytest.approx(beside, abs=2)


def test_it_keeps_its_share_of_a_larger_window(opened: MainWindow) -> None:
    before = opened.weights.sizes()
    opened.resize(1400, 1000)
    QApplication.processEvents()
    after = opened.weights.sizes()
    assert after[1] > before[1]
    assert after[1] / sum(after) == pytest.approx(0.45, abs=0.01)


def test_it_comes_back_where_it_was(opened: MainWindow, controller, geometry, qtbot) -> None:
    opened.weights.change_side()
    move_line(opened.weights, -60)
    sizes = opened.weights.sizes()
    opened.weights.keep(geometry)
    again = MainWindow(controller, geometry)
    qtbot.addWidget(again)
    again.resize(opened.size())
    again.show()
    qtbot.waitExposed(again)
    assert again.weights.dock.isVisible()
    assert again.actions_table["weights"].isChecked()
    assert not again.weights.is_below
    assert again.weights.sizes() == pytest.approx(sizes, abs=3)
    qtbot.waitUntil(lambda: again.weights.dock.page is not None)


@pytest.mark.parametrize("written", ["", "0", "1000", "-4", "²", b"\xff", "9999999", "a b"])
def test_what_is_no_place_counts_for_nothing(window: MainWindow, geometry, written) -> None:
    geometry.setValue("weights_below", written)
    geometry.setValue("weights_side", written)
    geometry.setValue("weights_shown", written)
    window.weights.restore(geometry)
    assert window.weights.is_below
    assert not window.weights.dock.isVisible()
    window.weights.set_shown(True)
    assert all(window.weights.sizes())


def test_keys_go_into_it_from_part_to_part(opened: MainWindow) -> None:
    opened.compare.take_focus()
    seen = []
    for _ in range(5):
        press(opened, Key.Key_F6)
        seen.append(opened.weights.dock.isAncestorOf(focused()))
    assert any(seen)
    press(opened, Key.Key_F2)
    for _ in range(5):
        press(opened, Key.Key_F6)
        assert not opened.weights.dock.isAncestorOf(focused())


def test_the_cross_closes_it(opened: MainWindow) -> None:
    cross = next(
        b
        for b in opened.weights.dock.findChildren(type(opened.weights.dock.side))
        if b.accessibleName() == "Close the weights"
    )
    QTest.keyClick(cross, Key.Key_Return)
    assert not opened.weights.dock.isVisible()
    assert not opened.actions_table["weights"].isChecked()


def asked_for_more(controller: Desk) -> list[object]:
    """What is measured only for who looks."""
    kinds = (SpectraWanted, DetailsWanted)
    return [one for one in controller.engine.measured if isinstance(one, kinds)]


def test_nothing_is_measured_for_a_dock_that_is_closed(opened, controller, qtbot) -> None:
    go_to(opened, "Modules", qtbot)
    controller.weights.details.select(WEIGHTS[1])
    go_to(opened, "Numbers", qtbot)
    press(opened, Key.Key_F2)
    before = asked_for_more(controller)
    controller.stack.set_scale(controller.stack.stack.entries[0].entry_id, 0.3)
    controller.weights.details.select(WEIGHTS[2])
    come_to_rest(controller, qtbot)
    assert asked_for_more(controller) == before


def test_only_the_page_in_front_is_measured_for(opened, controller, qtbot) -> None:
    come_to_rest(controller, qtbot)
    assert asked_for_more(controller) == [], "the overview needs no spectra"
    go_to(opened, "Modules", qtbot)
    assert [type(one) for one in asked_for_more(controller)] == [SpectraWanted]
    controller.weights.details.select(WEIGHTS[1])
    go_to(opened, "Numbers", qtbot)
    wanted = asked_for_more(controller)[-1]
    assert isinstance(wanted, DetailsWanted)
    assert wanted.weight == WEIGHTS[1]


def test_a_hidden_page_costs_no_tick(opened, controller, qtbot) -> None:
    page = opened.weights.dock.page
    press(opened, Key.Key_F2)
    before = page.headline
    controller.stack.set_scale(controller.stack.stack.entries[0].entry_id, -1.0)
    assert page.headline == before
    press(opened, Key.Key_F2)
    qtbot.waitUntil(lambda: page.headline != before)


def test_a_small_window_can_show_all_of_it(opened: MainWindow, qtbot) -> None:
    opened.resize(640, 400)
    QApplication.processEvents()
    dock = opened.weights.dock
    for title in ("Overview", "Modules", "Angles", "Spectra", "Rows and columns", "Numbers"):
        page = go_to(opened, title, qtbot)
        assert page.width() <= dock.width()
        assert page.height() > 0
