"""Letting something of this window go over a pane, which is marked until then."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from loraviewer.ui.filmstrip.strip_view import PICTURE_MIME
from loraviewer.ui.panes.compare_view import CompareView
from loraviewer.ui.panes.image_pane import ImagePane

_HOVERS = (QEvent.Type.DragEnter, QEvent.Type.DragMove)


class PaneDrops(QObject):
    """Takes what is of one sort only; whatever else is dragged over the panes is the window's."""

    dropped = Signal(str, str)  # what it is, as its mime data says, and the id of the pane

    def __init__(
        self,
        compare: CompareView,
        parent: QWidget,
        mime: str = PICTURE_MIME,
        stand_ins: Sequence[QWidget] = (),
    ) -> None:
        """stand_ins: parts of the window where it is let go for the active pane."""
        super().__init__(parent)
        self._compare = compare
        self._mime = mime
        self._stand_ins = tuple(stand_ins)
        self._window: QWidget | None = None

    def watch(self, window: QWidget) -> None:
        """What is dragged over a window that takes drops."""
        if window is not self._window:
            self._window = window
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DragLeave:
            self._mark(None)
        if not isinstance(event, QDropEvent) or not event.mimeData().hasFormat(self._mime):
            return False
        pane = self._pane_at(event.position().toPoint())
        if event.type() in _HOVERS:
            self._mark(pane)
            # A drag that is refused once is not heard of again.
            event.acceptProposedAction()
            return True
        return event.type() == QEvent.Type.Drop and self._drop(event, pane)

    def _drop(self, event: QDropEvent, pane: ImagePane | None) -> bool:
        self._mark(None)
        event.acceptProposedAction()
        if pane is not None:
            data = bytes(event.mimeData().data(self._mime).data())
            self.dropped.emit(data.decode("utf-8", "surrogateescape"), pane.pane_id)
        return True

    def _pane_at(self, where: QPoint) -> ImagePane | None:
        """A point of the window."""
        assert self._window is not None
        inside = self._compare.mapFrom(self._window, where)
        panes = self._compare.shown()
        under = next((pane for pane in panes if pane.geometry().contains(inside)), None)
        return self._compare.active if under is None and self._is_on_stand_in(where) else under

    def _is_on_stand_in(self, where: QPoint) -> bool:
        window = self._window
        assert window is not None
        return any(w.rect().contains(w.mapFrom(window, where)) for w in self._stand_ins)

    def _mark(self, target: ImagePane | None) -> None:
        for pane in self._compare.shown():
            pane.view.set_marked(pane is target)
