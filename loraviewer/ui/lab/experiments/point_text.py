"""Points of an axis as people type them: “0 to 2 in 9”, or numbers between commas."""

import re

from PySide6.QtCore import QCoreApplication

from loraviewer.core.experiments.sweep import evenly
from loraviewer.core.numbers import read_decimal, read_whole, short_number
from loraviewer.core.sentences import say

_MOST = 1000
_EVENLY = "{first} to {last} in {count}"
_DIGITS = 6


def read_points(text: str) -> tuple[float, ...]:
    """Raises `ValueError` with one sentence."""
    ways = map(_read_as, (_evenly_words(), _EVENLY))
    found = next(filter(None, (way.fullmatch(text.strip()) for way in ways)), None)
    if found is None:
        return read_decimals(text)
    first, last = read_decimal(found[1]), read_decimal(found[2])
    count = read_whole(found[3])
    if first is None or last is None or count is None or not 1 <= count <= _MOST:
        raise ValueError(say("“{text}” says no points; write them as “0 to 2 in 9”.", text=text))
    return evenly(first, last, count)


def read_decimals(text: str) -> tuple[float, ...]:
    """Between commas or blanks; between semicolons, where a comma may begin decimals. Raises
    `ValueError` with one sentence."""
    between = r"[;\s]+" if ";" in text else r"[,\s]+"
    parts = [part for part in re.split(between, text.strip()) if part]
    numbers = [read_decimal(part) for part in parts]
    if None in numbers:
        raise ValueError(say("“{text}” is no list of numbers; write it as 0.5, 1, 2.", text=text))
    return tuple(number for number in numbers if number is not None)


def points_text(points: tuple[float, ...]) -> str:
    """As short as `read_points` understands it."""
    if len(points) > 3 and points == evenly(points[0], points[-1], len(points)):
        first, last = (short_number(end, _DIGITS) for end in (points[0], points[-1]))
        return _evenly_words().format(first=first, last=last, count=len(points))
    return ", ".join(short_number(point, _DIGITS) for point in points)


def _evenly_words() -> str:
    return QCoreApplication.translate("PointText", "{first} to {last} in {count}")


def _read_as(pattern: str) -> re.Pattern[str]:
    """pattern: of the first, the last and how many there are, in this order."""
    words = pattern.format(first="(.+?)", last="(.+?)", count=r"(\d+)")
    return re.compile(words.replace(" ", r"\s+"))


def whole_text(numbers: tuple[int, ...]) -> str:
    """Of seeds and depths: “1-8”, or “1, 2, 4”."""
    if len(numbers) > 2 and numbers == tuple(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]}-{numbers[-1]}"
    return ", ".join(map(str, numbers))
