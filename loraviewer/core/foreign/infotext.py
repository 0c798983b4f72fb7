"""The text that A1111 made common: prompt, negative prompt, and a line of `key: value, …`.

As its own reader takes it, and forgiving where other programs stray: lines that follow the
settings, and JSON that stands unquoted among them.
"""

import json
import re
from typing import Any

import msgspec

_NEGATIVE = "Negative prompt:"
_KEY = re.compile(r"\s{0,20}(\w[\w /.\-]{0,60}):\s?")
_QUOTED = re.compile(r'"(?:\\.|[^\\"])*"')
_LEAST_SETTINGS, _LAST_LINES = 3, 12
_DECODER = json.JSONDecoder()


class Infotext(msgspec.Struct, frozen=True):
    """`settings`: texts, or what their JSON means. `rest`: lines after the settings."""

    prompt: str
    negative: str | None
    settings: dict[str, Any]
    rest: tuple[str, ...] = ()


def read_infotext(text: str) -> Infotext:
    """Of any text; without a line of settings all of it is prompt."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    at = _settings_line(lines)
    settings = read_settings(lines[at]) if at is not None else {}
    before = lines if at is None else lines[:at]
    rest = () if at is None else tuple(line for line in lines[at + 1 :] if line.strip())
    return Infotext(*_prompts(before), settings, rest)


def read_settings(line: str) -> dict[str, Any]:
    """Of one line; the first of two values of one key counts."""
    found: dict[str, Any] = {}
    at = 0
    while at < len(line):
        key = _KEY.match(line, at)
        if key is None:
            comma = line.find(",", at)
            at = len(line) if comma < 0 else comma + 1
            continue
        value, at = _value(line, key.end())
        found.setdefault(key[1].strip(), value)
    return found


def _settings_line(lines: list[str]) -> int | None:
    """The last one that names the steps and more; else the last line, as A1111 has it."""
    last = len(lines) - 1
    for at in range(last, max(-1, last - _LAST_LINES), -1):
        settings = read_settings(lines[at])
        is_settings = len(settings) >= _LEAST_SETTINGS
        if is_settings and ("Steps" in settings or at == last):
            return at
    return None


def _prompts(lines: list[str]) -> tuple[str, str | None]:
    prompt, negative = list[str](), list[str]()
    has_negative = False
    for line in map(str.strip, lines):
        if not has_negative and line.startswith(_NEGATIVE):
            has_negative = True
            line = line[len(_NEGATIVE) :].strip()
        (negative if has_negative else prompt).append(line)
    return "\n".join(prompt).strip(), "\n".join(negative).strip() if has_negative else None


def _value(line: str, at: int) -> tuple[Any, int]:
    """And where the next key begins."""
    first = line[at : at + 1]
    if first == '"' and (quoted := _QUOTED.match(line, at)):
        return _unquoted(quoted[0]), _after_comma(line, quoted.end())
    if first in ("{", "["):
        try:
            value, end = _DECODER.raw_decode(line, at)
            return value, _after_comma(line, end)
        except (ValueError, RecursionError):
            pass
    comma = line.find(",", at)
    end = len(line) if comma < 0 else comma
    return line[at:end].strip(), end + 1


def _unquoted(text: str) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return text.strip('"')
    return value if isinstance(value, str) else text


def _after_comma(line: str, at: int) -> int:
    comma = line.find(",", at)
    return len(line) if comma < 0 else comma + 1
