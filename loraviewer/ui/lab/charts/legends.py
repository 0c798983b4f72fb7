"""What colours and lines of a chart stand for, with units."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from loraviewer.ui.lab.charts.chart_colours import row_colour, row_dash
from loraviewer.ui.lab.charts.heat_painter import paint_hatch
from loraviewer.ui.lab.charts.scales import LinearScale, Scale
from loraviewer.ui.widgets.flow_layout import FlowLayout
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import antialiased, outline_rounded
from loraviewer.ui.widgets.theme import GAP, RADIUS

_BAR_PX, _LEAST_BAR_PX, _MOST_BAR_PX = 10, 120, 260
_SWATCH_PX = 22
_LONGEST_NAME_PX = 170


class ScaleLegend(QWidget):
    """The colours of a scale with ticks, and the unit; `faint`: what hatched cells mean."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale: Scale = LinearScale(1.0)
        self._unit = ""
        self._faint = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_scale(self, scale: Scale, unit: str, faint: str = "") -> None:
        if (scale, unit, faint) != (self._scale, self._unit, self._faint):
            self._scale, self._unit, self._faint = scale, unit, faint
            ticks = " – ".join(text for _, text in (scale.ticks()[0], scale.ticks()[-1]))
            self.setAccessibleName(f"{unit}: {ticks}" + (f"; {faint}" if faint else ""))
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(_MOST_BAR_PX + 2 * GAP, _BAR_PX + 2 * line + (line + 4 if self._faint else 4))

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST_BAR_PX + 4 * GAP, self.sizeHint().height())

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        line = self.fontMetrics().height()
        ink = self.palette().color(QPalette.ColorRole.WindowText)
        painter.setPen(ink)
        width = max(_LEAST_BAR_PX, min(_MOST_BAR_PX, self.width() - 4 * GAP))
        painter.drawText(QRectF(0, 0, self.width(), line), _LEFT, self._unit)
        bar = QRectF(2 * GAP, line + 1, width, _BAR_PX)
        self._paint_bar(painter, bar)
        painter.setPen(ink)
        for share, text in self._scale.ticks():
            x = bar.left() + share * bar.width()
            place = QRectF(x - 40, bar.bottom() + 1, 80, line)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        if self._faint:
            self._paint_faint(painter, bar.bottom() + line + 4, line)
        painter.end()

    def _paint_bar(self, painter: QPainter, bar: QRectF) -> None:
        colours, steps = self._scale.colours(self.palette()), 64
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for step in range(steps):
            x = bar.left() + step * bar.width() / steps
            part = QRectF(x, bar.top(), bar.width() / steps + 1, bar.height())
            painter.fillRect(part & bar, colours.at((step + 0.5) / steps))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline_rounded(painter, bar, self.palette().color(QPalette.ColorRole.Mid), 0)

    def _paint_faint(self, painter: QPainter, top: float, line: int) -> None:
        swatch = QRectF(2 * GAP, top + 2, _SWATCH_PX, line - 4)
        paint_hatch(painter, swatch, self.palette())
        outline_rounded(painter, swatch, self.palette().color(QPalette.ColorRole.Mid), 0)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        beside = QRectF(swatch.right() + GAP, top, self.width() - swatch.right() - GAP, line)
        text = self.fontMetrics().elidedText(
            self._faint, Qt.TextElideMode.ElideRight, int(beside.width())
        )
        painter.drawText(beside, _LEFT, text)


@dataclass(frozen=True)
class Line:
    """How a line of a chart is called and drawn. `place`: of the row that it is of, for its colour;
    None for one in the colour of words. `dash`: None for the row's own. `is_dots`: dots alone;
    `is_diamonds`: larger marks, told from dots by their form."""

    name: str
    place: int | None = None
    dash: Qt.PenStyle | None = None
    width: float = 2.0
    is_dots: bool = False
    is_diamonds: bool = False

    def colour(self, palette: QPalette) -> QColor:
        if self.place is None:
            return palette.color(QPalette.ColorRole.WindowText)
        return row_colour(palette, self.place)

    def pen(self, palette: QPalette) -> QPen:
        dash = self.dash
        if dash is None:
            dash = Qt.PenStyle.SolidLine if self.place is None else row_dash(self.place)
        pen = QPen(self.colour(palette), self.width, dash)
        pen.setCosmetic(True)
        return pen


class LineLegend(QWidget):
    """A sample of each line beside its name; as many to a row as fit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[Line, ...] = ()
        self._flow = FlowLayout(self, GAP)
        self._names: list[_LineName] = []

    @property
    def lines(self) -> tuple[Line, ...]:
        return self._lines

    def show_lines(self, lines: Sequence[Line]) -> None:
        if tuple(lines) == self._lines:
            return
        self._lines = tuple(lines)
        for name in self._names:
            self._flow.removeWidget(name)
            name.hide()
            name.deleteLater()
        self._names = [_LineName(line, self) for line in self._lines]
        for name in self._names:
            self._flow.addWidget(name)
        self.setVisible(bool(lines))
        self.updateGeometry()


class _LineName(QWidget):
    def __init__(self, line: Line, parent: QWidget) -> None:
        super().__init__(parent)
        self._line = line
        self.setAccessibleName(line.name)
        self.setToolTip(plain_tip(line.name))
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        name = min(_LONGEST_NAME_PX, metrics.horizontalAdvance(self._line.name) + 2)
        return QSize(_SWATCH_PX + RADIUS + name, metrics.height() + 2)

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        middle = self.height() / 2
        if self._line.is_dots or self._line.is_diamonds:
            self._paint_mark(painter, QPointF(_SWATCH_PX - 6, middle))
        else:
            painter.setPen(self._line.pen(self.palette()))
            painter.drawLine(QPointF(1, middle), QPointF(_SWATCH_PX - 1, middle))
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        room = self.width() - _SWATCH_PX - RADIUS
        text = self.fontMetrics().elidedText(self._line.name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QRectF(_SWATCH_PX + RADIUS, 0, room, self.height()), _LEFT, text)
        painter.end()

    def _paint_mark(self, painter: QPainter, at: QPointF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._line.colour(self.palette()))
        if self._line.is_diamonds:
            ways = (QPointF(0, -5), QPointF(5, 0), QPointF(0, 5), QPointF(-5, 0))
            painter.drawPolygon([at + way for way in ways])
        else:
            painter.drawEllipse(at, 3, 3)


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
