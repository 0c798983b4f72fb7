"""The status line as a value."""

import msgspec


class StudioStatus(msgspec.Struct, frozen=True):
    """Times are of the last picture that was really rendered; None before the first."""

    device: str = ""
    dtype: str = ""
    memory_bytes: int = 0
    merge_ms: float | None = None
    denoise_ms: float | None = None
    activity: str = ""
