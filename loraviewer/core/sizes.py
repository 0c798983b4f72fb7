"""Amounts of memory, as sentences and the window write them."""

from loraviewer.core.sentences import say

_UNITS = ("B", "KB", "MB", "GB", "TB")


def bytes_text(count: int) -> str:
    """Three figures at most: 24 MB, 1.2 GB."""
    unit = _unit_of(count)
    return f"{_in_unit(count, unit)} {_UNITS[unit]}"


def bytes_of_text(done: int, total: int) -> str:
    """Both in the unit of the total: 1.2 of 3.4 GB."""
    unit = _unit_of(total)
    return say(
        "{done} of {total} {unit}",
        done=_in_unit(done, unit),
        total=_in_unit(total, unit),
        unit=_UNITS[unit],
    )


def _unit_of(count: int) -> int:
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count, unit = count // 1000, unit + 1
    return unit


def _in_unit(count: int, unit: int) -> str:
    value = count / 1000**unit
    digits = 1 if unit >= _UNITS.index("GB") and value < 100 else 0
    return f"{value:.{digits}f}"
