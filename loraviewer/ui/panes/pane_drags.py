"""Dragging a pane by the line above its picture into another place."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Slot

from loraviewer.bridge.document.document_panes import DocumentPanes
from loraviewer.ui.panes.image_pane import ImagePane

if TYPE_CHECKING:
    from loraviewer.ui.panes.compare_view import CompareView


class PaneDrags(QObject):
    """The pane under the pointer is marked; there the dragged one goes, and that one and those
    between close up."""

    def __init__(self, compare: "CompareView", places: DocumentPanes) -> None:
        super().__init__(compare)
        self._compare = compare
        self._places = places

    def watch(self, pane: ImagePane) -> None:
        pane.dragged.connect(self._on_dragged)
        pane.dropped.connect(self._on_dropped)
        pane.drag_cancelled.connect(self._on_cancelled)

    @Slot(QPoint)
    def _on_dragged(self, where: QPoint) -> None:
        self._mark(self._pane_at(where))

    @Slot(QPoint)
    def _on_dropped(self, where: QPoint) -> None:
        dragged, target = self.sender(), self._pane_at(where)
        self._mark(None)
        if isinstance(dragged, ImagePane) and target is not None:
            ids = [pane.pane_id for pane in self._places.document.panes]
            self._places.move(dragged.pane_id, ids.index(target.pane_id))

    @Slot()
    def _on_cancelled(self) -> None:
        self._mark(None)

    def _pane_at(self, where: QPoint) -> ImagePane | None:
        """A point of the screen."""
        inside = self._compare.mapFromGlobal(where)
        panes = self._compare.shown()
        return next((pane for pane in panes if pane.geometry().contains(inside)), None)

    def _mark(self, target: ImagePane | None) -> None:
        for pane in self._compare.shown():
            pane.view.set_marked(pane is target)
