"""Numbers with units, as the window writes them."""

_UNITS = ("B", "KB", "MB", "GB", "TB")


def bytes_text(count: int) -> str:
    """Three figures at most: 24 MB, 1.2 GB."""
    unit = _unit_of(count)
    return f"{_in_unit(count, unit)} {_UNITS[unit]}"


def bytes_of_text(done: int, total: int) -> str:
    """Both in the unit of the total: 1.2 of 3.4 GB."""
    unit = _unit_of(total)
    return f"{_in_unit(done, unit)} of {_in_unit(total, unit)} {_UNITS[unit]}"


def _unit_of(count: int) -> int:
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count, unit = count // 1000, unit + 1
    return unit


def _in_unit(count: int, unit: int) -> str:
    value = count / 1000**unit
    digits = 1 if unit >= _UNITS.index("GB") and value < 100 else 0
    return f"{value:.{digits}f}"


def duration_text(milliseconds: float) -> str:
    """4 ms, 610 ms, 12.3 s."""
    if milliseconds < 9_995:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / 1000:.1f} s"


def share_text(share: float) -> str:
    """A share of 0 … 1 in percent, that never rounds a part to nothing or to all."""
    percent = share * 100
    if percent <= 0.0 or percent >= 100.0:
        return f"{max(0.0, min(100.0, percent)):.0f} %"
    if percent < 0.1:
        return "< 0.1 %"
    if percent > 99.9:
        return "> 99.9 %"
    digits = 0 if 1.0 <= percent <= 99.0 else 1
    return f"{percent:.{digits}f} %"
