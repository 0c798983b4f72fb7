"""Curves over numbered things, read by pointer and by keys."""

import bisect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPalette, QPen
from PySide6.QtWidgets import QFrame, QToolTip, QWidget

from loraviewer.ui.lab.charts.chart_numbers import ChartNumbers
from loraviewer.ui.lab.charts.legends import Line
from loraviewer.ui.lab.charts.number_words import number_text
from loraviewer.ui.lab.charts.plot_axes import NumberAxis, PowerAxis
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import antialiased, draw_focus_ring
from loraviewer.ui.widgets.theme import is_palette_change, quiet_text

_NEAR_PX = 14.0
_HEIGHT_PX = 220
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_DOT_PX, _DIAMOND_PX = 5, 10
_ZONE_ALPHA, _RIBBON_ALPHA = 0.07, 0.18


@dataclass(frozen=True)
class Curve:
    """`x` ascending. Points whose y is None, or not above zero on a logarithmic axis, are left out
    of the drawing and kept among the numbers. `has_line`: else dots alone. `low`, `high`: how sure
    each y is, drawn as a faint ribbon; none where they are empty."""

    line: Line
    x: Sequence[float]
    y: Sequence[float | None]
    has_line: bool = True
    has_dots: bool = False
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()


@dataclass(frozen=True)
class Level:
    """A horizontal line, drawn as its sample in a legend is."""

    y: float
    line: Line


@dataclass(frozen=True)
class Zone:
    """A faint band across the whole plot, from one y to another."""

    low: float
    high: float


class CurvePlot(pg.PlotWidget):
    """A click or Enter chooses a point, Left and Right go along a curve, Up and Down to another.
    Nothing zooms: the wheel is left to what is around."""

    point_chosen = Signal(int, int)  # curve, point
    current_changed = Signal(int, int)

    _is_made = False
    """Palettes change while the constructors of the classes above run."""

    def __init__(
        self,
        name: str,
        x_words: str,
        y_words: str,
        *,
        is_log: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        """x_words, y_words: what the axes hold, with units; `is_log`: whether y is drawn by powers
        of ten."""
        left = (PowerAxis if is_log else NumberAxis)("left")
        axes = {"bottom": NumberAxis("bottom"), "left": left}
        plot = pg.PlotItem(axisItems=axes, enableMenu=False)
        # The stub lacks that there may be no background.
        super().__init__(parent, None, plot)  # pyright: ignore[reportArgumentType]
        self._plot = plot
        self._is_log = is_log
        self._x_words, self._y_words = x_words, y_words
        self._curves: tuple[Curve, ...] = ()
        self._levels: tuple[Level, ...] = ()
        self._zones: tuple[Zone, ...] = ()
        self._words: Callable[[int, int], str] | None = None
        self._numbers: ChartNumbers | None = None
        self._current: tuple[int, int] | None = None
        self._marked_x: float | None = None
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        # A kept background would be a picture among the lines of an SVG.
        self.setCacheMode(pg.GraphicsView.CacheModeFlag(0))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(200, _HEIGHT_PX)
        plot.getViewBox().setMouseEnabled(x=False, y=False)
        plot.hideButtons()
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self._is_made = True
        self._draw()

    @property
    def curves(self) -> tuple[Curve, ...]:
        return self._curves

    @property
    def marked_x(self) -> float | None:
        return self._marked_x

    def numbers(self) -> ChartNumbers:
        """One line for each point: its curve, x and y; or what was given."""
        if self._numbers is not None:
            return self._numbers
        rows = (
            (curve.line.name, x, y)
            for curve in self._curves
            for x, y in zip(curve.x, curve.y, strict=True)
        )
        return ChartNumbers((self.tr("curve"), self._x_words, self._y_words), tuple(rows))

    def show_curves(
        self,
        curves: Sequence[Curve],
        levels: Sequence[Level] = (),
        words: Callable[[int, int], str] | None = None,
        numbers: ChartNumbers | None = None,
        zones: Sequence[Zone] = (),
    ) -> None:
        """`words`: what is said of a point, by its curve and place in it; never a method of a
        widget that holds this one. `numbers`: what leaves the studio, where that is more than the
        points."""
        self._curves, self._levels, self._words = tuple(curves), tuple(levels), words
        self._numbers, self._zones = numbers, tuple(zones)
        if self._current is not None and not self._has(*self._current):
            self._current = None
        self._draw()

    def name_axes(
        self, x_words: str, y_words: str, x_names: Sequence[tuple[float, str]] = ()
    ) -> None:
        """x_names: of places along x, in place of numbers."""
        self._x_words, self._y_words = x_words, y_words
        self._plot.getAxis("bottom").setTicks([list(x_names)] if x_names else None)
        self._draw()

    def mark_x(self, x: float | None) -> None:
        """What is selected elsewhere."""
        if x != self._marked_x:
            self._marked_x = x
            self._draw()

    def words(self, curve: int, point: int) -> str:
        if self._words is not None:
            return self._words(curve, point)
        shown = self._curves[curve]
        x, y = number_text(shown.x[point]), number_text(shown.y[point])
        return f"{shown.line.name}: {self._x_words} {x}, {self._y_words} {y}"

    def nearest(self, where: QPointF) -> tuple[int, int] | None:
        """Curve and point near a place of the viewport."""
        box = self._plot.getViewBox()
        left = box.mapSceneToView(QPointF(where.x() - _NEAR_PX, where.y())).x()
        right = box.mapSceneToView(QPointF(where.x() + _NEAR_PX, where.y())).x()
        found, least = None, _NEAR_PX
        for number, curve in enumerate(self._curves):
            first = bisect.bisect_left(curve.x, left)
            for point in range(first, bisect.bisect_right(curve.x, right)):
                y = self._drawn_y(curve.y[point])
                if y is None:
                    continue
                way = box.mapViewToScene(QPointF(curve.x[point], y)) - where
                distance = math.hypot(way.x(), way.y())
                if distance < least:
                    found, least = (number, point), distance
        return found

    def place_of(self, curve: int, point: int) -> QPointF:
        """Of a point that is drawn, in the viewport."""
        shown = self._curves[curve]
        y = self._drawn_y(shown.y[point])
        return self._plot.getViewBox().mapViewToScene(QPointF(shown.x[point], y or 0.0))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        is_other_look = is_palette_change(event) or event.type() == QEvent.Type.FontChange
        if self._is_made and is_other_look:
            self._draw()

    def event(self, event: QEvent) -> bool:
        if self._is_made and event.type() == QEvent.Type.DevicePixelRatioChange:
            self._draw()
        return super().event(event)

    def wheelEvent(self, event) -> None:
        event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        near = self.nearest(event.position())
        if near is None:
            QToolTip.hideText()
        else:
            tip = plain_tip(self.words(*near))
            QToolTip.showText(event.globalPosition().toPoint(), tip, self.viewport())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        near = self.nearest(event.position())
        if event.button() is Qt.MouseButton.LeftButton and near is not None:
            self._go_to(*near)
            self.point_chosen.emit(*near)
        else:
            event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def contextMenuEvent(self, event) -> None:
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier or not self._curves:
            event.ignore()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step(0, 1 if key == Qt.Key.Key_Right else -1)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._step(1 if key == Qt.Key.Key_Down else -1, 0)
        elif key in _ENTER and self._current is not None:
            self.point_chosen.emit(*self._current)
        else:
            event.ignore()

    def focusInEvent(self, event) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = antialiased(self.viewport())
            draw_focus_ring(painter, self.viewport().rect().toRectF(), self.palette(), 2)
            painter.end()

    def _step(self, curves: int, points: int) -> None:
        if self._current is None:
            self._go_to(0, 0)
            return
        number = max(0, min(len(self._curves) - 1, self._current[0] + curves))
        last = len(self._curves[number].x) - 1
        self._go_to(number, max(0, min(last, self._current[1] + points)))

    def _go_to(self, curve: int, point: int) -> None:
        if not self._has(curve, point):
            return
        self._current = (curve, point)
        self.setAccessibleDescription(self.words(curve, point))
        self.current_changed.emit(curve, point)
        self._draw()

    def _has(self, curve: int, point: int) -> bool:
        return curve < len(self._curves) and point < len(self._curves[curve].x)

    def _drawn_y(self, y: float | None) -> float | None:
        if y is None or not math.isfinite(y) or (self._is_log and y <= 0.0):
            return None
        return math.log10(y) if self._is_log else y

    def _draw(self) -> None:
        """Anew, with the colours of the palette."""
        self._plot.clear()
        self._colour_axes()
        for zone in self._zones:
            self._draw_zone(zone)
        for curve in self._curves:
            self._draw_ribbon(curve)
        for curve in self._curves:
            self._draw_curve(curve)
        for level in self._levels:
            self._draw_level(level)
        if self._marked_x is not None:
            self._plot.addItem(
                pg.InfiniteLine(self._marked_x, 90, self._pen(quiet_text(self.palette())))
            )
        if self._current is not None:
            self._draw_current(*self._current)
        self._fit()

    def _colour_axes(self) -> None:
        """With room for the half of a number that stands above its line; numbers of nothing would
        only lead astray."""
        room = self.fontMetrics().height() / 2
        # The stub takes it for the method that it hides.
        self._plot.layout.setContentsMargins(1, room, 1, 1)  # pyright: ignore
        ink = self.palette().color(QPalette.ColorRole.WindowText)
        faint = quiet_text(self.palette())
        for side, words in (("bottom", self._x_words), ("left", self._y_words)):
            axis = self._plot.getAxis(side)
            axis.setPen(self._pen(faint))
            axis.setTextPen(self._pen(ink))
            axis.setTickFont(self.font())
            axis.setStyle(showValues=bool(self._curves))
            points = f"{self.font().pointSizeF():.1f}pt"
            axis.setLabel(words, color=ink.name(), **{"font-size": points})

    def _draw_curve(self, curve: Curve) -> None:
        drawn = [
            (x, y)
            for x, y in ((x, self._drawn_y(y)) for x, y in zip(curve.x, curve.y, strict=True))
            if y is not None
        ]
        xs, ys = [x for x, _ in drawn], [y for _, y in drawn]
        colour = curve.line.colour(self.palette())
        form, size = ("d", _DIAMOND_PX) if curve.line.is_diamonds else ("o", _DOT_PX)
        dots = {"symbol": form, "symbolSize": size, "symbolBrush": colour, "symbolPen": None}
        self._plot.plot(
            xs,
            ys,
            pen=self._of_screen(curve.line.pen(self.palette())) if curve.has_line else None,
            antialias=True,
            **(dots if curve.has_dots or len(drawn) == 1 else {}),
        )

    def _draw_zone(self, zone: Zone) -> None:
        low, high = self._drawn_y(zone.low), self._drawn_y(zone.high)
        if low is None or high is None:
            return
        brush = _faint(self.palette().color(QPalette.ColorRole.WindowText), _ZONE_ALPHA)
        self._plot.addItem(
            pg.LinearRegionItem(
                (low, high), "horizontal", brush=brush, pen=pg.mkPen(None), movable=False
            )
        )

    def _draw_ribbon(self, curve: Curve) -> None:
        """Along the points whose both ends are known."""
        ends = [
            (x, self._drawn_y(low), self._drawn_y(high))
            for x, low, high in zip(curve.x, curve.low, curve.high, strict=False)
        ]
        known = [(x, low, high) for x, low, high in ends if low is not None and high is not None]
        if not known:
            return
        xs = [x for x, _, _ in known]
        lower = pg.PlotDataItem(xs, [low for _, low, _ in known])
        upper = pg.PlotDataItem(xs, [high for _, _, high in known])
        brush = _faint(curve.line.colour(self.palette()), _RIBBON_ALPHA)
        if curve.has_line and len(known) > 1:
            self._plot.addItem(pg.FillBetweenItem(lower, upper, brush=brush))
            return
        for x, low, high in known:
            pen = self._pen(curve.line.colour(self.palette()))
            self._plot.plot([x, x], [low, high], pen=pen)

    def _draw_level(self, level: Level) -> None:
        y = self._drawn_y(level.y)
        if y is None:
            return
        pen = self._of_screen(level.line.pen(self.palette()))
        self._plot.addItem(pg.InfiniteLine(y, 0, pen))

    def _draw_current(self, curve: int, point: int) -> None:
        shown = self._curves[curve]
        y = self._drawn_y(shown.y[point])
        if y is not None:
            pen = self._pen(self.palette().color(QPalette.ColorRole.Accent))
            pen.setWidth(2)
            self._plot.plot(
                [shown.x[point]], [y], pen=None, symbol="o", symbolSize=11, symbolPen=pen,
                symbolBrush=None,
            )  # fmt: skip

    def _fit(self) -> None:
        xs = [x for curve in self._curves for x in (*curve.x[:1], *curve.x[-1:])]
        drawn = [self._drawn_y(y) for curve in self._curves for y in curve.y]
        drawn += [self._drawn_y(level.y) for level in self._levels]
        drawn += [self._drawn_y(end) for zone in self._zones for end in (zone.low, zone.high)]
        for curve in self._curves:
            drawn += [self._drawn_y(end) for end in (*curve.low, *curve.high)]
        ys = [y for y in drawn if y is not None]
        if not xs or not ys:
            return
        low, high = min(ys), max(ys)
        room = max(0.06 * (high - low), 0.3 if self._is_log else 1e-12)
        self._plot.getViewBox().setRange(
            xRange=(min(xs), max(xs)), yRange=(low - room, high + room), padding=0.02,
            disableAutoRange=True,
        )  # fmt: skip

    def _of_screen(self, pen: QPen) -> QPen:
        """Pens that do not grow with the plot count pixels of the screen."""
        pen.setWidthF(pen.widthF() * self.devicePixelRatioF())
        return pen

    @staticmethod
    def _pen(colour: QColor, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
        pen = QPen(colour, 1, style)
        pen.setCosmetic(True)
        return pen


def _faint(colour: QColor, alpha: float) -> QColor:
    colour = QColor(colour)
    colour.setAlphaF(alpha)
    return colour
