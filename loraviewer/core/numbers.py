"""Numbers as people type them, and as sentences, captions and fields write them.

Only the digits 0 … 9 count: Python's own `float` and `int` also read `1_000` and digits of other
scripts, and `str.isdigit` is true of “²”, which `int` then refuses.
"""

import math
import re

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[0-9]{1,40}")
_SIZE = re.compile(r"([0-9]{1,9})\s*[x×X*,\s]\s*([0-9]{1,9})")
_WRITTEN_OUT = 1e15
"""From here on a number is written with an exponent."""


def read_decimal(text: str) -> float | None:
    """With a point or a comma, a hyphen or a typographic minus; None for all but finite numbers.
    Zero has no sign."""
    plain = text.strip().replace("−", "-")
    if not _DECIMAL.fullmatch(plain):
        return None
    value = float(plain.replace(",", "."))
    return value + 0.0 if math.isfinite(value) else None


def read_whole(text: str) -> int | None:
    """A whole number without a sign."""
    plain = text.strip()
    return int(plain) if _WHOLE.fullmatch(plain) else None


def read_size(text: str) -> tuple[int, int] | None:
    """Reads "640x480", "640×480" or "640 480"."""
    match = _SIZE.fullmatch(text.strip())
    return (int(match[1]), int(match[2])) if match else None


def short_number(value: float, digits: int = 4) -> str:
    """As short as the number allows, with so many digits after the point: 0.8, 1, -0.25, 1e20.
    What is not zero never reads as zero."""
    if not _fits(value, digits):
        return _long(value)
    text = _rounded(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text  # 90 is not 9


def padded_number(value: float, least: int = 2) -> str:
    """With `least` digits after the point or all that it has, up to fifteen figures in all: 0.80,
    15.00, 3.14159, 1e20."""
    exact, rounded = repr(value + 0.0), f"{value + 0.0:.15g}"
    # The largest of all numbers would be rounded to infinity.
    text = min(exact, rounded, key=len) if math.isfinite(float(rounded)) else exact
    number, e, exponent = text.partition("e")
    if e:
        return f"{number}e{int(exponent)}"
    whole, _, part = number.partition(".")
    decimals = part.rstrip("0").ljust(least, "0")
    return f"{whole}.{decimals}" if decimals else whole


def brief_number(value: float) -> str:
    """All of the number, with an exponent where that is shorter: 1e9, 1234567.25."""
    mantissa, e, exponent = f"{value + 0.0:.5e}".partition("e")
    brief = f"{mantissa.rstrip('0').rstrip('.')}{e}{int(exponent)}"
    whole = padded_number(value)
    return min(whole, brief, key=len) if float(brief) == value else whole


def _fits(value: float, digits: int) -> bool:
    return value == 0.0 or (abs(value) < _WRITTEN_OUT and float(f"{value:.{digits}f}") != 0.0)


def _rounded(value: float, digits: int) -> str:
    return f"{value + 0.0:.{digits}f}"


def _long(value: float) -> str:
    """Whichever is shorter of the number itself and six figures of it, without e+09 and e-05."""
    text = min(repr(value), f"{value:.6g}", key=len)
    number, e, exponent = text.partition("e")
    return f"{number}e{int(exponent)}" if e else number
