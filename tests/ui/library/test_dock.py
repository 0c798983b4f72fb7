"""The dock: when it is there, what it lists, and how it is narrowed."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu
from pytestqt.qtbot import QtBot

from loraviewer.core.library.port import FolderCount, KnownFolder, UnreadFolder
from loraviewer.ui.library.library_menus import MoreMenu
from loraviewer.ui.library.library_words import reason_words
from loraviewer.ui.main_window import MainWindow
from tests.bridge.library.fake_index import FakeIndex, adapter, unreadable
from tests.ui.fakes import Desk, entry
from tests.ui.library.conftest import TORN
from tests.ui.library.shown_library import listed, names, path_of, press, settle, view

Open = Callable[[], MainWindow]


def test_it_is_closed_at_a_first_start_and_remembered_after_that(
    open_window: Open, controller: Desk, geometry: QSettings, index: FakeIndex, qtbot: QtBot
) -> None:
    window = open_window()
    assert window.library.dock.isHidden()
    assert index.threads == set()
    window.actions_table["library"].trigger()
    settle(controller, qtbot)
    assert window.library.dock.isVisible()
    assert QApplication.focusWidget() is window.library.dock.filters.search
    window.close()
    again = MainWindow(controller, geometry)
    qtbot.addWidget(again)
    assert not again.library.dock.isHidden()
    assert again.actions_table["library"].isChecked()


def test_closing_it_gives_the_keyboard_to_the_pictures(library: MainWindow) -> None:
    QTest.mouseClick(library.library.dock.close_button, Qt.MouseButton.LeftButton)
    assert library.library.dock.isHidden()
    assert not library.actions_table["library"].isChecked()
    focused = QApplication.focusWidget()
    assert focused is not None
    assert library.compare.isAncestorOf(focused)


def test_its_width_is_remembered_and_nonsense_is_not_believed(
    library: MainWindow, controller: Desk, geometry: QSettings, qtbot: QtBot
) -> None:
    place = library.library.place
    place.moveSplitter(360, 1)
    kept = place.sizes()[0]
    library.close()
    again = MainWindow(controller, geometry)
    qtbot.addWidget(again)
    again.resize(1300, 860)
    again.show()
    assert again.library.place.sizes()[0] == kept
    again.close()
    geometry.setValue("library_width", "many")
    third = MainWindow(controller, geometry)
    qtbot.addWidget(third)
    assert not third.library.dock.isHidden()


def test_without_folders_it_explains_and_offers_those_that_were_found(
    open_window: Open, controller: Desk, index: FakeIndex, qtbot: QtBot
) -> None:
    index.drop_folder("/weights")
    index.known = (KnownFolder("/weights", "ComfyUI"),)
    index.counts = {"/weights": FolderCount(214)}
    window = open_window()
    window.actions_table["library"].trigger()
    dock = window.library.dock
    qtbot.waitUntil(lambda: bool(dock.offer.offers))
    assert dock.offer.isVisible()
    assert QApplication.focusWidget() is dock.offer.add
    qtbot.waitUntil(lambda: "· 214 files" in dock.offer.offers[0].text())
    assert "ComfyUI" in dock.offer.offers[0].text()
    dock.offer.offers[0].setFocus()
    active = controller.places.document.active
    QTest.keyClick(dock.offer.offers[0], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(window) == ["birds", "manga", "night"])
    assert view(window).isVisible()
    assert dock.filters.search.hasFocus()
    assert controller.places.document.active == active


def test_the_files_that_fit_are_listed_and_other_groups_one_key_away(
    library: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    dock = library.library.dock
    seen = [heading for heading in dock.headings.values() if heading.isVisible()]
    assert [(heading.text(), heading.count) for heading in seen] == [
        ("Fits the demo", 3),
        ("Other bases", 1),
        ("Checkpoints", 1),
        ("Unreadable", 1),
    ]
    assert names(library) == ["birds", "manga", "night"]
    unreadable = dock.headings["unreadable"]
    QTest.keyClick(unreadable, Qt.Key.Key_Return)
    settle(controller, qtbot)
    assert names(library) == ["torn"]
    assert unreadable.isChecked()
    assert view(library).y() > unreadable.y()
    row = listed(library).index(0)
    qtbot.waitUntil(lambda: TORN in str(row.data()))


def test_words_are_searched_as_they_are_typed(
    library: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    dock = library.library.dock
    QTest.keyClicks(dock.filters.search, "sk")
    settle(controller, qtbot)
    assert names(library) == ["birds"]
    assert dock.foot.words == "1 of 3"
    QTest.keyClick(dock.filters.search, Qt.Key.Key_Escape)
    settle(controller, qtbot)
    assert dock.foot.words == "3 in all"
    assert dock.filters.search.text() == ""


def test_nothing_that_matches_can_be_widened_again(
    library: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    dock = library.library.dock
    QTest.keyClicks(dock.filters.search, "zebra")
    settle(controller, qtbot)
    assert view(library).accessibleDescription() == "Nothing here matches."
    QTest.mouseClick(dock.foot.all, Qt.MouseButton.LeftButton)
    settle(controller, qtbot)
    assert names(library) == ["birds", "manga", "night"]


def test_kinds_ranks_and_stars_narrow(library: MainWindow, controller: Desk, qtbot: QtBot) -> None:
    filters = library.library.dock.filters
    filters.kinds.setCurrentIndex(filters.kinds.findData("loha"))
    filters.kinds.activated.emit(filters.kinds.currentIndex())
    settle(controller, qtbot)
    assert names(library) == ["manga"]
    filters.kinds.setCurrentIndex(0)
    filters.kinds.activated.emit(0)
    filters.ranks.setCurrentIndex(2)
    filters.ranks.activated.emit(2)
    settle(controller, qtbot)
    assert names(library) == ["birds", "manga", "night"]
    QTest.mouseClick(filters.stars, Qt.MouseButton.LeftButton)
    settle(controller, qtbot)
    assert names(library) == []


def test_what_is_in_the_stack_can_be_seen_alone(
    library: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    controller.stack.add(entry("night", path=path_of("night")))
    QTest.mouseClick(library.library.dock.filters.in_stack, Qt.MouseButton.LeftButton)
    settle(controller, qtbot)
    assert names(library) == ["night"]


def test_arrows_go_from_the_search_into_the_files_and_back(library: MainWindow) -> None:
    library.library.dock.take_focus()
    press(library, Qt.Key.Key_Down)
    assert view(library).hasFocus()
    assert view(library).currentIndex().row() == 0
    press(library, Qt.Key.Key_Down)
    assert view(library).currentIndex().row() == 1
    press(library, Qt.Key.Key_Up)
    press(library, Qt.Key.Key_Up)
    assert library.library.dock.filters.search.hasFocus()


def test_what_is_selected_stays_when_more_is_found(
    library: MainWindow, controller: Desk, index: FakeIndex, qtbot: QtBot
) -> None:
    view(library).take_focus()
    press(library, Qt.Key.Key_Down)
    assert view(library).chosen() == [path_of("manga")]
    index.files[path_of("abc")] = adapter("abc")
    controller.library.scan.start()
    qtbot.waitUntil(lambda: len(names(library)) == 4)
    assert view(library).chosen() == [path_of("manga")]
    assert view(library).currentIndex().row() == 2


def test_a_scan_says_how_far_it_is_and_its_button_stops_it(
    library: MainWindow, controller: Desk, index: FakeIndex, qtbot: QtBot
) -> None:
    foot = library.library.dock.foot
    index.holds_scan = True
    controller.library.scan.start()
    qtbot.waitUntil(lambda: foot.words == "Reading: 3 of 6 files")
    QTest.mouseClick(foot.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not controller.library.scan.is_running)
    assert foot.words == "3 in all · not all was looked at"
    assert foot.stop.isHidden()


def test_pictures_beside_each_other_are_a_choice_that_stays(
    library: MainWindow, controller: Desk
) -> None:
    QTest.mouseClick(library.library.dock.foot.grid, Qt.MouseButton.LeftButton)
    assert view(library).is_grid
    assert controller.settings.settings.library_look == "grid"
    controller.settings.change(library_look="rows")
    assert not view(library).is_grid
    assert not library.library.dock.foot.grid.isChecked()


def test_order_and_its_other_way_round(library: MainWindow, controller: Desk, qtbot: QtBot) -> None:
    menu = library.library.dock.foot.order.menu()
    actions = {action.text(): action for action in menu.actions()}
    actions["The other way round"].trigger()
    settle(controller, qtbot)
    assert names(library) == ["night", "manga", "birds"]
    actions["By rank"].trigger()
    settle(controller, qtbot)
    assert controller.library.model.wishes.order == "rank"


def test_a_folder_is_removed_by_the_menu(
    library: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    more = library.library.dock.foot.more.menu()
    assert isinstance(more, MoreMenu)
    for _ in range(3):  # as often as it is opened
        more.aboutToShow.emit()
        QApplication.processEvents()
    folders = next(a.menu() for a in more.actions() if a.text() == "Remove a folder")
    assert isinstance(folders, QMenu)
    folders.actions()[0].trigger()
    qtbot.waitUntil(lambda: controller.library.model.folders == ())
    assert library.library.dock.offer.isVisible()


def test_without_a_library_there_is_nothing_to_open(qtbot: QtBot, geometry: QSettings) -> None:
    desk = Desk()
    window = MainWindow(desk, geometry)
    qtbot.addWidget(window)
    assert not window.actions_table["library"].isEnabled()
    geometry.setValue("library_shown", "yes")
    window.close()
    desk.dispose()


def test_folders_that_cannot_be_read_are_told_with_their_reason(
    library: MainWindow, controller: Desk, index: FakeIndex, qtbot: QtBot
) -> None:
    foot = library.library.dock.foot
    assert "cannot be read" not in foot.words
    problem = "“/weights/own” cannot be read: Permission denied."
    index.unread = (UnreadFolder("/weights/own", problem),)
    controller.library.scan.start()
    settle(controller, qtbot)
    assert foot.words.endswith("1 folder cannot be read")
    assert problem in foot.reasons


def test_without_folders_and_none_found_nothing_is_announced(
    open_window: Open, index: FakeIndex
) -> None:
    index.drop_folder("/weights")
    window = open_window()
    window.actions_table["library"].trigger()
    offer = window.library.dock.offer
    shown = [label.text() for label in offer.findChildren(QLabel) if label.isVisible()]
    assert not any("Found on this machine" in words for words in shown)


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        ("“/weights/torn.safetensors” is damaged: it is cut.", "is damaged: it is cut."),
        ("„/weights/torn.safetensors“ ist leer.", "ist leer."),
        ("/weights/torn.safetensors: no file.", "no file."),
        ("No header in “/weights/torn.safetensors”.", "No header in “torn.safetensors”."),
    ],
)
def test_beside_a_name_stands_the_reason_without_the_path(problem: str, reason: str) -> None:
    assert reason_words(unreadable("torn", problem)) == reason
