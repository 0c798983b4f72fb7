"""Stars of the filmstrip, and what else its menu offers."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loraviewer.core.outcome import Rendered
from loraviewer.pictures.store import PictureStore
from tests.ui.filmstrip.shown_strip import (
    GREEN,
    chosen,
    click,
    listed,
    place,
    seeds,
    seen_over_pane,
)
from tests.ui.pane_windows import press


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
