"""The row of pictures itself: what mouse and keys ask for. It only asks."""

from PySide6.QtCore import QEvent, QMimeData, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QDrag, QKeyEvent, QMouseEvent, QPixmap, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QSizePolicy, QStyle, QWidget

from loraviewer.bridge.pictures.filmstrip_model import FilmstripModel
from loraviewer.core.stored_picture import StoredPicture
from loraviewer.ui.filmstrip.strip_painter import MARGIN_PX, THUMBNAIL_PX, StripPainter
from loraviewer.ui.widgets.painting import antialiased
from loraviewer.ui.widgets.theme import GAP, quiet_text

PICTURE_MIME = "application/x-loraviewer-picture"
"""What a dragged picture is: its key."""

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOVES = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)


class StripView(QListView):
    """Click or arrow: look; Enter or double click: restore; S or the corner: star; Esc: back."""

    look_wanted = Signal(object)  # StoredPicture
    restore_wanted = Signal(object)  # StoredPicture
    star_wanted = Signal(object)  # StoredPicture whose star is to change
    menu_wanted = Signal(object, QPoint)  # StoredPicture, and a point of the screen
    back_wanted = Signal()
    base_held = Signal(bool)

    def __init__(self, model: FilmstripModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures = model
        self._painter = StripPainter(self)
        self._pressed = QModelIndex()
        self.setModel(model)
        self.setItemDelegate(self._painter)
        self.setAccessibleName(self.tr("Filmstrip"))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setDragEnabled(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.viewport().setAutoFillBackground(False)
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        self.setFixedHeight(THUMBNAIL_PX + 2 * MARGIN_PX + bar)

    @property
    def looked_at(self) -> str:
        """The key of the picture that is shown large, "" for none."""
        return self._painter.looked_at

    def set_looked_at(self, key: str) -> None:
        self._painter.looked_at = key
        self.viewport().update()

    def current(self) -> StoredPicture | None:
        return self._pictures.picture(self.currentIndex())

    def take_focus(self) -> None:
        """The keyboard to the newest picture, or to where it was."""
        if self.current() is None:
            first = next((r for r in range(self._pictures.rowCount()) if self._at(r)), -1)
            self.setCurrentIndex(self._pictures.index(first, 0))
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # -- keys -----------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        # Else they are the window's: Esc stops what is being rendered.
        is_asked = event.type() == QEvent.Type.ShortcutOverride
        if is_asked and isinstance(event, QKeyEvent) and self._is_taken(event):
            event.accept()
            return True
        return super().event(event)

    def _is_taken(self, event: QKeyEvent) -> bool:
        return not event.modifiers() and self._takes(Qt.Key(event.key()))

    def _takes(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape:
            return bool(self.looked_at)
        return key in _MOVES or key in _ENTER or key == Qt.Key.Key_S

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, current = Qt.Key(event.key()), self.current()
        if not self._is_taken(event):
            self._hold_base(event, True)
            event.ignore()
        elif key in _MOVES:
            super().keyPressEvent(event)
            if self.current() not in (None, current):
                self.look_wanted.emit(self.current())
        elif key == Qt.Key.Key_Escape:
            self.back_wanted.emit()
        elif current is not None and key in _ENTER:
            self.restore_wanted.emit(current)
        elif current is not None:
            self.star_wanted.emit(current)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._hold_base(event, False)
        event.ignore()

    def _hold_base(self, event: QKeyEvent, on: bool) -> None:
        """The window shows the base; what lies over it steps aside."""
        if event.key() == Qt.Key.Key_B and not event.modifiers() and not event.isAutoRepeat():
            self.base_held.emit(on)

    # -- the mouse ------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = self.indexAt(event.position().toPoint())
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        where = event.position().toPoint()
        index, pressed = self.indexAt(where), self._pressed
        self._pressed = QModelIndex()
        picture = self._pictures.picture(index)
        if event.button() is not Qt.MouseButton.LeftButton or picture is None or index != pressed:
            return
        if self._painter.is_on_star(self.visualRect(index), where):
            self.star_wanted.emit(picture)
        elif picture.key == self.looked_at:
            self.back_wanted.emit()
        else:
            self.look_wanted.emit(picture)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        where = event.position().toPoint()
        index = self.indexAt(where)
        picture = self._pictures.picture(index)
        self._pressed = QModelIndex()  # the release that follows is no click
        if event.button() is not Qt.MouseButton.LeftButton or picture is None:
            return
        if not self._painter.is_on_star(self.visualRect(index), where):
            self.restore_wanted.emit(picture)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self.viewport().update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        is_by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if is_by_mouse else self.currentIndex()
        picture = self._pictures.picture(index)
        if picture is not None:
            centre = self.viewport().mapToGlobal(self.visualRect(index).center())
            self.menu_wanted.emit(picture, event.globalPos() if is_by_mouse else centre)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A wheel that only turns up and down goes along the row."""
        way, bar = event.angleDelta(), self.horizontalScrollBar()
        if way.x():
            super().wheelEvent(event)
            return
        bar.setValue(bar.value() - round(way.y() * THUMBNAIL_PX / 120))
        event.accept()

    def startDrag(self, _: Qt.DropAction) -> None:
        picture = self._pictures.picture(self._pressed)
        if picture is None:
            return
        data = QMimeData()
        data.setData(PICTURE_MIME, picture.key.encode())
        drag = QDrag(self)
        drag.setMimeData(data)
        small = self._pressed.data(Qt.ItemDataRole.DecorationRole)
        drag.setPixmap(QPixmap.fromImage(small).scaledToHeight(THUMBNAIL_PX))
        self._pressed = QModelIndex()
        drag.exec(Qt.DropAction.CopyAction)

    # -- painting -------------------------------------------------------------------------

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if not self._pictures.rowCount():
            painter = antialiased(self.viewport())
            painter.setPen(quiet_text(self.palette()))
            inside = self.viewport().rect().adjusted(GAP, 0, -GAP, 0)
            words = self.tr("Finished pictures come here; Enter on one brings back what made it.")
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(inside, flags, words)
            painter.end()

    def _at(self, row: int) -> StoredPicture | None:
        return self._pictures.picture(self._pictures.index(row, 0))
