"""Panes with pictures of plain colours, and how two of them in one place are touched."""

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from loraviewer.core.picture import Picture
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.panes.pair.pair_canvas import PairCanvas
from loraviewer.ui.panes.pair.wipe_view import WipeView
from tests.ui.fakes import Desk, plain_picture, rendered
from tests.ui.pane_windows import CONTROL, GREEN, RED, SHIFT, press

LEFT = Qt.MouseButton.LeftButton
BLUE = (20, 20, 220)


def paint(controller: Desk, pane_id: str, picture: Picture) -> None:
    """As if the engine had made it for what the pane is to show."""
    stack = controller.document.document.pane(pane_id).stack
    controller.show(pane_id, shown=rendered(picture, stack), stack=stack, shown_stack=stack)


def fill(controller: Desk, *colours: tuple[int, int, int], size: int = 8) -> list[str]:
    """The panes of the document in plain colours; their ids."""
    ids = [pane.pane_id for pane in controller.document.document.panes]
    for pane_id, colour in zip(ids, colours, strict=False):
        paint(controller, pane_id, plain_picture(colour, size, size))
    QApplication.processEvents()
    return ids


def red_and_green(controller: Desk) -> list[str]:
    return fill(controller, RED, GREEN)


def start_wipe(window: MainWindow) -> WipeView:
    press(window, Qt.Key.Key_W, CONTROL | SHIFT)
    return window.compare.pair.wipe


def start_difference(window: MainWindow):
    press(window, Qt.Key.Key_D, CONTROL | SHIFT)
    return window.compare.pair.difference


def has_ring_of_two_colours(widget: QWidget, place: QRectF) -> bool:
    """The accent, and white inside of it: one of them stands out from whatever is below."""
    image, row = widget.grab().toImage(), round(place.center().y())
    edge = [image.pixelColor(round(place.left()) + x, row) for x in range(5)]
    accent = widget.palette().color(QPalette.ColorRole.Accent)
    outer = min(edge[:3], key=lambda c: abs(c.hue() - accent.hue()))
    inner = max(edge[1:], key=lambda c: c.lightness())
    return abs(outer.hue() - accent.hue()) < 10 and inner.lightness() > outer.lightness() + 50


def colour_at(widget: QWidget, x: float, y: float = 0.75) -> QColor:
    """x, y: shares of the widget."""
    image = widget.grab().toImage()
    return image.pixelColor(round(x * (image.width() - 1)), round(y * (image.height() - 1)))


def names(canvas: PairCanvas) -> list[str]:
    return [side.name for side in canvas.sides]


def line_point(wipe: WipeView) -> QPoint:
    """On the line, away from its knob and the corners."""
    at = round(wipe.line_px())
    return QPoint(wipe.width() // 4, at) if wipe.is_lying else QPoint(at, wipe.height() * 3 // 4)


def drag(widget: QWidget, start: QPoint, way: QPoint) -> None:
    """Without letting go."""
    QTest.mousePress(widget, LEFT, pos=start)
    QTest.mouseMove(widget, start + way / 2)
    QTest.mouseMove(widget, start + way)
