"""The pictures that panes show, by what they are stored under: kept with what is open, so that the
next start shows them long before its base is loaded."""

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.pictures.stored_pictures import StoredPictures
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.core.document import PaneId
from loraviewer.core.outcome import Rendered
from loraviewer.core.pane import PaneState


class ShownPictures(QObject):
    """GUI thread only."""

    changed = Signal()  # a pane shows another settled picture

    def __init__(
        self,
        document: DocumentModel,
        panes: PaneModel,
        stored: StoredPictures,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._panes = panes
        self._stored = stored
        self._last: dict[PaneId, Rendered] = {}
        panes.pane_changed.connect(self._on_pane_changed)

    def keys(self) -> dict[PaneId, str]:
        """Of settled pictures that the store has; empty without a store."""
        if not self._stored.has_store:
            return {}
        states = (self._panes.pane(pane.pane_id) for pane in self._document.document.panes)
        return {
            state.pane_id: self._stored.key(state.shown.request)
            for state in states
            if state.shown is not None and not state.shown.request.is_draft
        }

    def bring_back(self, keys: Mapping[PaneId, str]) -> None:
        """Show them, as outdated until the base is there and says what is to be seen. One that is
        gone is made again."""
        for pane_id, key in keys.items():
            self._stored.read(key, partial(self._on_read, pane_id))

    def _on_read(self, pane_id: PaneId, found: Rendered | None) -> None:
        panes = {pane.pane_id: pane for pane in self._document.document.panes}
        is_free = self._panes.pane(pane_id).shown is None
        if found is not None and pane_id in panes and is_free:
            stack = panes[pane_id].stack
            self._panes.change(pane_id, shown=found, shown_stack=stack, is_outdated=True)

    @Slot(object)
    def _on_pane_changed(self, state: PaneState) -> None:
        shown = state.shown
        if shown is None or shown.request.is_draft or self._last.get(state.pane_id) is shown:
            return
        self._last[state.pane_id] = shown
        self.changed.emit()
