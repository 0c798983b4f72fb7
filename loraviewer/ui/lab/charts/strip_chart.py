"""Long rows of numbers as strips of colour: where on a line most of something lies."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from loraviewer.ui.lab.charts.chart_numbers import ChartNumbers
from loraviewer.ui.lab.charts.number_words import number_text
from loraviewer.ui.lab.charts.scales import LinearScale, Scale
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import antialiased, draw_focus_ring
from loraviewer.ui.widgets.quantities import share_text
from loraviewer.ui.widgets.theme import GAP, is_palette_change, quiet_text

_STRIP_PX, _FIRST_PX, _GAP_PX = 18, 34, 3
_NAME_SHARE, _LEAST_NAME_PX = 0.34, 40


@dataclass(frozen=True)
class Strip:
    """`energies`: one number for each place on the line, ≥ 0."""

    name: str
    energies: Sequence[float]

    def over_mean(self) -> list[float]:
        """1 where a place has as much as all have on the average; zeros where there is nothing."""
        total = sum(self.energies)
        mean = total / len(self.energies) if total else 0.0
        return [e / mean if mean else 0.0 for e in self.energies]


class StripChart(QWidget):
    """The first strip is the highest. Each column of pixels shows the largest of the numbers that
    lie under it, so that a single one is never lost. Left and Right go along a strip, Up and Down
    to another."""

    def __init__(self, name: str, unit: str, parent: QWidget | None = None) -> None:
        """unit: what a place on the line is called, as “row”."""
        super().__init__(parent)
        self._unit = unit
        self._strips: tuple[Strip, ...] = ()
        self._relative: list[list[float]] = []
        self._scale: Scale = LinearScale(1.0)
        self._current = (0, 0)
        self._hovered: tuple[int, int] | None = None
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def strips(self) -> tuple[Strip, ...]:
        return self._strips

    @property
    def scale(self) -> Scale:
        """Of energies over their mean."""
        return self._scale

    def show_strips(self, strips: Sequence[Strip], scale: Scale) -> None:
        """All of one length; `scale`: of energies over the mean of their strip."""
        self._strips, self._scale = tuple(strips), scale
        self._relative = [strip.over_mean() for strip in strips]
        if not self._has(self._current):
            self._current = (0, 0)
        self._describe()
        self.updateGeometry()
        self.update()

    def numbers(self) -> ChartNumbers:
        """One line for each place, from 0 on; energies as they are."""
        columns = [strip.energies for strip in self._strips]
        rows = ((i, *each) for i, each in enumerate(zip(*columns, strict=True)))
        names = (self.tr("{}, ‖·‖²").format(strip.name) for strip in self._strips)
        return ChartNumbers((self._unit, *names), tuple(rows))

    def words(self, strip: int, place: int) -> str:
        shown = self._strips[strip]
        total, energy = sum(shown.energies), shown.energies[place]
        if not total:
            return self.tr("{}: no change").format(shown.name)
        words = self.tr("{name}, {unit} {place}: {times} times the mean, {share} of the change")
        return words.format(
            name=shown.name,
            unit=self._unit,
            place=place,
            times=number_text(self._relative[strip][place]),
            share=share_text(energy / total),
        )

    def place_at(self, point: QPoint) -> tuple[int, int] | None:
        """Strip and number there: of several under one pixel, the largest."""
        for index in range(len(self._strips)):
            line = self._line(index)
            if line.contains(point):
                first, last = self._under(line, point.x())
                values = self._relative[index]
                return index, max(range(first, last), key=values.__getitem__)
        return None

    def sizeHint(self) -> QSize:
        return QSize(320, self._top(max(1, len(self._strips))) + self.fontMetrics().height() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        for index, strip in enumerate(self._strips):
            self._paint_strip(painter, index, strip)
        if self._strips:
            self._paint_ends(painter)
        if self._hovered is not None:
            self._paint_mark(painter, self._hovered, QPalette.ColorRole.WindowText, 1)
        if self.hasFocus() and self._has(self._current):
            self._paint_mark(painter, self._current, QPalette.ColorRole.Accent, 2)
            draw_focus_ring(painter, QRectF(self.rect()), self.palette(), 2)
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if is_palette_change(event):
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.place_at(event.position().toPoint()))
        if self._hovered is None:
            QToolTip.hideText()
        else:
            tip = plain_tip(self.words(*self._hovered))
            QToolTip.showText(event.globalPosition().toPoint(), tip, self)

    def leaveEvent(self, event) -> None:
        self._hover(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and place is not None:
            self._go_to(*place)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ways = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        way = ways.get(Qt.Key(event.key()))
        if way is None or not self._strips:
            event.ignore()
            return
        strip, place = self._current
        last = len(self._strips) - 1, len(self._strips[0].energies) - 1
        self._go_to(max(0, min(last[0], strip + way[0])), max(0, min(last[1], place + way[1])))

    def _go_to(self, strip: int, place: int) -> None:
        self._current = (strip, place)
        self._describe()
        self.update()

    def _hover(self, place: tuple[int, int] | None) -> None:
        if place != self._hovered:
            self._hovered = place
            self.update()

    def _describe(self) -> None:
        self.setAccessibleDescription(self.words(*self._current) if self._strips else "")
        if self.hasFocus():
            event = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
            QAccessible.updateAccessibility(event)

    def _has(self, at: tuple[int, int]) -> bool:
        return at[0] < len(self._strips) and at[1] < len(self._strips[at[0]].energies)

    # -- where things lie ---------------------------------------------------------------------

    def _top(self, index: int) -> int:
        if index == 0:
            return 0
        return _FIRST_PX + _GAP_PX + (index - 1) * (_STRIP_PX + _GAP_PX)

    def _left(self) -> int:
        metrics = self.fontMetrics()
        longest = max((metrics.horizontalAdvance(s.name) for s in self._strips), default=0)
        return max(_LEAST_NAME_PX, min(longest + GAP + 2, round(self.width() * _NAME_SHARE)))

    def _line(self, index: int) -> QRectF:
        height = _FIRST_PX if index == 0 else _STRIP_PX
        left = self._left()
        return QRectF(left, self._top(index), max(1, self.width() - left - 2), height)

    def _under(self, line: QRectF, x: float) -> tuple[int, int]:
        """First and one past the last number under a column of pixels."""
        count = len(self._strips[0].energies)
        per_pixel = count / line.width()
        first = int((int(x) - line.left()) * per_pixel)
        last = int((int(x) + 1 - line.left()) * per_pixel)
        first = max(0, min(count - 1, first))
        return first, max(first + 1, min(count, last))

    # -- painting -----------------------------------------------------------------------------

    def _paint_strip(self, painter: QPainter, index: int, strip: Strip) -> None:
        line, values = self._line(index), self._relative[index]
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        room = round(line.left()) - GAP
        name = self.fontMetrics().elidedText(strip.name, Qt.TextElideMode.ElideMiddle, room)
        place = QRectF(0, line.top(), line.left() - GAP / 2, line.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)
        colours = self._scale.colours(self.palette())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        count = len(values)
        if count <= line.width():  # each number is one or more pixels wide
            for i, value in enumerate(values):
                left = line.left() + i * line.width() / count
                right = line.left() + (i + 1) * line.width() / count
                part = QRectF(left, line.top(), right - left, line.height())
                painter.fillRect(part, colours.at(self._scale.share(value)))
        else:
            for x in range(int(line.left()), int(line.right())):
                first, last = self._under(line, x)
                colour = colours.at(self._scale.share(max(values[first:last])))
                painter.fillRect(QRectF(x, line.top(), 1, line.height()), colour)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_ends(self, painter: QPainter) -> None:
        """The numbers of the first and the last place."""
        line, bottom = self._line(0), self._top(len(self._strips))
        below = QRectF(line.left(), bottom, line.width(), self.fontMetrics().height())
        painter.setPen(quiet_text(self.palette()))
        flags = Qt.AlignmentFlag
        painter.drawText(below, flags.AlignLeft, f"{self._unit} 0")
        painter.drawText(below, flags.AlignRight, str(len(self._strips[0].energies) - 1))

    def _paint_mark(
        self, painter: QPainter, at: tuple[int, int], role: QPalette.ColorRole, width: int
    ) -> None:
        line = self._line(at[0])
        x = line.left() + (at[1] + 0.5) * line.width() / len(self._strips[at[0]].energies)
        painter.setPen(QPen(self.palette().color(role), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(x - 2.5, line.top() + 0.5, 5, line.height() - 1))
