"""Parts of the window of which nothing is built before somebody opens them."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.picture import Picture
from loraviewer.ui.lab.lab_dock import LabDock
from loraviewer.ui.library.library_dock import LibraryDock
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.message_bar import MessageBar
from loraviewer.ui.panes.pair.pair_view import Look, PairView
from loraviewer.ui.widgets.built_when_shown import BuiltWhenShown
from loraviewer.ui.widgets.theme import SignalColour
from tests.ui.fakes import Desk
from tests.ui.looks import paint, start_wipe

Key = Qt.Key


class Fields(QWidget):
    """Two lines to type into."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        self.lines = [QLineEdit(), QLineEdit()]
        for line in self.lines:
            column.addWidget(line)


@pytest.fixture
def room(qtbot: QtBot) -> tuple[QWidget, BuiltWhenShown[Fields], list[Fields]]:
    """A place between two buttons, and what was built in it."""
    built: list[Fields] = []

    def build() -> Fields:
        built.append(Fields())
        return built[-1]

    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    place = BuiltWhenShown(build)
    for widget in (QPushButton("before"), place, QPushButton("after")):
        row.addWidget(widget)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    return window, place, built


def test_it_is_hidden_and_empty_until_it_is_shown(room) -> None:
    _, place, built = room
    assert place.isHidden()
    assert not place.is_built
    assert built == []
    place.show()
    assert place.is_built
    assert built == [place.part]
    assert place.part.isVisible()


def test_it_is_built_once_and_comes_and_goes_as_a_whole(room) -> None:
    _, place, built = room
    for _ in range(2):
        place.show()
        assert place.part.isVisible()
        place.hide()
        assert place.part.isHidden()
    assert len(built) == 1


def test_asking_for_it_builds_it_and_shows_nothing(room) -> None:
    _, place, built = room
    assert place.part is built[0]
    assert place.part.isHidden()
    assert not place.isVisible()


def test_tab_goes_through_it_where_it_stands(room) -> None:
    window, place, _ = room
    place.show()
    before, after = window.findChildren(QPushButton)
    stops = [before, *place.part.lines, after]
    before.setFocus()
    seen = []
    for _ in stops:
        seen.append(QApplication.focusWidget())
        QTest.keyClick(seen[-1], Key.Key_Tab)
    assert seen == stops
    assert QApplication.focusWidget() is before


def test_a_window_has_no_dock_until_it_is_opened(window: MainWindow) -> None:
    assert not window.findChildren(LibraryDock)
    assert not window.findChildren(LabDock)
    window.actions_table["weights"].trigger()
    assert window.findChildren(LabDock) == [window.weights.dock]
    window.actions_table["experiments"].trigger()
    assert set(window.findChildren(LabDock)) == {window.weights.dock, window.experiments.dock}


def test_a_dock_that_is_built_late_knows_what_was_chosen_before(
    window: MainWindow, controller: Desk
) -> None:
    window.weights.change_side()
    controller.settings.change(library_look="grid")
    controller.library.model.change(words="moth", is_favourite=True)
    assert window.weights.dock.side.accessibleName() == "Below the pictures"
    dock = window.library.dock
    assert dock.view.is_grid
    assert dock.foot.grid.isChecked()
    assert dock.filters.search.text() == "moth"
    assert dock.filters.stars.isChecked()


def test_the_keys_of_parts_go_past_what_is_not_built(window: MainWindow) -> None:
    for _ in range(8):
        window.actions_table["next_region"].trigger()
    assert not window.library.place.frame.is_built
    assert not window.weights.frame.is_built
    assert not window.experiments.frame.is_built


def test_what_a_failure_offers_comes_after_the_tools_of_its_picture(
    panes: MainWindow, controller: Desk
) -> None:
    pane = panes.compare.active
    failure = Failure(FailureKind.INTERNAL, "It went wrong.", "all of it")
    controller.panes.change(pane.pane_id, failure=failure)
    copy = next(button for button in pane.trouble.buttons() if button.isVisible())
    panes.compare.peek.setFocus()
    QTest.keyClick(panes.compare.peek, Key.Key_Tab)
    assert QApplication.focusWidget() is copy


def test_a_bar_that_says_nothing_is_empty(qtbot: QtBot) -> None:
    bar = MessageBar(SignalColour.ERROR)
    qtbot.addWidget(bar)
    bar.say("")
    assert not bar.findChildren(QWidget)
    bar.say("It went wrong.")
    assert bar.isVisible()
    assert [label.text() for label in bar.findChildren(QLabel) if label.text()] == [bar.sentence]


@pytest.mark.parametrize("is_smooth", [True, False])
def test_two_panes_in_one_place_know_what_was_chosen_before(
    panes: MainWindow, controller: Desk, is_smooth: bool
) -> None:
    assert not panes.findChildren(PairView)
    assert panes.compare.look is Look.GRID
    checkers = Picture(2, 2, bytes((255, 255, 255, 0, 0, 0, 0, 0, 0, 255, 255, 255)))
    for pane in controller.document.document.panes:
        paint(controller, pane.pane_id, checkers)
    controller.settings.change(smooth_pixels=is_smooth)
    wipe = start_wipe(panes)
    assert panes.findChildren(PairView) == [panes.compare.pair]
    assert panes.compare.look is Look.WIPE
    QApplication.processEvents()
    image, rect = wipe.grab().toImage(), wipe.picture_rect()
    # Near the edge between a white pixel and the black one below it.
    between = QPointF(rect.left() + rect.width() * 0.1, rect.top() + rect.height() * 0.44)
    assert (image.pixelColor(between.toPoint()).red() < 235) is is_smooth
