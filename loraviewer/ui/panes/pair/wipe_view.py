"""Two pictures over each other, split by a line that is moved."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import QWidget

from loraviewer.ui.panes.loupe import Spot
from loraviewer.ui.panes.pair.pair_canvas import PairCanvas
from loraviewer.ui.panes.viewport import Viewport
from loraviewer.ui.widgets.quantities import share_text

_MIDDLE = 0.5
_STEP, _FINE_STEP = 0.05, 0.01
_REACH_PX = 8
"""From how far the line is taken hold of."""
_KNOB = 9.0
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_ACROSS_UPRIGHT = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_ACROSS_LYING = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_PLACES = {Qt.Key.Key_Home: 0.0, Qt.Key.Key_End: 1.0, Qt.Key.Key_M: _MIDDLE}


class WipeView(PairCanvas):
    """The line lies at a share of what is seen of the pictures, so that it is always in sight."""

    def __init__(self, viewport: Viewport, parent: QWidget | None = None) -> None:
        super().__init__(viewport, parent)
        self._share = _MIDDLE
        self._is_lying = False
        self._held_from: float | None = None
        """Where the line was when the mouse took hold of it."""

    @property
    def share(self) -> float:
        """Where the line is: 0 is at the left or upper edge of the pictures, 1 at the other one."""
        return self._share

    @property
    def is_lying(self) -> bool:
        """Whether the line goes from left to right."""
        return self._is_lying

    def set_share(self, share: float) -> None:
        self._share = max(0.0, min(1.0, share))
        self.setAccessibleDescription(self.tr("Line at {}").format(share_text(self._share)))
        self.update()

    def turn(self) -> None:
        """Upright or lying: the first side is left of it, or above."""
        self._is_lying = not self._is_lying
        self.update()

    def parts(self) -> tuple[QRectF, QRectF]:
        """Of the widget: where the first side is seen, and the second."""
        whole, at = QRectF(self.rect()), self.line_px()
        first, second = QRectF(whole), QRectF(whole)
        if self._is_lying:
            first.setBottom(at)
            second.setTop(at)
        else:
            first.setRight(at)
            second.setLeft(at)
        return first, second

    def line_px(self) -> float:
        """How far from the left or upper edge of the widget the line is."""
        stage = self._stage()
        start, length = _along(stage, self._is_lying)
        return start + self._share * length

    def pair_spots(self) -> tuple[Spot, ...]:
        sides = zip(self.sides, self.parts(), strict=True)
        return tuple(spot for side, part in sides for spot in self.spot_of(side, part))

    def second_corner(self) -> Qt.Corner:
        corner = Qt.Corner
        return corner.BottomRightCorner if self._is_lying else corner.TopRightCorner

    def _stage(self) -> QRectF:
        """What is seen of the pictures; all of the widget while there is none."""
        whole = QRectF(self.rect())
        rects = [self.rect_of(side.picture.size) for side in self.sides]
        stage = rects[0].united(rects[1]).intersected(whole)
        return whole if stage.isEmpty() else stage

    def tracks_mouse(self) -> bool:
        return True  # the cursor tells where the line can be taken hold of

    # -- painting -------------------------------------------------------------------------

    def paint_pair(self, painter: QPainter) -> None:
        for side, part in zip(self.sides, self.parts(), strict=True):
            side.paint(painter, self.rect_of(side.picture.size), part)
        self._paint_line(painter)

    def _paint_line(self, painter: QPainter) -> None:
        """Light within dark, so that it is seen on any picture."""
        at, palette = self.line_px(), self.palette()
        ends = (QPointF(0, at), QPointF(self.width(), at))
        if not self._is_lying:
            ends = (QPointF(at, 0), QPointF(at, self.height()))
        shade = QColor("black")
        shade.setAlphaF(0.45)
        for colour, width in ((shade, 4.0), (QColor("white"), 2.0)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(*ends)
        is_held = self._held_from is not None
        role = QPalette.ColorRole.Accent if is_held else QPalette.ColorRole.Window
        painter.setPen(QPen(QColor("white"), 2.0))
        painter.setBrush(palette.color(role))
        middle = (ends[0] + ends[1]) / 2
        painter.drawEllipse(middle, _KNOB, _KNOB)
        self._paint_arrows(painter, middle, is_held)

    def _paint_arrows(self, painter: QPainter, middle: QPointF, is_held: bool) -> None:
        """Where the knob can go."""
        role = QPalette.ColorRole.HighlightedText if is_held else QPalette.ColorRole.WindowText
        painter.setPen(QPen(self.palette().color(role), 1.5))
        for way in (-1, 1):
            tip, wings = 6.0 * way, 3.0 * way
            points = [QPointF(wings, -3.0), QPointF(tip, 0.0), QPointF(wings, 3.0)]
            if self._is_lying:
                points = [point.transposed() for point in points]
            painter.drawPolyline([middle + point for point in points])

    # -- the mouse ------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        is_left = event.button() is Qt.MouseButton.LeftButton
        if is_left and self._is_on_line(event.position()):
            self._held_from = self._share
            self.update()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held_from is not None:
            self._move_to(event.position())
        if self._held_from is not None or self._pan_from is None:
            self._show_cursor_at(event.position())
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held_from = None
        super().mouseReleaseEvent(event)
        self._show_cursor_at(event.position())
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._is_on_line(event.position()):
            self.set_share(_MIDDLE)
        else:
            super().mouseDoubleClickEvent(event)

    def _is_on_line(self, where: QPointF) -> bool:
        across = where.y() if self._is_lying else where.x()
        middle = QPointF(self.line_px(), self.height() / 2)
        if self._is_lying:
            middle = QPointF(self.width() / 2, self.line_px())
        is_on_knob = (where - middle).manhattanLength() <= 2 * _KNOB
        return is_on_knob or abs(across - self.line_px()) <= _REACH_PX

    def _move_to(self, where: QPointF) -> None:
        start, length = _along(self._stage(), self._is_lying)
        across = where.y() if self._is_lying else where.x()
        self.set_share((across - start) / length)

    def _show_cursor_at(self, where: QPointF) -> None:
        if self._held_from is None and not self._is_on_line(where):
            self._show_cursor()
        elif self._is_lying:
            self.setCursor(Qt.CursorShape.SplitVCursor)
        else:
            self.setCursor(Qt.CursorShape.SplitHCursor)

    # -- keys -----------------------------------------------------------------------------

    def escape(self) -> None:
        if self._held_from is not None:
            self.set_share(self._held_from)
            self._held_from = None
        else:
            super().escape()

    def take_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        way = (_ACROSS_LYING if self._is_lying else _ACROSS_UPRIGHT).get(key)
        if way is not None and not modifiers & ~_SHIFT:
            self.set_share(self._share + way * (_FINE_STEP if modifiers else _STEP))
        elif key in _PLACES and not modifiers:
            self.set_share(_PLACES[key])
        elif key == Qt.Key.Key_T and not modifiers:
            self.turn()
        else:
            return super().take_key(event)
        return True


def _along(rect: QRectF, is_lying: bool) -> tuple[float, float]:
    """Start and length of a rectangle in the direction in which the line moves."""
    return (rect.top(), rect.height()) if is_lying else (rect.left(), rect.width())
