"""Weights of words as AUTOMATIC1111 reads them.

`(word)` multiplies by 1.1 and `[word]` divides by it, as often as they are nested; `(word:1.3)`
multiplies by the number. A backslash makes a bracket a letter. Brackets that stay open reach to the
end, and those that close nothing are letters. `BREAK` ends a chunk. Words that change on the way,
`[from:to:0.5]` and `[one|other]`, are letters here.
"""

import math
import re

import msgspec

MOST_CHUNKS = 32
"""Of one prompt; what lies beyond is told as unread."""

RAISED = 1.1
"""By which a round bracket multiplies, and a square one divides."""

_DEEPEST, _MOST_CHARS = 50, 30_000
"""Brackets that open deeper or stand farther behind are letters."""
SCHEDULED = r"\[[^\[\]\n]*(?:\|[^\[\]\n]*|:[ \t]*[\d.]+[ \t]*)\]"
"""What A1111 changes from step to step."""
_BREAK = re.compile(r"\bBREAK\b")
_PIECE = re.compile(
    rf"\\(?P<escaped>[()\[\]\\]?)|(?P<letters>{SCHEDULED})|:\s*(?P<weight>[+-]?[.\d]+)\s*\)"
    r"|(?P<bracket>[()\[\]])|(?P<plain>[^\\()\[\]:]+|:)"
)


class Part(msgspec.Struct, frozen=True):
    """Some words and what multiplies their embeddings."""

    text: str
    weight: float = 1.0


Section = tuple[Part, ...]
"""What stands between two BREAKs. Neighbours differ in weight."""


def weighted_sections(prompt: str) -> tuple[Section, ...]:
    """At least one, which may be empty."""
    return tuple(map(_joined, _Reading(prompt).sections))


def bare_words(prompt: str) -> str:
    """What is left for whoever knows no weights: the words, with neither brackets nor BREAK."""
    return " ".join("".join(part.text for part in one) for one in weighted_sections(prompt))


def has_syntax(prompt: str) -> bool:
    """Whether anything of it is read as more than letters."""
    return weighted_sections(prompt) != _letters_only(prompt)


def escaped(text: str) -> str:
    """What is read as these letters, but for BREAK, which nothing can make one."""
    return re.sub(r"[()\[\]\\]", r"\\\g<0>", text)


def _letters_only(prompt: str) -> tuple[Section, ...]:
    return ((Part(prompt),) if prompt else (),)


class _Reading:
    """Reads one prompt from its start to its end."""

    def __init__(self, prompt: str) -> None:
        self.sections: list[list[Part]] = [[]]
        self._weights: list[float] = []
        self._texts: list[str | None] = []  # None: a BREAK
        self._open: dict[str, list[int]] = {"(": [], "[": []}
        for found in _PIECE.finditer(prompt[:_MOST_CHARS]):
            self._take(found)
        for bracket, places in self._open.items():
            for place in places:
                self._multiply(place, _factor(bracket))
        self._add(prompt[_MOST_CHARS:])
        self._part()

    def _take(self, found: re.Match[str]) -> None:
        weight = read_weight(found["weight"])
        if found["escaped"] is not None:
            self._add(found["escaped"])
        elif weight is not None and self._open["("]:
            self._multiply(self._open["("].pop(), weight)
        elif found["bracket"] in ("(", "["):
            self._open_or_add(found["bracket"])
        elif found["bracket"] and self._open[opening := "(" if found["bracket"] == ")" else "["]:
            self._multiply(self._open[opening].pop(), _factor(opening))
        else:
            self._add_with_breaks(found[0])

    def _open_or_add(self, bracket: str) -> None:
        if sum(map(len, self._open.values())) < _DEEPEST:
            self._open[bracket].append(len(self._texts))
        else:
            self._add(bracket)

    def _add(self, text: str | None) -> None:
        self._texts.append(text)
        self._weights.append(1.0)

    def _add_with_breaks(self, text: str) -> None:
        first, *others = _BREAK.split(text)
        self._add(first.rstrip() if others else first)
        for other in others:
            self._add(None)
            self._add(other.strip() if other is not others[-1] else other.lstrip())

    def _multiply(self, start: int, factor: float) -> None:
        for place in range(start, len(self._weights)):
            self._weights[place] *= factor

    def _part(self) -> None:
        for text, weight in zip(self._texts, self._weights, strict=True):
            if text is None:
                self.sections.append([])
            elif text:
                self.sections[-1].append(Part(text, weight))


def read_weight(text: str | None) -> float | None:
    """As it stands behind a colon; None also for what only looks like a number."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _factor(bracket: str) -> float:
    return RAISED if bracket == "(" else 1 / RAISED


def _joined(parts: list[Part]) -> Section:
    joined: list[Part] = []
    for part in parts:
        if joined and joined[-1].weight == part.weight:
            joined[-1] = Part(joined[-1].text + part.text, part.weight)
        else:
            joined.append(part)
    return tuple(joined)
