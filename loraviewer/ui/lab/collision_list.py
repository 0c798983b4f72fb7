"""The report of who meets whom, as lines to read and to go on from."""

import math

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QPainter,
    QPalette,
    QPen,
    QPolygonF,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from loraviewer.core.collisions import Verdict
from loraviewer.ui.lab.charts.chart_numbers import ChartNumbers
from loraviewer.ui.lab.collision_lines import LINE_ROLE, CollisionLines, Index, Line
from loraviewer.ui.widgets.painting import draw_focus_ring, fill_rounded
from loraviewer.ui.widgets.theme import (
    GAP,
    SignalColour,
    is_palette_change,
    mix,
    quiet_text,
    signal_colour,
)

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MARK_PX = 20
_TEXT_LEFT = GAP + _MARK_PX + GAP
_ARROW = 3.5
_CORNER = 5
_RIGHT, _LEFT = 1, -1
_ARROWS = {
    Verdict.ALIKE: (_RIGHT, _RIGHT),
    Verdict.CANCEL: (_RIGHT, _LEFT),
    Verdict.BOTH: (_RIGHT, _RIGHT, _LEFT),
}
"""Ways of the arrows beside a line."""


class CollisionList(QListView):
    """A click or Enter goes to the weight where the two meet most."""

    line_chosen = Signal(object)  # Line

    def __init__(self, model: CollisionLines, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = model
        self.setModel(model)
        self.setItemDelegate(_Lines(self))
        self.setAccessibleName(self.tr("Which adapters pull the same way, which cancel"))
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.viewport().setAutoFillBackground(False)
        self.clicked.connect(self._choose)

    def numbers(self) -> ChartNumbers:
        return self._lines.numbers()

    def minimumSizeHint(self) -> QSize:
        return QSize(180, 4 * self.fontMetrics().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            self._choose(self.currentIndex())
        elif event.key() not in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            self.setCurrentIndex(self._lines.index(0, 0))

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        # Sentences wrap at the width, which Qt asks for only once for each line.
        self.scheduleDelayedItemsLayout()

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if is_palette_change(event):
            self.viewport().update()

    @Slot()
    def _choose(self, index: Index) -> None:
        line = index.data(LINE_ROLE)
        if isinstance(line, Line):
            self.line_chosen.emit(line)


class _Lines(QStyledItemDelegate):
    """Two arrows that say at a glance what the sentence says, and the numbers below it."""

    def __init__(self, view: CollisionList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line, width = index.data(LINE_ROLE), self._view.viewport().width()
        first, second = self._places(line, QRect(0, 0, width, 0))
        height = first.height() + (second.height() + 2 if line.consequence else 0)
        return QSize(width, height + GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view, line = self._view, index.data(LINE_ROLE)
        palette, row = view.palette(), option.rect  # pyright: ignore[reportAttributeAccessIssue]
        inside = QRectF(row).adjusted(1, 1, -1, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if view.selectionModel().isSelected(index):
            ground = mix(
                palette.color(QPalette.ColorRole.Window),
                palette.color(QPalette.ColorRole.Accent),
                0.16,
            )
            fill_rounded(painter, inside, ground, _CORNER)
        first, second = self._places(line, row)
        _paint_arrows(painter, row, first.height(), line.verdict, palette)
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        _laid_out(line.sentence, view.font(), first.width()).draw(painter, first.topLeft())
        painter.setPen(quiet_text(palette))
        _laid_out(line.consequence, view.font(), second.width()).draw(painter, second.topLeft())
        if view.hasFocus() and view.currentIndex() == index:
            draw_focus_ring(painter, inside, palette, _CORNER)
        painter.restore()

    def _places(self, line: Line, row: QRect) -> tuple[QRect, QRect]:
        """Of the sentence, and of what comes of it."""
        font, width = self._view.font(), max(60, row.width() - _TEXT_LEFT - GAP)
        left, top = row.left() + _TEXT_LEFT, row.top() + GAP // 2
        first = QRect(left, top, width, _height(line.sentence, font, width))
        lower = _height(line.consequence, font, width)
        return first, QRect(left, first.bottom() + 3, width, lower)


def _height(text: str, font: QFont, width: int) -> int:
    return math.ceil(_laid_out(text, font, width).boundingRect().height()) if text else 0


def _laid_out(text: str, font: QFont, width: int) -> QTextLayout:
    """Between words, and within those that are wider than a line: names of files are."""
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    height = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0.0, height))
        height += line.height()
    layout.endLayout()
    return layout


def _colour(verdict: Verdict, palette: QPalette) -> QColor:
    if verdict in (Verdict.CANCEL, Verdict.BOTH):
        return signal_colour(palette, SignalColour.WARNING)
    is_alike = verdict is Verdict.ALIKE
    return palette.color(QPalette.ColorRole.Accent) if is_alike else quiet_text(palette)


def _paint_arrows(
    painter: QPainter, row: QRect, height: int, verdict: Verdict, palette: QPalette
) -> None:
    colour, ways = _colour(verdict, palette), _ARROWS.get(verdict, ())
    painter.setPen(QPen(colour, 1.6))
    painter.setBrush(colour)
    left, middle = row.left() + GAP, row.top() + GAP / 2 + min(height, 18) / 2
    if not ways:
        painter.drawEllipse(QPointF(left + _MARK_PX / 2, middle), 2, 2)
    for place, way in enumerate(ways):
        y = middle + (place - (len(ways) - 1) / 2) * 7
        _paint_arrow(painter, QRectF(left, y - _ARROW, _MARK_PX, 2 * _ARROW), way)


def _paint_arrow(painter: QPainter, place: QRectF, way: int) -> None:
    y, tip = place.center().y(), place.right() if way > 0 else place.left()
    tail = place.left() if way > 0 else place.right()
    base = tip - way * 1.6 * _ARROW
    painter.drawLine(QPointF(tail, y), QPointF(base, y))
    head = [QPointF(tip, y), QPointF(base, y - _ARROW), QPointF(base, y + _ARROW)]
    painter.drawPolygon(QPolygonF(head))
