"""The plane itself: pictures, axes, the present point; what mouse and arrow keys do on it."""

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from loraviewer.bridge.cells.map_model import MapModel
from loraviewer.bridge.languages import figures
from loraviewer.core.map_cells import Index, level_points, nearest
from loraviewer.core.numbers import short_number
from loraviewer.core.picture import Picture
from loraviewer.ui.map.plane_geometry import PlaneGeometry
from loraviewer.ui.widgets.fitted_picture import fitted, paint_centred
from loraviewer.ui.widgets.icons import pixmap
from loraviewer.ui.widgets.painting import antialiased, draw_focus_ring, draw_ring_on_picture
from loraviewer.ui.widgets.theme import (
    GAP,
    ICON_SIZE,
    RADIUS,
    SignalColour,
    backdrop,
    quiet_text,
    signal_colour,
)

_VEIL, _STAND_IN = 0.6, 0.22
_MARK_PX = 7.0
_BETWEEN_PX = 1.5
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class MapPlane(QWidget):
    """A function of the model, and of where pointer and keyboard are."""

    chosen = Signal(object)  # Index: the faders are to go there
    pointed = Signal(object)  # Index or None: which point is looked at
    drag_started = Signal()
    dragged_to = Signal(float, float)  # values of both sides
    drag_ended = Signal()

    def __init__(self, model: MapModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._names = ("", "")
        self._drawn: dict[Index, tuple[Picture, QSize, float, QPixmap]] = {}
        self._pointed: Index | None = None
        self._cursor: Index | None = None
        self._press: QPointF | None = None
        self._is_dragging = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 200)
        self.setAccessibleName(self.tr("Map"))
        model.changed.connect(self.update)
        model.faders_changed.connect(self._on_faders_changed)

    def set_names(self, across: str, up: str) -> None:
        """Of both faders."""
        self._names = (across, up)
        self.update()

    @property
    def pointed_at(self) -> Index | None:
        """By the pointer, else by the keyboard; a place that a coarser plane lost is none."""
        return self._known(self._pointed) or self._known(self._cursor)

    def _known(self, index: Index | None) -> Index | None:
        return index if index is not None and max(index) < self._model.resolution else None

    def geometry_now(self) -> PlaneGeometry:
        return self._geometry_in(QRectF(self.rect()))

    def _geometry_in(self, whole: QRectF) -> PlaneGeometry:
        metrics = self.fontMetrics()
        left = metrics.horizontalAdvance("-0.00") + metrics.height() + 2 * GAP
        room = whole.adjusted(left, GAP, -GAP, -(2 * metrics.height() + GAP))
        return PlaneGeometry.within(
            room, self._picture_size(), self._model.level(), self._model.resolution
        )

    def _picture_size(self) -> QSizeF:
        """Of the first cell that there is."""
        for index in level_points(self._model.level(), self._model.resolution):
            shown = self._model.cell(index).picture
            if shown is not None:
                return QSizeF(shown.picture.width, shown.picture.height)
        return QSizeF(1, 1)

    # -- the mouse ------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._model.has_faders:
            self._cursor = None
            if self.geometry_now().plane.contains(event.position()):
                self._press = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self._index_at(event.position()))
        if self._press is None:
            return
        way = (event.position() - self._press).manhattanLength()
        if not self._is_dragging and way >= QApplication.startDragDistance():
            self._is_dragging = True
            self.drag_started.emit()
        if self._is_dragging:
            is_fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._drag_to(event.position(), is_fine=is_fine)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton or self._press is None:
            return
        was_dragging = self._is_dragging
        self._end_drag()
        index = self._index_at(event.position())
        if not was_dragging and index is not None:
            self.chosen.emit(index)

    def leaveEvent(self, event) -> None:
        super().leaveEvent(event)
        self._point_at(None)

    def hideEvent(self, event) -> None:
        self._end_drag()
        super().hideEvent(event)

    def _drag_to(self, where: QPointF, *, is_fine: bool) -> None:
        x, y = self._model.span("x"), self._model.span("y")
        self.dragged_to.emit(*self.geometry_now().values_at(where, x, y, is_fine=is_fine))

    def _end_drag(self) -> None:
        self._press = None
        if self._is_dragging:
            self._is_dragging = False
            self.drag_ended.emit()

    def _index_at(self, where: QPointF) -> Index | None:
        return self.geometry_now().index_at(where) if self._model.has_faders else None

    def _point_at(self, index: Index | None) -> None:
        if index != self._pointed:
            self._pointed = index
            self.pointed.emit(self.pointed_at)
            self.update()

    # -- keys -----------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = _ARROWS.get(Qt.Key(event.key()))
        if way is not None and not event.modifiers() and self._model.has_faders:
            self._move_cursor(*way)
        elif event.key() in _ENTER and self._known(self._cursor) and not event.isAutoRepeat():
            self.chosen.emit(self._cursor)
        else:
            super().keyPressEvent(event)

    def _move_cursor(self, across: int, up: int) -> None:
        """By one picture; the first time from the present point."""
        level, resolution = self._model.level(), self._model.resolution
        stride = (resolution - 1) // (level - 1)
        column, row = self._cursor_or_present(stride)
        last = resolution - 1
        self._cursor = (
            max(0, min(last, column + across * stride)),
            max(0, min(last, row + up * stride)),
        )
        self._pointed = None
        self.pointed.emit(self._cursor)
        self.update()

    def _cursor_or_present(self, stride: int) -> Index:
        """A place that the present level has."""
        last = self._model.resolution - 1
        if self._cursor is not None:
            start: tuple[float, float] = self._cursor
        else:
            x, y = (max(0.0, min(1.0, share)) for share in self._shares())
            start = x * last, y * last
        column, row = (max(0, min(last, round(at / stride) * stride)) for at in start)
        return column, row

    def _shares(self) -> tuple[float, float]:
        """Where the present point lies."""
        model = self._model
        x, y = (model.span(side).share(model.present(side)) for side in ("x", "y"))
        return x, y

    @Slot()
    def _on_faders_changed(self) -> None:
        """Places may be other points now."""
        self._cursor = None
        self.update()

    # -- painting -------------------------------------------------------------------------

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        self.paint_map(painter, QRectF(self.rect()), self.devicePixelRatioF())
        if self.hasFocus():
            draw_focus_ring(painter, QRectF(self.rect()), self.palette(), RADIUS)
        painter.end()

    def paint_map(self, painter: QPainter, whole: QRectF, device_ratio: float) -> None:
        """Everything but the ring of the keyboard, into any place."""
        if not self._model.has_faders:
            return
        geometry = self._geometry_in(whole)
        painter.fillRect(geometry.plane, backdrop(self.palette()))
        level, resolution = geometry.level, geometry.resolution
        places = level_points(level, resolution)
        known = [index for index in places if self._model.cell(index).picture is not None]
        for index in places:
            self._paint_cell(painter, geometry, index, known, device_ratio)
        self._paint_axes(painter, geometry)
        self._paint_looked_at(painter, geometry)
        self._paint_present(painter, geometry)

    def _paint_cell(
        self,
        painter: QPainter,
        geometry: PlaneGeometry,
        index: Index,
        known: list[Index],
        device_ratio: float,
    ) -> None:
        between = _BETWEEN_PX / 2
        place = geometry.place(index).adjusted(between, between, -between, -between)
        cell = self._model.cell(index)
        stand_in = index if cell.picture is not None else nearest(index, known)
        if stand_in is not None:
            is_own = stand_in == index
            painter.setOpacity(1.0 if is_own else _STAND_IN)
            paint_centred(painter, self._drawing(stand_in, place, device_ratio), place)
            painter.setOpacity(1.0)
        if cell.is_outdated:
            veil = backdrop(self.palette())
            veil.setAlphaF(_VEIL)
            painter.fillRect(place, veil)
        if cell.failure is not None:
            self._paint_failure(painter, place)

    def _drawing(self, index: Index, place: QRectF, device_ratio: float) -> QPixmap:
        shown = self._model.cell(index).picture
        assert shown is not None
        size = place.size().toSize()
        known = self._drawn.get(index)
        if known is None or known[:3] != (shown.picture, size, device_ratio):
            drawn = fitted(shown.picture, size, device_ratio)
            known = self._drawn[index] = (shown.picture, size, device_ratio, drawn)
        return known[3]

    def _paint_failure(self, painter: QPainter, place: QRectF) -> None:
        colour = signal_colour(self.palette(), SignalColour.ERROR)
        mark = pixmap("error", colour, ICON_SIZE, self.devicePixelRatioF())
        paint_centred(painter, mark, place)

    def _paint_axes(self, painter: QPainter, geometry: PlaneGeometry) -> None:
        painter.setPen(quiet_text(self.palette()))
        stride = (geometry.resolution - 1) // (geometry.level - 1)
        across, up = self._model.values("x"), self._model.values("y")
        line = self.fontMetrics().height()
        every = 2 if self._is_crowded(geometry, across[::stride]) else 1
        for place in range(0, geometry.resolution, stride):
            below = geometry.place((place, 0))
            beside = geometry.place((0, place))
            ticks = QRectF(below.left() - GAP, below.bottom() + 2, below.width() + 2 * GAP, line)
            if place // stride % every == 0:
                _centred(painter, ticks, figures(short_number(across[place], 3)))
            left = QRectF(0, beside.center().y() - line / 2, geometry.plane.left() - 4, line)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(left, right, figures(short_number(up[place], 3)))
        self._paint_names(painter, geometry)

    def _is_crowded(self, geometry: PlaneGeometry, numbers: tuple[float, ...]) -> bool:
        widest = max(self.fontMetrics().horizontalAdvance(short_number(n, 3)) for n in numbers)
        return widest + GAP > geometry.cell_size.width()

    def _paint_names(self, painter: QPainter, geometry: PlaneGeometry) -> None:
        plane, line = geometry.plane, self.fontMetrics().height()
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        below = QRectF(plane.left(), plane.bottom() + line + 2, plane.width(), line)
        _centred(painter, below, self._elided(self._names[0], plane.width()))
        painter.save()
        number = self.fontMetrics().horizontalAdvance("-0.00") + GAP
        painter.translate(plane.left() - number - line, plane.center().y())
        painter.rotate(-90)
        beside = QRectF(-plane.height() / 2, 0, plane.height(), line)
        _centred(painter, beside, self._elided(self._names[1], plane.height()))
        painter.restore()

    def _elided(self, text: str, width: float) -> str:
        return self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, round(width))

    def _paint_looked_at(self, painter: QPainter, geometry: PlaneGeometry) -> None:
        index = self.pointed_at
        if index is not None and index in level_points(geometry.level, geometry.resolution):
            draw_ring_on_picture(painter, geometry.place(index), self.palette(), 2)

    def _paint_present(self, painter: QPainter, geometry: PlaneGeometry) -> None:
        """A ring that is seen on any picture; faint where the point lies beside the plane."""
        shares = self._shares()
        spot = geometry.spot(*shares)
        is_inside = all(-0.001 <= share <= 1.001 for share in shares)
        painter.setOpacity(1.0 if is_inside else 0.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((QColor(0, 0, 0, 170), 5.0), (QColor("white"), 2.0)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(spot, _MARK_PX, _MARK_PX)
        painter.setOpacity(1.0)


def _centred(painter: QPainter, place: QRectF, text: str) -> None:
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
