"""PEFT's `feedforward_modules`: where IA³ multiplies what a layer reads, not what it gives.

A list holds the ends of modules' names, a text is a regular expression for the whole of a name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import re2

from loraviewer.core.outcome import AdapterError
from loraviewer.core.sentences import say

_LONGEST = 1_000


@dataclass(frozen=True)
class FeedforwardModules:
    """Of one component; `endings` and `pattern` are empty where the configuration has no such
    field, or one that means nothing."""

    endings: frozenset[str] = frozenset()
    pattern: Any = None
    is_known: bool = False

    @classmethod
    def of(cls, said: object, path: object) -> "FeedforwardModules":
        """Raises `AdapterError` for an expression that RE2 cannot read."""
        if isinstance(said, list):
            texts = (text for text in said if isinstance(text, str) and len(text) <= _LONGEST)
            return cls(frozenset(texts), is_known=True)
        return cls(pattern=_compiled(said, path), is_known=True) if isinstance(said, str) else cls()

    def has(self, names: Sequence[str]) -> bool | None:
        """Whether a module with these names is one; None where nothing says so."""
        if not self.is_known:
            return None
        return any(self._has(name[-_LONGEST:]) for name in names)

    def _has(self, name: str) -> bool:
        if self.pattern is not None:
            return self.pattern.fullmatch(name) is not None
        return any(name[start:] in self.endings for start in range(len(name) + 1))


def _compiled(text: str, path: object) -> Any:
    options = re2.Options()
    options.log_errors = False
    try:
        if len(text) <= _LONGEST:
            return re2.compile(text, options)
    except re2.error:
        pass
    raise AdapterError(
        say(
            "The feedforward_modules “{text}” in the PEFT configuration of “{path}” cannot be "
            "used; write them as a list of modules’ names.",
            text=text[:60],
            path=str(path),
        )
    )
