"""Weights of words while they are typed: Ctrl+Up and Ctrl+Down, as in other programs."""

import re

import msgspec

from loraviewer.core.prompt_weights import RAISED, read_weight

STEP = 0.05
_MOST, _LEAST = 10.0, -10.0
_WEIGHT = r":[ \t]*(?P<weight>[+-]?[.\d]+)[ \t]*\)"
_WEIGHT_BEHIND = re.compile(_WEIGHT)
_WEIGHED = re.compile(rf"(?<!\\)\((?P<words>[^()\[\]\\]*?)(?:{_WEIGHT}|\))")
_WORD = re.compile(r"[^\s,()\[\]:\\]+")


class Nudged(msgspec.Struct, frozen=True):
    """A prompt with another weight in it. `selected`: from where to where the words are selected,
    so that the next nudge is theirs too."""

    prompt: str
    selected: tuple[int, int]


def nudged(prompt: str, start: int, end: int, steps: int) -> Nudged | None:
    """The words between `start` and `end`, or the one that stands there, at a weight so many steps
    of 0.05 higher; weight 1 takes the brackets off. None where there is no word."""
    around, behind = _weighed_around(prompt, start, end), _WEIGHT_BEHIND.match(prompt, end)
    if start < end and behind and prompt[:start].endswith("("):  # brackets in it, as it is selected
        first, last, words = start - 1, behind.end(), prompt[start:end]
        weight = read_weight(behind["weight"])
    elif around is not None:
        first, last, words = around.start(), around.end(), around["words"]
        weight = RAISED if around["weight"] is None else read_weight(around["weight"])
    else:
        first, last = _words_at(prompt, start, end)
        words, weight = prompt[first:last], 1.0
    if weight is None or not words.strip():
        return None
    weight = round(min(_MOST, max(_LEAST, weight + steps * STEP)), 2)
    text, inner = (words, 0) if weight == 1.0 else (f"({words}:{weight:g})", 1)
    begin = first + inner
    return Nudged(f"{prompt[:first]}{text}{prompt[last:]}", (begin, begin + len(words)))


def _weighed_around(prompt: str, start: int, end: int) -> re.Match[str] | None:
    """The brackets that hold what is selected, or are selected themselves."""
    return next(
        (m for m in _WEIGHED.finditer(prompt) if m.start() <= start and end <= m.end()), None
    )


def _words_at(prompt: str, start: int, end: int) -> tuple[int, int]:
    """From where to where, without the blanks at both ends."""
    if start == end:
        found = next((m for m in _WORD.finditer(prompt) if m.start() <= start <= m.end()), None)
        return found.span() if found else (start, start)
    selected = prompt[start:end]
    first = start + len(selected) - len(selected.lstrip())
    return first, max(first, end - len(selected) + len(selected.rstrip()))
