"""The filmstrip: what it lists, looking at a picture, going back to what made it."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.bridge.pictures.filmstrip_model import PICTURE_ROLE
from loraviewer.core.document import Document
from loraviewer.core.outcome import Rendered
from loraviewer.core.request import CheckpointRef, Sampling
from loraviewer.core.stack import AdapterStack
from loraviewer.pictures.store import PictureStore
from loraviewer.ui.filmstrip.strip_view import PICTURE_MIME
from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import Desk, entry, plain_picture, rendered
from tests.ui.pane_windows import press

RED, GREEN, BLUE = (220, 20, 20), (20, 200, 20), (20, 20, 220)
ROWS = AdapterStack(entries=(entry("manga", 0.5), entry("neon", 1.5, is_enabled=False)), master=1.2)
NOW = datetime.now().replace(hour=12, minute=0, second=0).timestamp()
DAY_S = timedelta(days=1).total_seconds()


def made(seed: int, colour: tuple[int, int, int] = RED, stack: AdapterStack = ROWS) -> Rendered:
    return rendered(plain_picture(colour), stack, sampling=Sampling(prompt="a cat", seed=seed))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture
def yesterday(folder: Path) -> list[Rendered]:
    """Two pictures of another session, on two days."""
    pictures = [made(1, GREEN), made(2, BLUE)]
    for picture, age in zip(pictures, (2, 1), strict=True):
        store = PictureStore(folder, 1 << 30, "another", clock=lambda age=age: NOW - age * DAY_S)
        assert store.keep(picture, ROWS) is not None
    return pictures


@pytest.fixture
def controller(qapp, folder: Path) -> Iterator[Desk]:
    desk = Desk(open_pictures=lambda: PictureStore(folder, 1 << 30))
    yield desk
    desk.dispose()


@pytest.fixture
def open_window(
    qtbot: QtBot, controller: Desk, geometry: QSettings
) -> Iterator[Callable[[], MainWindow]]:
    shown: list[MainWindow] = []

    def open_window() -> MainWindow:
        window = MainWindow(controller, geometry)
        qtbot.addWidget(window)
        window.resize(1300, 860)
        window.show()
        qtbot.waitExposed(window)
        window.activateWindow()
        controller.use_checkpoint()
        controller.stack.add(entry("birds", 0.7))
        controller.stop()
        shown.append(window)
        return window

    yield open_window
    for window in shown:
        window.close()


@pytest.fixture
def strip(open_window, controller: Desk, qtbot: QtBot) -> MainWindow:
    """A window whose filmstrip has three pictures of this session, 30 the newest."""
    window = open_window()
    for seed, colour in ((10, RED), (20, GREEN), (30, BLUE)):
        controller.store.pictures.keep(made(seed, colour), ROWS)
    qtbot.waitUntil(lambda: all(one.path for one in listed(controller)))
    controller.engine.works.clear()
    return window


def listed(controller: Desk) -> list:
    model = controller.store.filmstrip
    rows = (model.index(row, 0) for row in range(model.rowCount()))
    return [picture for picture in (row.data(PICTURE_ROLE) for row in rows) if picture is not None]


def seeds(controller: Desk) -> list[int]:
    return [picture.sampling.seed for picture in listed(controller)]


def headings(controller: Desk) -> list[str]:
    model = controller.store.filmstrip
    rows = (model.index(row, 0) for row in range(model.rowCount()))
    return [row.data() for row in rows if row.data(PICTURE_ROLE) is None]


def place(window: MainWindow, seed: int) -> QPoint:
    """The middle of a picture in the strip."""
    view = window.filmstrip.view
    model = view.model()
    for row in range(model.rowCount()):
        picture = model.index(row, 0).data(PICTURE_ROLE)
        if picture is not None and picture.sampling.seed == seed:
            return view.visualRect(model.index(row, 0)).center()
    raise AssertionError(f"{seed} is not in the strip")


def click(window: MainWindow, seed: int, button=Qt.MouseButton.LeftButton) -> None:
    QTest.mouseClick(window.filmstrip.view.viewport(), button, pos=place(window, seed))
    QApplication.processEvents()


def seen_over_pane(window: MainWindow) -> int | None:
    """The seed of the picture that is looked at."""
    look = window.filmstrip.look
    if not look.isVisible():
        return None
    assert look.geometry() == window.compare.active.geometry()
    return int(look.pane.caption.rpartition("seed ")[2])


# -- what it lists -------------------------------------------------------------------------------


def test_finished_pictures_come_newest_first_and_once(strip, controller):
    assert seeds(controller) == [30, 20, 10]
    controller.store.pictures.keep(made(20, GREEN), ROWS)
    assert seeds(controller) == [30, 20, 10]


def test_what_the_engine_finishes_comes_into_the_strip(open_window, controller, qtbot):
    open_window()
    controller.render()

    def is_answered() -> bool:
        """Once the store has been looked through, the engine is asked."""
        while (job := controller.engine.take()) is not None:
            request = getattr(job.work, "request", None)
            controller.engine.finish(None if request is None else made_of(request))
        return bool(listed(controller))

    qtbot.waitUntil(is_answered)
    assert set(seeds(controller)) == {7}


def made_of(request) -> Rendered:
    return msgspec.structs.replace(rendered(plain_picture(RED)), request=request)


def test_earlier_pictures_follow_under_their_days(yesterday, open_window, controller, qtbot):
    open_window()
    qtbot.waitUntil(lambda: seeds(controller) == [2, 1])
    words = headings(controller)
    assert words[0] == "Yesterday"
    assert len(words) == 2
    controller.store.pictures.keep(made(5), ROWS)
    assert seeds(controller) == [5, 2, 1]


def test_an_earlier_picture_that_is_shown_again_moves_to_the_front(
    yesterday, open_window, controller, qtbot
):
    open_window()
    qtbot.waitUntil(lambda: seeds(controller) == [2, 1])
    controller.store.pictures.keep(yesterday[0], ROWS)
    assert seeds(controller) == [1, 2]
    assert headings(controller) == ["Yesterday"]


def test_many_earlier_pictures_come_as_one_scrolls(folder, open_window, controller, qtbot):
    store = PictureStore(folder, 1 << 30, "another", clock=iter(range(1_000, 2_000)).__next__)
    for seed in range(130):
        store.keep(made(seed), ROWS)
    window = open_window()
    qtbot.waitUntil(lambda: len(listed(controller)) == 60)
    bar = window.filmstrip.view.horizontalScrollBar()
    qtbot.waitUntil(lambda: scrolled(bar) and len(listed(controller)) == 130)
    assert seeds(controller) == list(reversed(range(130)))


def scrolled(bar) -> bool:
    bar.setValue(0)
    bar.setValue(bar.maximum())
    return True


# -- looking -------------------------------------------------------------------------------------


def test_a_click_shows_the_picture_over_the_active_pane_and_changes_nothing(strip, controller):
    before = controller.document.document
    click(strip, 20)
    assert seen_over_pane(strip) == 20
    assert "manga .6" in strip.filmstrip.look.pane.caption
    assert controller.document.document == before
    assert controller.document.undo_stack.count() == 1
    assert not controller.works


def test_another_click_on_it_goes_back(strip):
    click(strip, 20)
    click(strip, 20)
    assert seen_over_pane(strip) is None


def test_a_click_on_the_large_picture_goes_back_and_a_drag_pans_it(strip):
    click(strip, 20)
    view = strip.filmstrip.look.pane.view
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(120, 50))
    assert seen_over_pane(strip) == 20
    QTest.mouseClick(view, Qt.MouseButton.LeftButton)
    assert seen_over_pane(strip) is None


def test_arrows_look_at_the_next_one_and_escape_goes_back(strip, controller):
    click(strip, 30)
    press(strip, Qt.Key.Key_Right)
    assert seen_over_pane(strip) == 20
    press(strip, Qt.Key.Key_Right)
    assert seen_over_pane(strip) == 10
    press(strip, Qt.Key.Key_Escape)
    assert seen_over_pane(strip) is None
    assert strip.filmstrip.view.hasFocus()


def test_a_picture_of_an_earlier_session_is_read_from_its_file(
    yesterday, open_window, controller, qtbot
):
    window = open_window()
    qtbot.waitUntil(lambda: seeds(controller) == [2, 1])
    click(window, 1)
    qtbot.waitUntil(lambda: seen_over_pane(window) == 1)


def test_a_picture_that_is_gone_is_said_to_be(yesterday, open_window, controller, folder, qtbot):
    window = open_window()
    qtbot.waitUntil(lambda: seeds(controller) == [2, 1])
    for path in folder.glob("*/*.png"):
        path.unlink()
    click(window, 1)
    qtbot.waitUntil(lambda: bool(window.notices.bars))
    assert "no longer kept" in window.notices.bars[0].sentence
    assert seen_over_pane(window) is None


def test_going_to_another_pane_ends_the_look(strip, controller):
    click(strip, 20)
    controller.places.activate("base")
    assert seen_over_pane(strip) is None


def test_a_moved_fader_ends_the_look(strip, controller):
    click(strip, 20)
    controller.stack.set_scale("birds", 0.3)
    assert seen_over_pane(strip) is None
    assert strip.filmstrip.view.looked_at == ""


def test_b_shows_the_base_in_place_of_the_look_while_it_is_held(strip):
    click(strip, 20)
    view = strip.filmstrip.view
    QTest.keyPress(view, Qt.Key.Key_B)
    assert seen_over_pane(strip) is None
    assert "held" in strip.compare.active.title
    QTest.keyRelease(view, Qt.Key.Key_B)
    assert seen_over_pane(strip) == 20
    assert "held" not in strip.compare.active.title


# -- restoring -----------------------------------------------------------------------------------


def test_enter_restores_rows_and_sampling_in_one_undoable_step(strip, controller):
    before = controller.document.document
    click(strip, 20)
    press(strip, Qt.Key.Key_Return)
    document = controller.document.document
    assert document.stack == ROWS
    assert document.active_sampling == made(20).request.sampling
    assert seen_over_pane(strip) is None
    assert "Restore the picture of " in controller.document.undo_stack.undoText()
    controller.document.undo_stack.undo()
    assert controller.document.document == before


def test_a_double_click_restores(strip, controller):
    view = strip.filmstrip.view.viewport()
    where = place(strip, 10)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=where)
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=where)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=where)
    assert controller.document.document.active_sampling.seed == 10
    assert seen_over_pane(strip) is None


def test_where_the_base_is_active_the_pane_beside_it_is_filled(strip, controller):
    controller.places.activate("base")
    click(strip, 20)
    press(strip, Qt.Key.Key_Return)
    document: Document = controller.document.document
    assert document.active == "current"
    assert document.pane("current").stack == ROWS
    assert document.base.stack == AdapterStack()


def test_a_frozen_pane_takes_the_sampling_for_itself(strip, controller):
    controller.places.set_frozen("current", True)
    shared = controller.document.document.sampling
    click(strip, 20)
    press(strip, Qt.Key.Key_Return)
    document = controller.document.document
    assert document.sampling == shared
    assert document.sampling_of("current").seed == 20


def drop(window: MainWindow, key: str, pane_id: str) -> None:
    """As a person lets it go over a pane."""
    data = QMimeData()
    data.setData(PICTURE_MIME, key.encode())
    pane = next(pane for pane in window.compare.shown() if pane.pane_id == pane_id)
    where = QPointF(pane.mapTo(window, pane.rect().center()))
    copy, left, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(where.toPoint(), copy, data, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(where, copy, data, left, none))


def test_ways_of_looking_at_panes_mark_no_picture(strip):
    strip.compare.take_focus()
    for name in ("look_wipe", "look_difference", "look_wipe", "look_grid"):
        strip.actions_table[name].trigger()
        QApplication.processEvents()
        assert strip.filmstrip.view.current() is None


def test_a_picture_dragged_to_a_pane_is_restored_there(strip, controller):
    controller.places.pin()
    third = controller.document.document.panes[2].pane_id
    drop(strip, listed(controller)[0].key, third)
    document = controller.document.document
    assert document.active == third
    assert document.pane(third).stack == ROWS
    assert document.active_sampling.seed == 30


def test_the_base_takes_no_picture_and_says_why(strip, controller):
    before = controller.document.document
    drop(strip, listed(controller)[0].key, "base")
    assert controller.document.document == before
    assert "The base holds no adapters" in strip.notices.bars[0].sentence


def test_files_over_the_panes_are_still_the_windows(strip):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/adapters/new.safetensors")])
    where = strip.compare.mapTo(strip, strip.compare.rect().center())
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(where, copy, data, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(strip, enter)
    assert enter.isAccepted()
    sign = next(w for w in strip.findChildren(QWidget) if "Drop to add" in w.accessibleName())
    assert sign.isVisible()
    QApplication.sendEvent(strip, QDragLeaveEvent())
    assert not sign.isVisible()


def test_a_picture_of_another_base_offers_to_open_that(strip, controller):
    picture = made(40)
    request = msgspec.structs.replace(
        picture.request, checkpoint=CheckpointRef("/bases/other.safetensors", "o" * 64)
    )
    controller.store.pictures.keep(msgspec.structs.replace(picture, request=request), ROWS)
    click(strip, 40)
    press(strip, Qt.Key.Key_Return)
    assert controller.document.document.stack == ROWS
    bar = strip.notices.bars[0]
    assert "other.safetensors" in bar.sentence
    controller.engine.works.clear()
    QTest.mouseClick(bar.buttons()[0], Qt.MouseButton.LeftButton)
    assert [getattr(work, "path", "") for work in controller.works] == ["/bases/other.safetensors"]


def test_what_a_row_that_came_by_no_file_is_made_for_is_read(strip, controller, qtbot):
    read, replaced = entry("manga", sha256="sha-manga"), entry("neon", sha256="another file")
    controller.store.pictures.keep(made(50), AdapterStack(entries=(read, replaced)))
    click(strip, 50)
    press(strip, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: controller.adapters.facts("sha-manga").summary is not None)
    assert controller.adapters.facts("another file").summary is None
    assert [row.name for row in controller.stack.stack.entries] == ["manga", "neon"]


# -- stars, and what else the menu offers -----------------------------------------------------


def test_s_stars_and_unstars(strip, controller, folder, qtbot):
    click(strip, 20)
    press(strip, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: [one.is_starred for one in listed(controller)] == [False, True, False])
    (starred,) = [one for one in PictureStore(folder, 1 << 30).earlier(9) if one.is_starred]
    assert starred.sampling.seed == 20
    press(strip, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: not any(one.is_starred for one in listed(controller)))


def test_a_click_on_the_corner_stars_and_does_not_look(strip, controller, qtbot):
    view = strip.filmstrip.view
    cell = view.visualRect(view.indexAt(place(strip, 10)))
    QTest.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, pos=cell.topRight() + QPoint(-14, 14)
    )
    qtbot.waitUntil(lambda: listed(controller)[2].is_starred)
    assert seen_over_pane(strip) is None


def chosen(window: MainWindow, controller: Desk, seed: int, words: str) -> None:
    picture = next(one for one in listed(controller) if one.sampling.seed == seed)
    menu = window.filmstrip.menu(picture)
    next(action for action in menu.actions() if words in action.text()).trigger()
    menu.deleteLater()


def test_the_menu_deletes_from_strip_and_store(strip, controller, folder, qtbot):
    click(strip, 20)
    chosen(strip, controller, 20, "Delete")
    assert seeds(controller) == [30, 10]
    assert seen_over_pane(strip) is None
    qtbot.waitUntil(lambda: len(list(folder.glob("*/*.png"))) == 2)


def test_the_menu_copies_and_restores(strip, controller):
    chosen(strip, controller, 20, "Copy")
    image = QApplication.clipboard().image()
    assert image.pixelColor(0, 0) == QColor(*GREEN)
    chosen(strip, controller, 10, "Restore")
    assert controller.document.document.active_sampling.seed == 10


def test_what_is_saved_from_the_strip_is_the_whole_picture(strip, controller, tmp_path, qtbot):
    asked: list[Rendered] = []
    strip._dialogs.save_picture = lambda picture, title: asked.append(picture)
    chosen(strip, controller, 20, "Save")
    assert [picture.request.sampling.seed for picture in asked] == [20]


# -- whether it is shown -------------------------------------------------------------------------


def test_it_is_shown_where_there_is_room_until_somebody_says_otherwise(strip, controller):
    view, action = strip.filmstrip.view, strip.actions_table["filmstrip"]
    assert view.isVisible()
    assert action.isChecked()
    strip.resize(1200, 700)
    assert not view.isVisible()
    action.trigger()
    assert view.isVisible()
    assert controller.settings.settings.filmstrip == "on"
    strip.resize(1300, 860)
    action.trigger()
    assert not view.isVisible()
    assert controller.settings.settings.filmstrip == "off"


def test_without_a_store_the_pictures_of_the_session_are_there(qtbot, geometry):
    desk = Desk()
    window = MainWindow(desk, geometry)
    qtbot.addWidget(window)
    window.resize(1300, 860)
    window.show()
    desk.use_checkpoint()
    desk.store.pictures.keep(made(10), ROWS)
    window.filmstrip.view.take_focus()
    click(window, 10)
    assert seen_over_pane(window) == 10
    assert not next(a for a in actions(window, desk) if "Star" in a).startswith("+")
    window.close()
    desk.dispose()


def actions(window: MainWindow, desk: Desk) -> list[str]:
    menu = window.filmstrip.menu(listed(desk)[0])
    words = [f"{'+' if one.isEnabled() else ''}{one.text()}" for one in menu.actions()]
    menu.deleteLater()
    return words
