"""What the prompt bar holds, shared by all panes."""

from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from loraviewer.bridge.commands import SwapValue
from loraviewer.core.request import Sampling


class PromptModel(QObject):
    """Holds one `Sampling` value; every change of it is one undo step."""

    sampling_changed = Signal(object)  # Sampling

    def __init__(self, undo_stack: QUndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._undo_stack = undo_stack
        self._sampling = Sampling()

    @property
    def sampling(self) -> Sampling:
        return self._sampling

    def change(self, **fields: Any) -> None:
        """New values for some fields; equal values are no step."""
        changed = msgspec.structs.replace(self._sampling, **fields)
        if changed == self._sampling:
            return
        text = self.tr("Change of {}").format(", ".join(name.replace("_", " ") for name in fields))
        self._undo_stack.push(SwapValue(text, self._install, self._sampling, changed))

    def reset(self, sampling: Sampling) -> None:
        """Install values without an undo step (start-up, restored sessions)."""
        self._install(sampling)

    def _install(self, sampling: Sampling) -> None:
        if sampling != self._sampling:
            self._sampling = sampling
            self.sampling_changed.emit(sampling)
