"""How a row of the list of bases looks, and which part of it lies under the mouse."""

from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QCursor, QFont, QPainter, QPalette
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from loraviewer.ui.widgets.icons import pixmap
from loraviewer.ui.widgets.painting import fill_rounded
from loraviewer.ui.widgets.theme import (
    GAP,
    ICON_SIZE,
    SignalColour,
    idle,
    mix,
    quiet_text,
    signal_colour,
)

_BUTTON_PX = ICON_SIZE + GAP


class Part(Enum):
    ROW = auto()
    STAR = auto()
    CROSS = auto()


@dataclass(frozen=True)
class RowLook:
    """`note` is the second, quiet line. `icon` is drawn before the title."""

    title: str
    note: str = ""
    icon: str = ""
    has_star: bool = False
    is_starred: bool = False
    has_cross: bool = False
    is_current: bool = False
    is_faded: bool = False
    is_heading: bool = False
    is_after_line: bool = False

    def spoken(self) -> str:
        """For a screen reader."""
        parts = [self.title, self.note]
        parts += ["★"] if self.is_starred else []
        return ", ".join(part for part in parts if part)


class BaseRowPainter(QStyledItemDelegate):
    """Reads a `RowLook` from the first user role."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        look: RowLook = index.data(Qt.ItemDataRole.UserRole)
        line = option.fontMetrics.height()
        if look.is_heading:
            return QSize(0, line + GAP + GAP // 2)
        height = 2 * line + GAP + GAP // 2 if look.note else line + GAP + GAP // 2
        return QSize(0, height + (GAP if look.is_after_line else 0))

    def part_at(self, row: QRect, look: RowLook, where: QPoint) -> Part:
        if look.has_star and _star_rect(row, look).contains(where):
            return Part.STAR
        if look.has_cross and _cross_rect(row).contains(where):
            return Part.CROSS
        return Part.ROW

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        look: RowLook = index.data(Qt.ItemDataRole.UserRole)
        view = self.parent()
        assert isinstance(view, QAbstractItemView)
        is_under_cursor = view.currentIndex() == index
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row = _Row(painter, view, option.rect, look, is_under_cursor)
        row.paint()
        painter.restore()


class _Row:
    """One row being painted."""

    def __init__(
        self, painter: QPainter, view: QWidget, rect: QRect, look: RowLook, is_under_cursor: bool
    ) -> None:
        self._painter = painter
        self._view = view
        self._palette = view.palette()
        self._look = look
        self._rect = rect
        self._is_under_cursor = is_under_cursor

    def paint(self) -> None:
        if self._look.is_after_line:
            y = self._rect.top() + GAP // 2
            self._painter.setPen(self._palette.color(QPalette.ColorRole.Mid))
            self._painter.drawLine(self._rect.left() + GAP, y, self._rect.right() - GAP, y)
            self._rect = self._rect.adjusted(0, GAP, 0, 0)
        if self._is_under_cursor:
            window = self._palette.color(QPalette.ColorRole.Window)
            accent = self._palette.color(QPalette.ColorRole.Accent)
            fill_rounded(self._painter, QRectF(self._rect), mix(window, accent, 0.2), 5)
        self._paint_words()
        self._paint_buttons()

    def _paint_words(self) -> None:
        look = self._look
        text = self._rect.adjusted(GAP, GAP // 2, -GAP, -GAP // 2)
        if look.has_star:
            text.setRight(_star_rect(self._rect, look).left() - GAP // 2)
        if look.is_heading:
            self._line(text.adjusted(0, GAP // 2, 0, 0), look.title, is_quiet=True, is_bold=True)
            return
        mark = "check" if look.is_current else look.icon
        colour = self._palette.color(QPalette.ColorRole.WindowText)
        if mark:
            self._icon(mark, QRect(text.left(), text.top() - 1, ICON_SIZE, ICON_SIZE), colour)
        text.setLeft(text.left() + ICON_SIZE + GAP // 2)
        title = QRect(text.topLeft(), QSize(text.width(), self._metrics_height()))
        self._line(title, look.title, is_quiet=look.is_faded, is_bold=look.is_current)
        if look.note:
            title.moveTop(title.bottom() + 3)
            self._line(title, look.note, is_quiet=True)

    def _paint_buttons(self) -> None:
        look = self._look
        if look.has_star and (look.is_starred or self._is_under_cursor):
            where = _star_rect(self._rect, look)
            star = signal_colour(self._palette, SignalColour.WARNING)
            colour = star if look.is_starred or self._is_hovered(where) else idle(self._palette)
            self._icon("starred" if look.is_starred else "star", _centred(where), colour)
        if look.has_cross and self._is_under_cursor:
            where = _cross_rect(self._rect)
            strong = self._palette.color(QPalette.ColorRole.WindowText)
            colour = strong if self._is_hovered(where) else idle(self._palette)
            self._icon("close", _centred(where), colour)

    def _is_hovered(self, where: QRect) -> bool:
        return where.contains(self._view.mapFromGlobal(QCursor.pos()))

    def _metrics_height(self) -> int:
        return self._view.fontMetrics().height()

    def _line(self, rect: QRect, words: str, *, is_quiet=False, is_bold=False) -> None:
        font = QFont(self._view.font())
        font.setBold(is_bold)
        self._painter.setFont(font)
        strong = self._palette.color(QPalette.ColorRole.WindowText)
        self._painter.setPen(quiet_text(self._palette) if is_quiet else strong)
        metrics = self._painter.fontMetrics()
        elided = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, rect.width())
        self._painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, elided)

    def _icon(self, name: str, rect: QRect, colour) -> None:
        ratio = self._view.devicePixelRatioF()
        self._painter.drawPixmap(rect.topLeft(), pixmap(name, colour, rect.width(), ratio))


def _cross_rect(row: QRect) -> QRect:
    return QRect(row.right() - _BUTTON_PX, row.top(), _BUTTON_PX, row.height())


def _star_rect(row: QRect, look: RowLook) -> QRect:
    rect = _cross_rect(row)
    return rect.translated(-_BUTTON_PX, 0) if look.has_cross else rect


def _centred(rect: QRect) -> QRect:
    where = QRect(0, 0, ICON_SIZE, ICON_SIZE)
    where.moveCenter(rect.center())
    return where
