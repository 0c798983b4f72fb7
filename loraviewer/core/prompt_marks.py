"""Which letters of a prompt command something, for whoever colours them while it is typed."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

MarkKind = Literal["weight", "break", "choice", "wildcard", "adapter"]

_TOKEN = re.compile(
    r"(?P<escaped>\\.)"
    r"|(?P<adapter><(?i:lora|lyco|loha|locon|hypernet):[^<>\n]{1,4000}>)"
    r"|(?P<wildcard>__[^\W_](?:[\w/-]{0,98}[^\W_])?__)"
    r"|(?P<break>\bBREAK\b)"
    r"|(?P<weight>:[ \t]*[+-]?[.\d]{1,20}[ \t]*\))"
    r"|(?P<bracket>[()\[\]])"
    r"|(?P<brace>[{}|])",
    re.DOTALL,
)
_SCHEDULED = re.compile(r"\[[^\[\]\n]{0,200}(?:\|[^\[\]\n]{0,200}|:[ \t]*[\d.]{1,20}[ \t]*)\]")
_BEFORE_OPTION = re.compile(r"\s*(?:\d{1,9}(?:\.\d{1,9})?::|\d{1,2}(?:-\d{1,2})?\$\$)")


class Mark(NamedTuple):
    """`start`: in letters of Python, as `length` is."""

    start: int
    length: int
    kind: MarkKind


def marks(prompt: str, *, weighs: bool = True) -> tuple[Mark, ...]:
    """In their order. weighs: whether brackets and BREAK are more than letters."""
    return tuple(sorted(_Marking(prompt, weighs).marks()))


class _Marking:
    """One way through a prompt. Brackets and braces count once it is known what closes them."""

    def __init__(self, prompt: str, weighs: bool) -> None:
        self._prompt = prompt
        self._weighs = weighs
        self._open: dict[str, list[int]] = {"(": [], "[": []}
        self._braces: list[list[int]] = []
        """Of each that is open: where it stands, and its bars."""

    def marks(self) -> Iterator[Mark]:
        letters_end = 0
        for found in _TOKEN.finditer(self._prompt):
            kind, start = found.lastgroup, found.start()
            if kind == "brace":
                yield from self._brace(found[0], start)
            elif kind in ("adapter", "wildcard"):
                yield Mark(start, len(found[0]), kind)
            elif self._weighs and start >= letters_end:
                if found[0] == "[" and (letters := _SCHEDULED.match(self._prompt, start)):
                    letters_end = letters.end()
                else:
                    yield from self._weighed(found, start)
        for places in self._open.values():  # they reach to the end of the prompt
            yield from (Mark(place, 1, "weight") for place in places)

    def _weighed(self, found: re.Match[str], start: int) -> Iterator[Mark]:
        text = found[0]
        if found.lastgroup == "break":
            yield Mark(start, len(text), "break")
        elif text in self._open:
            self._open[text].append(start)
        elif found.lastgroup in ("bracket", "weight"):
            places = self._open["(" if text[-1] == ")" else "["]
            if places:
                yield Mark(places.pop(), 1, "weight")
                yield Mark(start, len(text), "weight")

    def _brace(self, text: str, start: int) -> Iterator[Mark]:
        if text == "{":
            self._braces.append([start])
        elif text == "|" and self._braces:
            self._braces[-1].append(start)
        elif text == "}" and self._braces:
            places = self._braces.pop()
            if len(places) > 1:  # else they are letters
                yield from map(self._option, places)
                yield Mark(start, 1, "choice")

    def _option(self, place: int) -> Mark:
        """The brace or bar, and the weight or count behind it."""
        behind = _BEFORE_OPTION.match(self._prompt, place + 1)
        return Mark(place, 1 if behind is None else behind.end() - place, "choice")
