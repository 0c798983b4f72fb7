"""`alpha_pattern` and `rank_pattern` of PEFT: regular expressions on the names of modules.

PEFT takes the first pattern of the table for which `(.*\\.)?(pattern)$` matches the whole name.
They come from a file, and a hostile one would keep Python's matcher busy for ever: RE2 needs time
proportional to the name, and refuses what it cannot do so (look-around, back references).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import re2

from loraviewer.core.outcome import AdapterError
from loraviewer.core.sentences import say

_MOST_PATTERNS, _LONGEST = 20_000, 1_000
_UNKNOWN_TO_RE2 = re.compile(r"\(\?(?!P<|:|i)|\\[1-9]|[*+?}]\+")
_SIMPLE = re.compile(r"\^?(?:[\w\-]|\\?\.)+")


@dataclass(frozen=True)
class Pattern:
    """One expression and its value. `ending`: what every name that matches ends with."""

    text: str
    value: Any

    @cached_property
    def ending(self) -> str:
        return re.split(r"\\?\.", self.text)[-1].removeprefix("^") if self._is_simple else ""

    @cached_property
    def _is_simple(self) -> bool:
        return _SIMPLE.fullmatch(self.text) is not None

    @cached_property
    def _compiled(self) -> Any:
        options = re2.Options()
        options.log_errors = False
        return re2.compile(rf"(.*\.)?({self.text})$", options)

    def check(self, path: object) -> None:
        """Raise `AdapterError` that names the file where RE2 cannot read the expression."""
        try:
            self._compiled  # noqa: B018 - compiling is the check
        except re2.error as error:
            advice = (
                say("write the modules’ names without look-around and back references")
                if _UNKNOWN_TO_RE2.search(self.text)
                else say("it is no regular expression")
            )
            raise AdapterError(
                say(
                    "The pattern “{text}” in the PEFT configuration of “{path}” cannot be used; "
                    "{advice}.",
                    text=self.text[:60],
                    path=str(path),
                    advice=advice,
                )
            ) from error

    def matches(self, name: str) -> bool:
        return name.endswith(self.ending) and self._compiled.match(name) is not None


@dataclass(frozen=True)
class Patterns:
    """A table in its own order."""

    patterns: tuple[Pattern, ...] = ()

    @classmethod
    def of(cls, table: object, path: object) -> "Patterns":
        """From a configuration's table; anything else has no patterns. Raises `AdapterError`."""
        if not isinstance(table, Mapping):
            return cls()
        if len(table) > _MOST_PATTERNS or any(len(str(key)) > _LONGEST for key in table):
            raise AdapterError(
                say(
                    "The patterns in the PEFT configuration of “{path}” are too large.",
                    path=str(path),
                )
            )
        patterns = tuple(Pattern(str(key), value) for key, value in table.items())
        for pattern in patterns:
            pattern.check(path)
        return cls(patterns)

    def value(self, names: Sequence[str]) -> Any:
        """Of the first pattern that matches one of a module's names; None for no pattern."""
        return next((p.value for p in self.patterns if any(map(p.matches, names))), None)

    def contested(self, modules: Iterable[Sequence[str]]) -> int:
        """How many modules several patterns fit that say different things: the order decides, and
        PEFT sorts the table when it saves."""
        return sum(
            any(p.value != found[0].value for p in found)
            for names in modules
            if (found := [p for p in self.patterns if any(map(p.matches, names))])
        )

    def unused(self, modules: Iterable[Sequence[str]]) -> tuple[str, ...]:
        """Patterns that match none of these modules, each given by all of its names."""
        left = list(self.patterns)
        for names in modules:
            left = [pattern for pattern in left if not any(map(pattern.matches, names))]
            if not left:
                break
        return tuple(pattern.text for pattern in left)
