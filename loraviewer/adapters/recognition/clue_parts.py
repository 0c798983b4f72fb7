"""Modules of an adapter by their flat names ("." as "_"), and what one fact says of its family."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from loraviewer.adapters.recognition.clue_words import FactOf, as_in

Size = tuple[int | None, int | None]
"""Rows of a weight, and values that each row reads (in · kh · kw); None where not known."""


@dataclass(frozen=True)
class Module:
    """One module by its flat name; it is only measured where a rule asks."""

    name: str
    measure: Callable[[], Size]

    @cached_property
    def size(self) -> Size:
        return self.measure()

    @property
    def inputs(self) -> int:
        """0 where not known."""
        return self.size[1] or 0

    @property
    def ratio(self) -> float:
        """Rows for each value read; 0 where not known."""
        out, inputs = self.size
        return out / inputs if out and inputs else 0.0


@dataclass(frozen=True)
class Clue:
    """One fact and the families it leaves, the likeliest first; “unknown” if it fits none."""

    families: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class Names:
    """All modules, and their names one a line: most rules need a single look at the text."""

    modules: tuple[Module, ...]

    @cached_property
    def text(self) -> str:
        return "\n".join(module.name for module in self.modules)

    def having(self, word: str, pattern: re.Pattern[str]) -> Iterator[Module]:
        """Modules whose name fits; `word` is a part of all such names."""
        if word in self.text:
            yield from (module for module in self.modules if pattern.search(module.name))


Rule = Callable[[Names], Iterator[Clue]]


@dataclass(frozen=True)
class Fact:
    """A name that tells families; `words`: one of them is a part of every such name."""

    words: tuple[str, ...]
    pattern: str
    families: tuple[str, ...]
    sentence: str

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.MULTILINE)

    def holds(self, names: Names) -> bool:
        return any(w in names.text for w in self.words) and bool(self.compiled.search(names.text))


def facts(names: Names, facts: Sequence[Fact]) -> Iterator[Clue]:
    yield from (Clue(fact.families, fact.sentence) for fact in facts if fact.holds(names))


def of_width(
    modules: Iterable[Module], families_of_width: Mapping[int, tuple[str, ...]], fact: FactOf
) -> Iterator[Clue]:
    """What the first module says whose width says something."""
    for module in modules:
        if families := families_of_width.get(module.inputs):
            yield Clue(families, as_in(fact(module.inputs), families))
            return
