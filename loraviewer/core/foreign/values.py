"""Values in the texts of strangers, whatever type they were written as."""

import json
import math
from typing import Any

_EXACT = 2**53


def parsed_json(text: str) -> Any:
    """None where it is none. Reads Python's `NaN`, too, which other programs write."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # deep nesting, numbers of thousands of digits
        return None


def whole(value: object) -> int | None:
    """A whole number, written as a number or as a text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _EXACT else None
    plain = value.strip() if isinstance(value, str) else ""
    is_number = plain.isascii() and plain.removeprefix("-").isdigit() and len(plain) < 40
    return int(plain) if is_number else None


def number(value: object) -> float | None:
    """A finite number, written as a number or as a text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        plain = value.strip()
        if not plain.isascii() or "_" in plain or len(plain) > 40:
            return None
        value = plain
    if not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None
