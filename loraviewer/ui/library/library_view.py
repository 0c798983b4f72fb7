"""The list of the library's files itself: what mouse and keys ask for. It only asks."""

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QMimeData,
    QPoint,
    QSize,
    Qt,
    QUrl,
    Signal,
    Slot,
)
from PySide6.QtGui import QContextMenuEvent, QDrag, QImage, QKeyEvent, QMouseEvent, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QFrame, QWidget

from loraviewer.bridge.library.library_list import LibraryList
from loraviewer.ui.library.library_painter import LibraryPainter
from loraviewer.ui.widgets.even_view import EvenView
from loraviewer.ui.widgets.painting import antialiased
from loraviewer.ui.widgets.theme import GAP, quiet_text

LIBRARY_MIME = "application/x-loraviewer-library"
"""What dragged files are: their paths, with a zero between two."""

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_OWN = (*_ENTER, Qt.Key.Key_S, Qt.Key.Key_N, Qt.Key.Key_Space)
_MOVES = (
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down),
    *(Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown),
)
_MOST_DRAGGED = 200
_DRAGGED_PX = 64


class LibraryView(EvenView):
    """Enter or double click: add; S or the corner: star; N: note; Space: preview."""

    add_wanted = Signal(object)  # paths
    star_wanted = Signal(object)  # paths
    note_wanted = Signal(str)
    menu_wanted = Signal(object, QPoint)  # paths, and a point of the screen
    search_wanted = Signal()
    preview_wanted = Signal()  # or no longer
    hovered = Signal(str)  # path of the file under the mouse, "" for none

    def __init__(self, files: LibraryList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files = files
        self._painter = LibraryPainter(self)
        self._empty = ""
        self._hovered = ""
        self._kept: tuple[list[str], str, int] = ([], "", 0)
        self.setModel(files)
        self.setItemDelegate(self._painter)
        self.setAccessibleName(self.tr("Files of the library"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setDragEnabled(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.viewport().setAutoFillBackground(False)
        self.setMouseTracking(True)
        files.modelAboutToBeReset.connect(self._keep_place)
        files.replaced.connect(self._restore_place)

    @property
    def is_grid(self) -> bool:
        return self._painter.is_grid

    def set_grid(self, on: bool) -> None:
        """Pictures beside each other, or rows."""
        if on == self._painter.is_grid:
            return
        self._painter.is_grid = on
        self.updateGeometries()
        self.scrollTo(self.currentIndex())
        self.viewport().update()

    def say_empty(self, words: str) -> None:
        """What stands there while no row does."""
        self._empty = words
        self.setAccessibleDescription("" if self._files.rowCount() else words)
        self.viewport().update()

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 90)

    def take_focus(self) -> None:
        """The keyboard to the first row, or to where it was."""
        if not self.currentIndex().isValid() and self._files.rowCount():
            self.setCurrentIndex(self._files.index(0))
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def chosen(self) -> list[str]:
        """Paths of the selected rows, in their order."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        return [self._files.path(row) for row in rows]

    # -- keys -----------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        is_asked = event.type() == QEvent.Type.ShortcutOverride
        if is_asked and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        return super().event(event)

    def _is_own(self, event: QKeyEvent) -> bool:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        is_all = event.key() == Qt.Key.Key_A and event.modifiers() == _CTRL
        return is_all or (plain and event.key() in _OWN)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, chosen = Qt.Key(event.key()), self.chosen()
        if key == Qt.Key.Key_A and self._is_own(event):
            self.selectAll()
        elif self._is_own(event):
            self._act(key, chosen)
        elif key == Qt.Key.Key_Up and self.currentIndex().row() <= 0 and not event.modifiers():
            self.search_wanted.emit()
        elif key in _MOVES:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def _act(self, key: Qt.Key, chosen: list[str]) -> None:
        if key == Qt.Key.Key_Space:
            self.preview_wanted.emit()
            return
        if not chosen:
            return
        if key in _ENTER:
            self.add_wanted.emit(chosen)
        elif key == Qt.Key.Key_S:
            self.star_wanted.emit(chosen)
        else:
            self.note_wanted.emit(self._files.path(self.currentIndex().row()))

    # -- the mouse ------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        is_free = event.buttons() == Qt.MouseButton.NoButton
        self._hover(self._files.path(index.row()) if is_free and index.isValid() else "")

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover("")

    def wheelEvent(self, event) -> None:
        super().wheelEvent(event)
        self._hover("")

    def _hover(self, path: str) -> None:
        if path != self._hovered:
            self._hovered = path
            self.hovered.emit(path)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        where = event.position().toPoint()
        index = self.indexAt(where)
        is_left = event.button() is Qt.MouseButton.LeftButton
        if is_left and index.isValid() and self._is_on_star(index, where):
            self.star_wanted.emit([self._files.path(index.row())])
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        where = event.position().toPoint()
        index = self.indexAt(where)
        is_left = event.button() is Qt.MouseButton.LeftButton
        if is_left and index.isValid() and not self._is_on_star(index, where):
            self.add_wanted.emit([self._files.path(index.row())])

    def _is_on_star(self, index, where: QPoint) -> bool:
        return self._painter.is_on_star(self.visualRect(index).adjusted(1, 1, -1, -1), where)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        is_by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if is_by_mouse else self.currentIndex()
        if not index.isValid():
            return
        if not self.selectionModel().isSelected(index):
            self.setCurrentIndex(index)
        centre = self.viewport().mapToGlobal(self.visualRect(index).center())
        self.menu_wanted.emit(self.chosen(), event.globalPos() if is_by_mouse else centre)

    def startDrag(self, _: Qt.DropAction) -> None:
        paths = self.chosen()[:_MOST_DRAGGED]
        if not paths:
            return
        drag = QDrag(self)
        drag.setMimeData(mime_of(paths))
        small = self.currentIndex().data(Qt.ItemDataRole.DecorationRole)
        if isinstance(small, QImage) and not small.isNull():
            drag.setPixmap(QPixmap.fromImage(small).scaledToHeight(_DRAGGED_PX))
        drag.exec(Qt.DropAction.CopyAction)

    # -- other rows -----------------------------------------------------------------------

    @Slot()
    def _keep_place(self) -> None:
        current = self.currentIndex()
        path = self._files.path(current.row()) if current.isValid() else ""
        self._kept = (self.chosen(), path, self.verticalScrollBar().value())

    @Slot()
    def _restore_place(self) -> None:
        """What is still listed stays selected; without a selection the list begins at its top."""
        chosen, current, scrolled = self._kept
        row = self._files.row_of(current)
        if row < 0:
            self.scrollToTop()
            return
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(self._files.index(row), flags.NoUpdate)
        for path in chosen:
            if (found := self._files.row_of(path)) >= 0:
                self.selectionModel().select(self._files.index(found), flags.Select)
        self.verticalScrollBar().setValue(scrolled)

    # -- painting -------------------------------------------------------------------------

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if self._files.rowCount() or not self._empty:
            return
        painter = antialiased(self.viewport())
        painter.setPen(quiet_text(self.palette()))
        inside = self.viewport().rect().adjusted(GAP, 2 * GAP, -GAP, 0)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(inside, flags, self._empty)
        painter.end()


_CTRL = Qt.KeyboardModifier.ControlModifier


def mime_of(paths: list[str]) -> QMimeData:
    """For this window, and as files for other programs."""
    data = QMimeData()
    data.setData(LIBRARY_MIME, "\0".join(paths).encode("utf-8", "surrogateescape"))
    data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return data
