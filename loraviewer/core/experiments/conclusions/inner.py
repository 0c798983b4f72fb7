"""Sentences in the midst of others."""

from collections.abc import Callable, Mapping
from typing import Self

from loraviewer.core.sentences import Sentence, Value


class _Inner(Sentence):
    """Other languages have rules of their own for capitals, so only the English changes."""

    __slots__ = ()

    def __new__(cls, pattern: str, values: Mapping[str, Value]) -> Self:
        made = str.__new__(cls, _with_small_first(pattern.format(**values)))
        made.pattern = pattern
        made.values = values
        return made

    def said_by(self, translate: Callable[[str], str], mark: str = ".") -> str:
        said = super().said_by(translate, mark)
        is_english = _with_small_first(said) == self
        return str(self) if is_english else said


def inner(text: str) -> str:
    """With a small first letter in English, where it does not begin a sentence any more."""
    if isinstance(text, Sentence):
        return _Inner(text.pattern, text.values)
    return _with_small_first(text)


def _with_small_first(text: str) -> str:
    return text[:1].lower() + text[1:]
