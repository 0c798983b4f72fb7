"""The status line as a value."""

import msgspec

from loraviewer.core.memory_plan import MemoryPlan


class StudioStatus(msgspec.Struct, frozen=True):
    """Times are of the last picture that was really rendered; None before the first. `memory`: how
    the base weights of the stack are kept; None while that is not known."""

    device: str = ""
    dtype: str = ""
    memory_bytes: int = 0
    merge_ms: float | None = None
    denoise_ms: float | None = None
    activity: str = ""
    memory: MemoryPlan | None = None
