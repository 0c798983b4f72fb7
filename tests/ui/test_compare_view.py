"""The panes are functions of PaneState: what is shown, veiled, and linked."""

import msgspec
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.bridge.rendering.jobs import LoadStep
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.request import ResumedFrom
from loraviewer.core.stack import AdapterStack
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.panes.image_pane import ImagePane
from loraviewer.ui.panes.painted_picture import VEIL_STRENGTH
from loraviewer.ui.panes.picture_view import PictureView
from tests.ui.fakes import Desk, entry, plain_picture, rendered

RED, GREEN, BLUE = (220, 20, 20), (20, 200, 20), (20, 20, 220)
STACK = AdapterStack(entries=(entry("manga", 0.8),))


@pytest.fixture
def filled(window: MainWindow, controller: Desk) -> MainWindow:
    """Red base, green current."""
    controller.show("base", shown=rendered(plain_picture(RED)))
    current = rendered(plain_picture(GREEN), STACK)
    controller.show("current", stack=STACK, shown=current, shown_stack=STACK)
    QApplication.processEvents()
    return window


def centre_colour(pane: ImagePane) -> QColor:
    image = pane.view.grab().toImage()
    return image.pixelColor(image.width() // 2, image.height() // 2)


def test_each_pane_paints_its_picture_with_its_caption(filled: MainWindow) -> None:
    compare = filled.compare
    assert centre_colour(compare.base) == QColor(*RED)
    assert centre_colour(compare.active) == QColor(*GREEN)
    assert compare.base.caption == "no adapters · seed 7"
    assert compare.active.caption == "manga .8 · seed 7"


def test_an_outdated_picture_stays_visible_under_a_veil(
    qtbot: QtBot, filled: MainWindow, controller: Desk
) -> None:
    pane = filled.compare.active
    controller.show("current", is_outdated=True)
    assert centre_colour(pane) == QColor(*GREEN)
    qtbot.waitUntil(lambda: pane.view.veil == VEIL_STRENGTH)
    veiled = centre_colour(pane)
    assert veiled != QColor(*GREEN)
    assert veiled.green() > veiled.red() + 50
    assert pane.badge == "outdated"
    controller.show("current", is_outdated=False)
    assert centre_colour(pane) == QColor(*GREEN)


def test_a_first_picture_that_is_outdated_is_veiled_from_the_start(
    qtbot: QtBot, window: MainWindow, controller: Desk
) -> None:
    pane = window.compare.active
    controller.show("current", is_outdated=True, shown=rendered(plain_picture(GREEN)))
    assert pane.view.veil == VEIL_STRENGTH
    assert centre_colour(pane) != QColor(*GREEN)
    controller.show("current", is_outdated=False)
    controller.show("current", is_outdated=True)
    assert pane.view.veil == 0.0, "over what was seen clear it fades in"


def test_a_partial_picture_takes_over_unveiled(filled: MainWindow, controller) -> None:
    preview = plain_picture(BLUE, 2, 2)
    controller.show("current", is_outdated=True, is_busy=True, step=7, steps=16, preview=preview)
    assert centre_colour(filled.compare.active) == QColor(*BLUE)
    assert filled.compare.active.view.veil == 0.0


def test_drafts_wear_a_badge(filled: MainWindow, controller: Desk) -> None:
    draft = rendered(plain_picture(GREEN), STACK, is_draft=True)
    controller.show("current", shown=draft)
    assert filled.compare.active.badge == "draft"
    controller.show("current", is_outdated=True, is_busy=True)  # the next tick is under way
    assert filled.compare.active.badge == "draft"
    assert filled.compare.base.badge == ""
    settled = rendered(plain_picture(GREEN), STACK)
    controller.show("current", shown=settled, is_outdated=False, is_busy=False)
    assert filled.compare.active.badge == ""


def test_a_draft_tells_what_it_is_made_of(filled: MainWindow, controller: Desk) -> None:
    draft = rendered(plain_picture(GREEN), STACK, is_draft=True)
    resumed = msgspec.structs.replace(draft.request, resumed=ResumedFrom((), 7))
    controller.show("current", shown=draft)
    assert "Draft of 10 steps" in filled.compare.active.recipe
    controller.show("current", shown=msgspec.structs.replace(draft, request=resumed))
    assert "the last 3 steps" in filled.compare.active.recipe
    tiled = msgspec.structs.replace(draft, request=draft.request.origin(), tile_px=512)
    controller.show("current", shown=tiled)
    assert "tiles of 512 pixels" in filled.compare.active.recipe
    assert "Draft" not in filled.compare.active.recipe


def test_a_failure_is_said_in_its_pane_and_the_picture_stays(
    filled: MainWindow, controller: Desk
) -> None:
    controller.show("current", failure=Failure(FailureKind.MEMORY, "Too big; shrink it.", "oom"))
    bar = filled.compare.active.trouble
    assert bar.isVisible()
    assert bar.sentence == "Too big; shrink it."
    assert centre_colour(filled.compare.active) == QColor(*GREEN)
    controller.show("current", failure=None)
    assert not bar.isVisible()


def test_holding_b_shows_the_base_in_the_current_pane(filled: MainWindow) -> None:
    filled.compare.active.view.setFocus()
    QTest.keyPress(filled, Qt.Key.Key_B)
    assert centre_colour(filled.compare.active) == QColor(*RED)
    QTest.keyRelease(filled, Qt.Key.Key_B)
    assert centre_colour(filled.compare.active) == QColor(*GREEN)


def test_new_pictures_of_the_current_pane_wait_while_the_base_is_held(
    filled: MainWindow, controller: Desk
) -> None:
    filled.compare.hold_base(True)
    controller.show("current", shown=rendered(plain_picture(BLUE), STACK))
    assert centre_colour(filled.compare.active) == QColor(*RED)
    filled.compare.hold_base(False)
    assert centre_colour(filled.compare.active) == QColor(*BLUE)


def turn_wheel(view: PictureView, where: QPointF, angle: int) -> None:
    event = QWheelEvent(
        where,
        view.mapToGlobal(where),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def test_the_wheel_zooms_both_panes_about_the_pointer(filled: MainWindow) -> None:
    view, other = filled.compare.base.view, filled.compare.active.view
    where = view.picture_rect().center() + QPointF(30, 20)
    before = view.picture_point(where)
    turn_wheel(view, where, 240)
    after = view.picture_point(where)
    assert view.picture_rect().width() > 1.5 * view.fit_scale() * 8
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()))
    assert other.picture_rect().width() == pytest.approx(view.picture_rect().width())


def test_dragging_pans_and_a_double_click_fits(filled: MainWindow) -> None:
    view = filled.compare.active.view
    turn_wheel(view, QPointF(view.rect().center()), 480)
    left = view.picture_rect().left()
    middle = view.rect().center()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(view, middle + QPoint(25, 0))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=middle + QPoint(25, 0))
    assert view.picture_rect().left() == pytest.approx(left + 25)
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=middle)
    assert filled.compare.viewport.is_fit


def test_actual_size_puts_one_pixel_on_one_pixel(filled: MainWindow, controller) -> None:
    big = plain_picture(GREEN, 1600, 1600)
    controller.show("current", shown=rendered(big, STACK))
    filled.actions_table["zoom_actual"].trigger()
    view = filled.compare.active.view
    assert view.picture_rect().width() * view.devicePixelRatioF() == pytest.approx(1600)


@pytest.mark.parametrize("is_smooth", [True, False])
def test_pixels_are_smooth_or_square(filled: MainWindow, controller, is_smooth: bool) -> None:
    checkers = bytes((255, 255, 255, 0, 0, 0, 0, 0, 0, 255, 255, 255))
    picture = type(plain_picture(RED))(2, 2, checkers)
    controller.show("current", shown=rendered(picture, STACK))
    controller.settings.change(smooth_pixels=is_smooth)
    view = filled.compare.active.view
    image = view.grab().toImage()
    rect = view.picture_rect()
    near_edge = QPointF(rect.left() + rect.width() * 0.42, rect.top() + rect.height() * 0.2)
    is_grey = 20 < image.pixelColor(near_edge.toPoint()).red() < 235
    assert is_grey is is_smooth


def test_before_the_first_picture_the_panes_tell_what_happens(
    window: MainWindow, controller: Desk
) -> None:
    controller.base.loading.emit(LoadStep("the UNet", 0.4))
    assert window.compare.base.view.words == "Loading the UNet … 40 %"


def test_a_first_picture_that_is_under_way_is_not_called_missing(
    window: MainWindow, controller: Desk
) -> None:
    view = window.compare.active.view
    assert view.words == "No picture yet. Press Space to render."
    controller.show("current", is_busy=True)
    assert view.words == "Rendering…"
    controller.show("current")
    assert view.words == "No picture yet. Press Space to render."


def test_a_decoder_that_overflowed_is_told_of(window: MainWindow, controller: Desk) -> None:
    picture = rendered(plain_picture((9, 9, 9)))
    controller.show("current", shown=picture)
    assert "float32" not in window.compare.active.recipe
    controller.show("current", shown=msgspec.structs.replace(picture, has_widened=True))
    assert "Decoded once more in float32" in window.compare.active.recipe


def test_copying_and_saving_from_the_menu(
    qtbot: QtBot, filled: MainWindow, controller: Desk
) -> None:
    pane = filled.compare.base
    actions = {action.text(): action for action in pane.context_menu().actions()}
    actions["Copy picture"].trigger()
    assert QGuiApplication.clipboard().image().pixelColor(1, 1) == QColor(*RED)
    with qtbot.waitSignal(pane.save_requested) as asked:
        actions["Save picture…"].trigger()
    assert asked.args == ["base"]
