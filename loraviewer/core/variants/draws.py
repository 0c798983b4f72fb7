"""Which words a seed gives: the same on every machine, whoever draws.

Each choice has a number of its own, from the seed and from where it stands among the others: words
that are changed around it, and choices behind it, leave it as it was.
"""

import functools
import hashlib
import math
import re
from collections.abc import Iterable, Sequence

import msgspec

from loraviewer.core.variants.template import Choice, Option, Part, Wildcard, option, parsed
from loraviewer.core.variants.wildcards import NO_WILDCARDS, Wildcards

_DEEPEST = 8
"""Of wildcards in wildcards, which may go round in a circle."""
_MOST_DRAWS, _MOST_CHARS = 1_000, 20_000
_BLANKS, _COMMAS = re.compile(r"[ \t]{2,}"), re.compile(r"(?:\s*,){2,}")


class Words(msgspec.Struct, frozen=True):
    """`text`: a prompt to the letter. `taken`: for each choice and wildcard of the template that
    stands in no other, which options were taken, by their places. `missing`: wildcards that are not
    there; they stay in the text as they are written."""

    text: str
    taken: tuple[tuple[int, ...], ...] = ()
    missing: tuple[str, ...] = ()


def words_of(template: str, seed: int, wildcards: Wildcards = NO_WILDCARDS) -> Words:
    """Of a prompt that leaves nothing open, the prompt itself."""
    parts = parsed(template)
    if all(isinstance(part, str) for part in parts):
        return Words(template)
    drawing = _Drawing(seed, wildcards)
    text = drawing.text(parts, "", 0)
    missing = tuple(dict.fromkeys(drawing.missing))
    return Words(_tidy(text)[:_MOST_CHARS], tuple(drawing.taken), missing)


def options_of(part: Part, wildcards: Wildcards) -> tuple[Option, ...]:
    """Of a choice or a wildcard; () of text, and of a wildcard that is not there."""
    if isinstance(part, Choice):
        return part.options
    return _read(wildcards.of(part.name)) if isinstance(part, Wildcard) else ()


@functools.lru_cache(maxsize=32)
def _read(lines: tuple[str, ...]) -> tuple[Option, ...]:
    """Thousands of lines, and each seed asks for them."""
    return tuple(map(option, lines))


class _Drawing:
    """One seed's way through one template."""

    def __init__(self, seed: int, wildcards: Wildcards) -> None:
        self._seed = seed
        self._wildcards = wildcards
        self._left = _MOST_DRAWS
        self.taken: list[tuple[int, ...]] = []
        self.missing: list[str] = []

    def text(self, parts: Iterable[Part], path: str, depth: int) -> str:
        """path: of the option that the parts are of; "" for the template."""
        said, number = list[str](), 0
        for part in parts:
            if isinstance(part, str):
                said.append(part)
            else:
                said.append(self._drawn(part, f"{path}/{number}", depth))
                number += 1
        return "".join(said)

    def _drawn(self, part: Wildcard | Choice, path: str, depth: int) -> str:
        deeper = depth + isinstance(part, Wildcard)
        if self._left <= 0 or deeper > _DEEPEST:
            return self._left_open(part, path)
        options = options_of(part, self._wildcards)
        if not options:
            return self._left_open(part, path)
        count, joiner = 1, ""
        if isinstance(part, Choice):
            count, joiner = self._count(part, path), part.joiner
        places = self._places([one.weight for one in options], count, path)
        if path.count("/") == 1:
            self.taken.append(tuple(places))
        texts = [self.text(options[at].parts, f"{path}.{at}", deeper) for at in places]
        return joiner.join(texts)

    def _left_open(self, part: Wildcard | Choice, path: str) -> str:
        if path.count("/") == 1:
            self.taken.append(())
        if isinstance(part, Choice):
            return ""
        self.missing.append(part.name)
        return f"__{part.name}__"

    def _count(self, choice: Choice, path: str) -> int:
        span = choice.most - choice.least + 1
        return choice.least + int(self._number(f"{path} count") * span)

    def _places(self, weights: Sequence[float], count: int, path: str) -> list[int]:
        """Each once, the next among those that are left."""
        left, places = list(range(len(weights))), list[int]()
        while left and len(places) < count:
            self._left -= 1
            at = _place([weights[one] for one in left], self._number(f"{path} {len(places)}"))
            places.append(left.pop(at))
        return places

    def _number(self, what: str) -> float:
        """0 … 1 without 1, from the first 53 bits of a hash."""
        digest = hashlib.sha256(f"variants 1\n{self._seed}\n{what}".encode()).digest()
        return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


def chances(weights: Sequence[float]) -> list[float]:
    """The share of each option. Where none has any weight, all are alike."""
    total = math.fsum(weights)
    return [w / total for w in weights] if total else [1 / len(weights)] * len(weights)


def _place(weights: Sequence[float], number: float) -> int:
    reached, likely = 0.0, chances(weights)
    for at, chance in enumerate(likely):
        reached += chance
        if number < reached:
            return at
    return max(at for at, chance in enumerate(likely) if chance)  # rounding left a sliver


def _tidy(text: str) -> str:
    """An option may be nothing, and leaves blanks and commas."""
    lines = (_BLANKS.sub(" ", _COMMAS.sub(",", line)).strip(" \t,") for line in text.split("\n"))
    return "\n".join(lines).strip()
