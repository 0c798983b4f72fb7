"""Going back to what made a picture of the filmstrip: by key, by mouse, onto a pane."""

import msgspec
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from loraviewer.core.document import Document
from loraviewer.core.request import CheckpointRef
from loraviewer.core.stack import AdapterStack
from loraviewer.ui.filmstrip.strip_view import PICTURE_MIME
from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import entry
from tests.ui.filmstrip.shown_strip import ROWS, click, listed, made, place, seen_over_pane
from tests.ui.pane_windows import press


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
