"""Files over the window: where they would land is shown, and nobody's file is ever moved."""

from collections.abc import Callable

from PySide6.QtCore import QMimeData, QObject, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QDragMoveEvent, QDropEvent, QPalette
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.pictures.picture_desk import is_picture
from loraviewer.ui.widgets.painting import antialiased, fill_rounded, outline_rounded
from loraviewer.ui.widgets.theme import RADIUS


class DropPlace(QObject):
    """Takes the drag events of a window. Only copies are taken: whoever offers to move a file would
    delete it afterwards."""

    dropped = Signal(object, bool)
    """A list of paths, and whether they lie on the base's place."""

    def __init__(
        self,
        window: QWidget,
        base: QWidget,
        stack: QWidget,
        picture_place: Callable[[QPoint], QWidget] | None = None,
    ) -> None:
        """picture_place: what takes a picture that is dropped at a point of the window."""
        super().__init__(window)
        self._picture_place = picture_place
        self._window = window
        self._base, self._stack = base, stack
        self._sign = _Sign(window)
        self.where = QPoint()
        """In the window, where files were dropped last."""

    def hover(self, event: QDragMoveEvent) -> None:
        """Coming in, or moving on: take it, and show where it would land."""
        is_taken = bool(event.mimeData().hasUrls() and event.possibleActions() & _COPY)
        if not is_taken:
            event.ignore()
            self.leave()
            return
        event.setDropAction(_COPY)
        event.accept()
        if self._picture_place is not None and _are_pictures(event.mimeData()):
            words = self.tr("Drop to go on from this picture")
            self._show_over(self._picture_place(event.position().toPoint()), words)
        else:
            self._show_sign(self._is_on_base(event))

    def leave(self) -> None:
        self._sign.hide()

    def drop(self, event: QDropEvent) -> None:
        self.leave()
        urls = event.mimeData().urls()
        event.setDropAction(_COPY)
        event.accept()
        self.where = event.position().toPoint()
        paths = [url.toLocalFile() for url in urls if url.isLocalFile()]
        self.dropped.emit(paths, self._is_on_base(event))

    def _is_on_base(self, event: QDropEvent) -> bool:
        where = self._base.mapFrom(self._window, event.position().toPoint())
        return self._base.rect().contains(where)

    def _show_sign(self, is_on_base: bool) -> None:
        place = self._base if is_on_base else self._stack
        words = self.tr("Drop to open it as the base")
        if not is_on_base:
            words = self.tr("Drop to add adapters, or to open a base")
        self._show_over(place, words)

    def _show_over(self, place: QWidget, words: str) -> None:
        corner = place.mapTo(self._window, place.rect().topLeft())
        self._sign.show_over(corner.x(), corner.y(), place.width(), place.height(), words)


_COPY = Qt.DropAction.CopyAction


def _are_pictures(data: QMimeData) -> bool:
    return bool(data.urls()) and all(is_picture(url.fileName()) for url in data.urls())


class _Sign(QWidget):
    """A frame over a part of the window, with words."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._words = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_over(self, x: int, y: int, width: int, height: int, words: str) -> None:
        self._words = words
        self.setAccessibleName(words)
        self.setGeometry(x - 4, y - 4, width + 8, height + 8)
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        accent = self.palette().color(QPalette.ColorRole.Accent)
        ground = QColor(self.palette().color(QPalette.ColorRole.Window))
        ground.setAlphaF(0.94)
        around = QRectF(self.rect())
        fill_rounded(painter, around, ground, RADIUS)
        outline_rounded(painter, around, accent, RADIUS, 2.0)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.rect().adjusted(8, 0, -8, 0), flags, self._words)
        painter.end()
