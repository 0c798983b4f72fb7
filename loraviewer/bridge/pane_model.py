"""The states of the panes: one frozen value each, changed in one place, announced by one signal."""

from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from loraviewer.core.pane import PaneId, PaneState

PANE_IDS: tuple[PaneId, ...] = ("base", "current")


class PaneModel(QObject):
    """Holds a `PaneState` per pane and tells of every change."""

    pane_changed = Signal(object)  # PaneState

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._panes: dict[PaneId, PaneState] = {p: PaneState(pane_id=p) for p in PANE_IDS}

    def pane(self, pane_id: PaneId) -> PaneState:
        return self._panes[pane_id]

    def change(self, pane_id: PaneId, **fields: Any) -> None:
        state = msgspec.structs.replace(self._panes[pane_id], **fields)
        if state != self._panes[pane_id]:
            self._panes[pane_id] = state
            self.pane_changed.emit(state)

    def settle_idle(self, pane_id: PaneId, **fields: Any) -> None:
        """The pane's job is over: no progress, no partial picture."""
        self.change(pane_id, is_busy=False, step=0, steps=0, preview=None, **fields)
