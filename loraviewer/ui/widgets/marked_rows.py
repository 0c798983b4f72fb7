"""How a row of a plain list looks of which one is the state that is there now."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from loraviewer.ui.widgets.painting import draw_focus_ring, fill_rounded
from loraviewer.ui.widgets.theme import GAP, mix, quiet_text

Index = QModelIndex | QPersistentModelIndex

_DOT_PX = 3.5
_TEXT_LEFT = 3 * GAP
_CORNER = 5


class MarkedRows(QStyledItemDelegate):
    """One line each, marked with a dot where `marks` says so, quiet where `fades` does. A row that
    can be edited is edited in its place."""

    def __init__(self, view: QListView, *, longest: int = 32_767) -> None:
        """longest: characters that may be typed into a row."""
        super().__init__(view)
        self._view = view
        self._longest = longest
        view.setItemDelegate(self)
        view.setFrameShape(QListView.Shape.NoFrame)
        view.setUniformItemSizes(True)
        view.setMouseTracking(True)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        # Rows lie on the window, not on the white of an item view.
        view.viewport().setAutoFillBackground(False)

    def marks(self, index: Index) -> bool:
        """Whether it is the state that is there now."""
        return False

    def fades(self, index: Index) -> bool:
        return False

    def words(self, index: Index) -> str:
        """What is read in the row."""
        return str(index.data())

    @property
    def row_height(self) -> int:
        return self._view.fontMetrics().height() + GAP

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, self.row_height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        palette, row = self._view.palette(), QRectF(_rect(option)).adjusted(1, 1, -1, -1)
        accent = palette.color(QPalette.ColorRole.Accent)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_marked = self.marks(index)
        if is_marked:
            ground = mix(palette.color(QPalette.ColorRole.Window), accent, 0.2)
            fill_rounded(painter, row, ground, _CORNER)
            fill_rounded(painter, _dot(row), accent, _DOT_PX)
        elif _is_hovered(option):
            fill_rounded(painter, row, palette.color(QPalette.ColorRole.Midlight), _CORNER)
        if self._view.hasFocus() and self._view.currentIndex() == index:
            draw_focus_ring(painter, row, palette, _CORNER)
        text = palette.color(QPalette.ColorRole.WindowText)
        painter.setPen(quiet_text(palette) if self.fades(index) else text)
        place = _text_rect(_rect(option))
        words = self._view.fontMetrics().elidedText(
            self.words(index), Qt.TextElideMode.ElideRight, place.width()
        )
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        line = QLineEdit(parent)
        line.setMaxLength(self._longest)
        line.setAcceptDrops(False)  # files dropped here belong to the window
        line.setAccessibleName(self.tr("Name"))
        return line

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        editor.setGeometry(_text_rect(_rect(option)).adjusted(-GAP // 2, 0, GAP // 2, 0))


def _rect(option: QStyleOptionViewItem) -> QRect:
    # PySide's stubs leave out the fields of style options.
    return option.rect  # pyright: ignore[reportAttributeAccessIssue]


def _is_hovered(option: QStyleOptionViewItem) -> bool:
    state = option.state  # pyright: ignore[reportAttributeAccessIssue]
    return bool(state & QStyle.StateFlag.State_MouseOver)


def _text_rect(row: QRect) -> QRect:
    return row.adjusted(_TEXT_LEFT, 0, -GAP, 0)


def _dot(row: QRectF) -> QRectF:
    centre = QPointF(row.left() + 1.5 * GAP, row.center().y())
    return QRectF(centre.x() - _DOT_PX, centre.y() - _DOT_PX, 2 * _DOT_PX, 2 * _DOT_PX)
