"""The states of the panes: one frozen value each, changed in one place, announced by one signal."""

from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from loraviewer.core.pane import PaneId, PaneState


class PaneModel(QObject):
    """Holds a `PaneState` per pane and tells of every change. A pane that nothing was said of yet
    is idle and empty."""

    pane_changed = Signal(object)  # PaneState

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._panes: dict[PaneId, PaneState] = {}

    def pane(self, pane_id: PaneId) -> PaneState:
        return self._panes.get(pane_id, PaneState(pane_id=pane_id))

    def panes(self) -> tuple[PaneState, ...]:
        """All that something was said of."""
        return tuple(self._panes.values())

    @property
    def is_busy(self) -> bool:
        """Whether any pane's picture is under way."""
        return any(state.is_busy for state in self._panes.values())

    def change(self, pane_id: PaneId, **fields: Any) -> None:
        before = self.pane(pane_id)
        state = msgspec.structs.replace(before, **fields)
        self._panes[pane_id] = state
        if state != before:
            self.pane_changed.emit(state)

    def forget(self, pane_id: PaneId) -> None:
        """The pane is gone."""
        self._panes.pop(pane_id, None)

    def settle_idle(self, pane_id: PaneId, **fields: Any) -> None:
        """The pane's job is over: no progress, no partial picture."""
        self.change(pane_id, is_busy=False, step=0, steps=0, preview=None, **fields)
