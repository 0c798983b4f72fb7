"""The status line: a value, and the model that keeps it."""

import msgspec
from PySide6.QtCore import QObject, Signal

from loraviewer.core.memory_plan import MemoryPlan


class StudioStatus(msgspec.Struct, frozen=True):
    """Times are of the picture of the active pane; None before the first, and where it was made
    before. `is_from_store`: that is where it came from. `memory`: how the base weights of the stack
    are kept; None while that is not known. `is_compiled`: a compiled denoiser made it."""

    device: str = ""
    dtype: str = ""
    memory_bytes: int = 0
    merge_ms: float | None = None
    denoise_ms: float | None = None
    is_from_cache: bool = False
    activity: str = ""
    memory: MemoryPlan | None = None
    is_from_store: bool = False
    is_compiled: bool = False


class StatusModel(QObject):
    """Holds one `StudioStatus` and tells of every change."""

    changed = Signal(object)  # StudioStatus

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._status = StudioStatus()

    @property
    def status(self) -> StudioStatus:
        return self._status

    def change(self, **fields: object) -> None:
        status = msgspec.structs.replace(self._status, **fields)
        if status != self._status:
            self._status = status
            self.changed.emit(status)
