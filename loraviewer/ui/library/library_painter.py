"""How a file of the library looks: as a row of three lines, or as a picture with its name."""

from PySide6.QtCore import (
    QEvent,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from loraviewer.bridge.library.library_list import ENTRY_ROLE, IN_STACK_ROLE
from loraviewer.core.library.entries import LibraryEntry
from loraviewer.ui.library.library_words import facts_line, reason_words, tip, words_line
from loraviewer.ui.widgets.icons import pixmap
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import draw_focus_ring, draw_selected, fill_rounded
from loraviewer.ui.widgets.picture_cells import (
    MARK_PX,
    ON_PICTURE,
    Index,
    draw_behind,
    draw_cut,
    draw_ground,
    draw_star,
    is_pointed_at,
    shown_image,
    smooth,
    star_in,
)
from loraviewer.ui.widgets.theme import (
    GAP,
    RADIUS,
    SignalColour,
    idle,
    mix,
    quiet_text,
    signal_colour,
)

CELL_PX = 116
_LINES = 3


class LibraryPainter(QStyledItemDelegate):
    """`is_grid`: pictures beside each other instead of rows."""

    is_grid = False

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line = option.fontMetrics.lineSpacing()
        if self.is_grid:
            return QSize(CELL_PX, CELL_PX + line + GAP // 2)
        return QSize(0, _LINES * line + GAP + 2)

    def is_on_star(self, cell: QRect, where: QPoint) -> bool:
        return self._star_rect(cell).adjusted(-5, -5, 5, 5).contains(where)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view, entry = self.parent(), index.data(ENTRY_ROLE)
        assert isinstance(view, QAbstractItemView)
        cell = option.rect.adjusted(1, 1, -1, -1)
        with smooth(painter):
            self._paint_ground(painter, view, option, index, cell)
            image = shown_image(index.data(Qt.ItemDataRole.DecorationRole))
            self._paint_picture(painter, view.palette(), self._picture_rect(cell), entry, image)
            if isinstance(entry, LibraryEntry):
                self._paint_words(painter, view.palette(), option, cell, entry)
                self._paint_marks(painter, view, index, cell, entry)

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        entry = index.data(ENTRY_ROLE)
        if event.type() != QEvent.Type.ToolTip or not isinstance(entry, LibraryEntry):
            return super().helpEvent(event, view, option, index)
        words = tip(entry, bool(index.data(IN_STACK_ROLE)))
        QToolTip.showText(event.globalPos(), plain_tip(words), view)
        return True

    # -- parts ----------------------------------------------------------------------------

    def _paint_ground(
        self,
        painter: QPainter,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: Index,
        cell: QRect,
    ) -> None:
        palette, around = view.palette(), QRectF(cell)
        if option.state & QStyle.StateFlag.State_MouseOver:
            hovered = mix(
                palette.color(QPalette.ColorRole.Window),
                palette.color(QPalette.ColorRole.Midlight),
                0.6,
            )
            fill_rounded(painter, around, hovered, RADIUS)
        if option.state & QStyle.StateFlag.State_Selected:
            draw_selected(painter, around, palette, RADIUS)
        if view.currentIndex() == index and view.hasFocus():
            draw_focus_ring(painter, around, palette, RADIUS)

    def _paint_picture(
        self,
        painter: QPainter,
        palette: QPalette,
        place: QRect,
        entry: object,
        image: QImage | None,
    ) -> None:
        around = QRectF(place)
        draw_ground(painter, around, palette, RADIUS - 2)
        if image is not None:
            draw_cut(painter, image, around, _square_of(image), around, RADIUS - 2)
        elif isinstance(entry, LibraryEntry):
            name, colour = "file", idle(palette)
            if entry.sort == "unreadable":
                name, colour = "warning", signal_colour(palette, SignalColour.WARNING)
            side = 18 if place.width() < 80 else 32
            drawn = pixmap(name, colour, side, painter.device().devicePixelRatio())
            corner = place.center() - QPoint(side // 2 - 1, side // 2 - 1)
            painter.drawPixmap(corner, drawn)

    def _paint_words(
        self,
        painter: QPainter,
        palette: QPalette,
        option: QStyleOptionViewItem,
        cell: QRect,
        entry: LibraryEntry,
    ) -> None:
        metrics, line = option.fontMetrics, option.fontMetrics.lineSpacing()
        text = palette.color(QPalette.ColorRole.WindowText)
        if self.is_grid:
            place = QRect(cell.left() + 3, cell.bottom() - line - 1, cell.width() - 6, line)
            self._draw_line(painter, option, place, text, entry.name, is_centred=True)
            return
        picture = self._picture_rect(cell)
        left = picture.right() + GAP
        marks = 2 * (MARK_PX + 6)
        first = QRect(left, cell.top() + GAP // 2, cell.right() - left - marks, line)
        self._draw_line(painter, option, first, text, entry.name)
        second = QRect(left, first.bottom() + 1, cell.right() - left - GAP, line)
        if entry.sort == "unreadable":
            place = second.adjusted(0, 0, 0, line)
            painter.setPen(signal_colour(palette, SignalColour.WARNING))
            flags = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
            room = 2 * second.width() - metrics.averageCharWidth() * 8
            told = metrics.elidedText(reason_words(entry), Qt.TextElideMode.ElideRight, room)
            painter.drawText(place, flags, told)
            return
        quiet = quiet_text(palette)
        self._draw_line(painter, option, second, quiet, facts_line(entry))
        third = second.translated(0, line)
        self._draw_line(painter, option, third, quiet, words_line(entry))

    def _draw_line(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        place: QRect,
        colour: QColor,
        words: str,
        *,
        is_centred: bool = False,
    ) -> None:
        told = option.fontMetrics.elidedText(words, Qt.TextElideMode.ElideRight, place.width())
        painter.setPen(colour)
        way = Qt.AlignmentFlag.AlignHCenter if is_centred else Qt.AlignmentFlag.AlignLeft
        painter.drawText(place, way | Qt.AlignmentFlag.AlignVCenter, told)

    def _paint_marks(
        self,
        painter: QPainter,
        view: QAbstractItemView,
        index: Index,
        cell: QRect,
        entry: LibraryEntry,
    ) -> None:
        """A star, also where it could be clicked, and a tick for what is in the stack."""
        palette, ratio = view.palette(), view.devicePixelRatioF()
        star = self._star_rect(cell)
        is_starred = entry.note.is_favourite
        if is_starred or is_pointed_at(view, index):
            self._back(painter, star)
            colour = self._mark_colour(palette)
            draw_star(painter, star, colour, ratio, is_starred=is_starred)
        if index.data(IN_STACK_ROLE):
            tick = star.translated(-(MARK_PX + 6), 0)
            if self.is_grid:
                tick.moveLeft(self._picture_rect(cell).left() + 5)
            self._back(painter, tick)
            fine = signal_colour(palette, SignalColour.FINE)
            colour = ON_PICTURE if self.is_grid else fine
            painter.drawPixmap(tick.topLeft(), pixmap("check", colour, MARK_PX, ratio))

    def _back(self, painter: QPainter, mark: QRect) -> None:
        if self.is_grid:
            draw_behind(painter, mark)

    def _mark_colour(self, palette: QPalette) -> QColor:
        return ON_PICTURE if self.is_grid else idle(palette)

    def _picture_rect(self, cell: QRect) -> QRect:
        if self.is_grid:
            side = cell.width() - 6
            return QRect(cell.left() + 3, cell.top() + 3, side, side)
        side = cell.height() - GAP
        return QRect(cell.left() + GAP // 2, cell.top() + GAP // 2, side, side)

    def _star_rect(self, cell: QRect) -> QRect:
        if self.is_grid:
            return star_in(self._picture_rect(cell))
        return QRect(cell.right() - MARK_PX - 5, cell.top() + 5, MARK_PX, MARK_PX)


def _square_of(image: QImage) -> QRectF:
    """The middle of a picture; of a high one its upper part, where faces are."""
    side = min(image.width(), image.height())
    left = (image.width() - side) / 2
    top = (image.height() - side) / 4
    return QRectF(left, top, side, side)
