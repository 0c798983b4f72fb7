"""The map in its window: what mouse and keys do on it, and what it says."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from loraviewer.bridge.rendering.jobs import RenderJob
from loraviewer.core.map_cells import MASTER, Index
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.map.map_window import MapWindow
from loraviewer.ui.widgets.theme import GAP
from tests.ui.answers import cells, rest
from tests.ui.fakes import Desk, entry
from tests.ui.looks import has_ring_of_two_colours
from tests.ui.pane_windows import CONTROL, press

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def studio(window: MainWindow, controller: Desk) -> MainWindow:
    """Two rows and a picture."""
    window.activateWindow()
    for name in ("manga", "birds"):
        controller.stack.add(entry(name, 0.8))
    rest(controller)
    window.compare.take_focus()
    return window


@pytest.fixture
def opened(studio: MainWindow, controller: Desk) -> MapWindow:
    """Nothing of it is made yet but what the panes show."""
    press(studio, Qt.Key.Key_M, CONTROL)
    shown = studio.map.window
    assert shown is not None
    controller.cells.map.set_resolution(5)
    return shown


@pytest.fixture
def complete(opened: MapWindow, controller: Desk) -> MapWindow:
    """With all 25 pictures."""
    rest(controller)
    return opened


def middle(shown: MapWindow, index: Index) -> QPoint:
    return shown.plane.geometry_now().place(index).center().toPoint()


def point_at(shown: MapWindow, where: QPoint) -> None:
    """Without a button."""
    spot, away = QPointF(where), QPointF(shown.plane.mapToGlobal(where))
    no_button, no_key = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(QEvent.Type.MouseMove, spot, away, no_button, no_button, no_key)
    QApplication.sendEvent(shown.plane, event)


def strengths(controller: Desk) -> list[float]:
    return [row.scale for row in controller.stack.stack.entries]


def test_a_key_opens_it_once_and_panes_stay(studio, opened, controller):
    first = studio.map.window
    press(studio, Qt.Key.Key_M, CONTROL)
    assert studio.map.window is first
    assert not opened.isModal()
    assert studio.compare.isVisible()
    assert opened.sides.names() == ("manga", "birds")


def test_it_fills_coarse_to_fine_and_says_how_far_it_is(opened, controller):
    assert plain(opened.progress) == "1 of 25 · about 24 s left", "a pane shows one"
    assert controller.cells.map.level() == 3
    rest(controller)
    assert controller.cells.map.level() == 5
    assert opened.progress == "25 pictures"
    assert not opened.pause.isVisible()
    grabbed = opened.plane.grab().toImage()
    ratio = grabbed.devicePixelRatio()
    for index in ((0, 4), (1, 3), (4, 0)):
        colour = grabbed.pixelColor(middle(opened, index) * ratio)
        shown = controller.cells.map.cell(index).picture.picture.rgb[:3]
        assert (colour.red(), colour.green(), colour.blue()) == tuple(shown)


def test_a_place_that_a_coarser_plane_lost_is_looked_at_no_more(complete, controller):
    present = plain(complete.values)
    point_at(complete, middle(complete, (4, 4)))
    assert plain(complete.values) != present
    controller.cells.map.set_resolution(3)
    assert plain(complete.values) == present


def test_nor_is_it_taken_by_the_keyboard(complete, controller):
    for _ in range(4):
        QTest.keyClick(complete.plane, Qt.Key.Key_Right)
    before = strengths(controller)
    controller.cells.map.set_resolution(3)
    QTest.keyClick(complete.plane, Qt.Key.Key_Return)
    assert strengths(controller) == before


def test_no_name_touches_the_frame(opened, studio):
    studio.compare.take_focus()
    grabbed = opened.plane.grab().toImage()
    ratio = grabbed.devicePixelRatio()
    edge = {
        grabbed.pixelColor(round(x * ratio), round(y * ratio)).name()
        for x in range(3, GAP)
        for y in range(GAP, opened.plane.height() - GAP)
    }
    assert len(edge) == 1


def test_a_click_sets_both_faders_as_one_step(complete, controller):
    history = controller.document.undo_stack
    before = history.count()
    QTest.mouseClick(complete.plane, LEFT, pos=middle(complete, (1, 3)))
    assert strengths(controller) == [0.4, 1.2]
    assert history.count() == before + 1
    history.undo()
    assert strengths(controller) == [0.8, 0.8]


def test_a_drag_moves_both_live_and_is_one_step(complete, controller):
    history, made = controller.document.undo_stack, len(cells(controller))
    before = history.count()
    plane = complete.plane
    QTest.mousePress(plane, LEFT, pos=middle(complete, (2, 2)))
    for index in ((3, 2), (3, 3), (4, 3)):
        QTest.mouseMove(plane, middle(complete, index))
    assert controller.stack.is_dragging
    assert strengths(controller) == [1.6, 1.2]
    QApplication.processEvents()
    drafts = [w for w in controller.works if isinstance(w, RenderJob) and w.request.is_draft]
    assert drafts
    QTest.mouseRelease(plane, LEFT, pos=middle(complete, (4, 3)))
    assert not controller.stack.is_dragging
    assert history.count() == before + 1
    rest(controller)
    assert len(cells(controller)) == made
    history.undo()
    assert strengths(controller) == [0.8, 0.8]


def test_a_drag_lies_on_even_strengths_and_within_the_plane(complete, controller):
    plane = complete.plane
    start, aside = middle(complete, (2, 2)), QPoint(-50, plane.height() + 50)
    QTest.mousePress(plane, LEFT, pos=start)
    QTest.mouseMove(plane, start + QPoint(23, -17))
    x, y = strengths(controller)
    assert x > 0.8
    assert y > 0.8
    assert all(round(value * 20) == pytest.approx(value * 20) for value in (x, y))
    QTest.mouseMove(plane, aside)
    assert strengths(controller) == [0.0, 0.0]
    QTest.mouseRelease(plane, LEFT, pos=aside)


def test_arrows_go_from_point_to_point_and_enter_sets_it(complete, controller):
    complete.plane.setFocus()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up):
        QTest.keyClick(complete.plane, key)
    assert complete.plane.pointed_at == (1, 4)
    assert complete.values == "manga 0.4 · birds 1.6"
    assert strengths(controller) == [0.8, 0.8]
    QTest.keyClick(complete.plane, Qt.Key.Key_Return)
    assert strengths(controller) == [0.4, 1.6]


def test_the_point_of_the_arrows_is_seen_on_any_picture(complete):
    complete.plane.setFocus()
    QTest.keyClick(complete.plane, Qt.Key.Key_Left)
    place = complete.plane.geometry_now().place(complete.plane.pointed_at)
    assert has_ring_of_two_colours(complete.plane, place)


def test_pointing_at_a_cell_shows_it_large_with_its_two_strengths(complete, controller):
    point_at(complete, middle(complete, (3, 1)))
    assert complete.values == "manga 1.2 · birds 0.4"
    assert complete.large == controller.cells.map.cell((3, 1)).picture.picture
    point_at(complete, QPoint(1, 1))
    assert complete.values == "manga 0.8 · birds 0.8"
    assert complete.large == controller.panes.pane("current").shown.picture


def test_a_cell_yields_to_a_pane_and_is_made_afterwards(opened, controller):
    QApplication.processEvents()
    job = controller.engine.take()
    controller.prompt.change(prompt="a cat")
    assert job.token.is_cancelled
    controller.engine.finish()
    assert isinstance(controller.engine.take().work, RenderJob)
    rest(controller)
    assert opened.progress == "25 pictures"


def test_closing_it_drops_its_cells(opened, controller):
    QApplication.processEvents()
    job = controller.engine.take()
    opened.close()
    assert job.token.is_cancelled
    controller.engine.finish()
    rest(controller)
    assert controller.engine.waiting == 0
    assert controller.cells.queue.left("map") == 0
    assert len(cells(controller)) == 1


def test_it_can_be_paused(opened, controller):
    QTest.mouseClick(opened.pause, LEFT)
    assert plain(opened.progress) == "1 of 25 · paused"
    rest(controller)
    made = len(cells(controller))
    QTest.mouseClick(opened.pause, LEFT)
    rest(controller)
    assert len(cells(controller)) > made
    assert opened.progress == "25 pictures"


def test_stop_pauses_it_and_the_button_lets_it_go_on(studio, opened, controller):
    QApplication.processEvents()
    studio.actions_table["stop"].trigger()
    rest(controller)
    assert plain(opened.progress) == "1 of 25 · paused"
    assert opened.pause.accessibleName() == "Go on"
    QTest.mouseClick(opened.pause, LEFT)
    rest(controller)
    assert opened.progress == "25 pictures"


def test_a_typed_range_counts_and_a_wrong_one_is_told(complete, controller):
    low, high = complete.sides.ends("x")
    for field, text in ((low, "1"), (high, "1")):
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert controller.cells.map.span("x").low == 1.0
    assert controller.cells.map.span("x").high == 1.6
    assert complete.sides.refusal == "A range must go up by at least 0.01."
    assert high.text() == "1.60"


def test_the_master_can_be_a_side(complete, controller):
    choice = complete.sides.choice("y")
    assert [choice.itemText(i) for i in range(choice.count())] == ["manga", "birds", "Master"]
    choice.activated.emit(2)
    assert controller.cells.map.fader("y") == MASTER
    assert complete.sides.names() == ("manga", "Master")


def test_without_rows_it_says_what_to_do(complete, controller):
    for name in ("manga", "birds"):
        controller.stack.remove(name)
    assert not complete.plane.isVisible()
    controller.document.undo_stack.undo()
    assert complete.plane.isVisible()


def test_undo_works_from_the_map(complete, controller):
    complete.activateWindow()
    complete.plane.setFocus()
    QTest.mouseClick(complete.plane, LEFT, pos=middle(complete, (0, 0)))
    QTest.keyClick(complete.plane, Qt.Key.Key_Z, CONTROL)
    assert strengths(controller) == [0.8, 0.8]


def test_it_is_saved_as_one_picture_with_axes(complete, controller, tmp_path):
    controller.settings.install(controller.settings.settings.with_folder("pictures", str(tmp_path)))
    QTest.mouseClick(complete.save, LEFT)
    dialog = next(d for d in QApplication.topLevelWidgets() if isinstance(d, QFileDialog))
    (offered,) = dialog.selectedFiles()
    assert Path(offered).name == "map of manga and birds.png"
    dialog.fileSelected.emit(offered)
    dialog.close()
    saved = QImage(offered)
    plane = complete.plane
    assert saved.width() >= plane.width()
    assert saved.text("Description") == "seed 7 · 25 steps"
    ratio = saved.width() / plane.width()
    colour = saved.pixelColor((middle(complete, (1, 3)).toPointF() * ratio).toPoint())
    shown = controller.cells.map.cell((1, 3)).picture.picture.rgb[:3]
    assert (colour.red(), colour.green(), colour.blue()) == tuple(shown)
    assert complete.note == "Saved as “map of manga and birds.png”."
    complete._to_save = saved
    complete._on_path_chosen(str(tmp_path / "no such folder" / "map.png"))
    assert "no such folder" in complete.note


def test_of_a_cell_that_failed_it_says_why(opened, controller):
    QApplication.processEvents()
    controller.engine.take()
    controller.engine.finish(Failure(FailureKind.PICTURE, "It is not finite."))
    rest(controller)
    places = [(x, y) for x in range(5) for y in range(5)]
    (failed,) = [place for place in places if controller.cells.map.cell(place).failure]
    point_at(opened, middle(opened, failed))
    assert opened.note == "It is not finite."


def plain(words: str) -> str:
    return words.replace("\u00a0", " ")
