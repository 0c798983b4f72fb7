"""What of a prompt is left open: choices in braces, and wildcards, as a tree."""

import re
from collections.abc import Iterator, Mapping
from typing import Union

import msgspec

JOINER = ", "
"""Between several options that are taken at once, unless the choice says another."""

_DEEPEST = 16
"""Of choices in choices; what is deeper is text."""
_COUNT = re.compile(r"\s*(\d{1,2})(?:-(\d{1,2}))?\$\$(?:([^|{}$]{0,40})\$\$)?")
_WEIGHT = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)::")
_WILDCARD = re.compile(r"__([^\W_](?:[\w/-]{0,98}?[^\W_])?)__")
_MARK = re.compile(r"\\.|[{}|]", re.DOTALL)
_ESCAPED = re.compile(r"\\([{}|])")


class Wildcard(msgspec.Struct, frozen=True):
    """A line of the file with this name."""

    name: str


class Option(msgspec.Struct, frozen=True):
    """`text`: as it is written, without its weight."""

    text: str
    parts: tuple["Part", ...]
    weight: float = 1.0


class Choice(msgspec.Struct, frozen=True):
    """Of the options, `least` to `most` are taken, each once."""

    options: tuple[Option, ...]
    least: int = 1
    most: int = 1
    joiner: str = JOINER


Part = Union[str, Wildcard, Choice]  # noqa: UP007 (msgspec reads no names in quotes beside |)


def parsed(text: str) -> tuple[Part, ...]:
    """Whatever is no choice and no wildcard is text; no text is wrong."""
    return tuple(_parts(text, 0))


def is_open(text: str) -> bool:
    """Whether any of it is left to the seed. Texts without it mean what they say, to the letter."""
    return any(not isinstance(part, str) for part in parsed(text))


def plain_text(text: str) -> str:
    """What is there whatever the seed says."""
    return " ".join(part for part in parsed(text) if isinstance(part, str))


def option(line: str) -> Option:
    """One option with its weight, as in a choice or on a line of a wildcard's file."""
    return _option(line, 0)


def _parts(text: str, depth: int) -> Iterator[Part]:
    begun, at, ends = 0, 0, _ends(text)
    while at < len(text):
        found = _part_at(text, at, depth, ends)
        if found is None:
            at += 2 if text[at] == "\\" else 1
            continue
        part, end = found
        if begun < at:
            yield from _words(text[begun:at])
        yield part
        begun = at = end
    if begun < len(text):
        yield from _words(text[begun:])


def _words(text: str) -> Iterator[str]:
    yield _ESCAPED.sub(r"\1", text)


def _part_at(text: str, at: int, depth: int, ends: Mapping[int, int]) -> tuple[Part, int] | None:
    """And where it ends; None where text goes on."""
    if text[at] == "_" and (match := _WILDCARD.match(text, at)):
        return Wildcard(match[1]), match.end()
    if at not in ends or depth >= _DEEPEST:
        return None
    pieces = _pieces(text[at + 1 : ends[at]])
    return (_choice(pieces, depth), ends[at] + 1) if len(pieces) > 1 else None


def _ends(text: str) -> dict[int, int]:
    """Where each brace that is opened and closed again is closed."""
    begun, ends = list[int](), dict[int, int]()
    for match in _MARK.finditer(text):
        if match[0] == "{":
            begun.append(match.start())
        elif match[0] == "}" and begun:
            ends[begun.pop()] = match.start()
    return ends


def _pieces(inside: str) -> list[str]:
    """What lies between the bars of a choice; a single one where it has none."""
    pieces, begun, open_braces = list[str](), 0, 0
    for match in _MARK.finditer(inside):
        open_braces += (match[0] == "{") - (match[0] == "}")
        if match[0] == "|" and not open_braces:
            pieces.append(inside[begun : match.start()])
            begun = match.end()
    return [*pieces, inside[begun:]]


def _choice(pieces: list[str], depth: int) -> Choice:
    count = _COUNT.match(pieces[0])
    first = pieces[0][count.end() :] if count else pieces[0]
    options = tuple(_option(piece, depth + 1) for piece in (first, *pieces[1:]))
    if count is None:
        return Choice(options)
    least = min(int(count[1]), len(options))
    most = min(int(count[2] or count[1]), len(options))
    joiner = JOINER if count[3] is None else count[3]
    return Choice(options, min(least, most), max(least, most), joiner)


def _option(piece: str, depth: int) -> Option:
    weight = _WEIGHT.match(piece)
    text = (piece[weight.end() :] if weight else piece).strip()
    return Option(text, tuple(_parts(text, depth)), float(weight[1]) if weight else 1.0)
