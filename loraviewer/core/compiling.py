"""How far the compiling of a denoiser is, as plain values for the window."""

import msgspec


class CompileReport(msgspec.Struct, frozen=True, kw_only=True):
    """Of the base that is loaded. `ready`: so many shapes of pictures have a compiled denoiser.
    `waiting`: so many that were asked for have none yet. `is_building`: one of those is under way.
    `problem`: one sentence on why the rest will have none; "" where nothing is wrong. `remark`:
    one on how those that are ready run, where that is not as it should be."""

    ready: int = 0
    waiting: int = 0
    is_building: bool = False
    problem: str = ""
    remark: str = ""
