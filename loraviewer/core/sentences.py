"""Sentences for a person that are written where no language is known: English text that keeps what
it was made of, so that whoever shows it can say the same in another language.

`say("“{path}” is empty.", path=path)` is that text; its pattern is what catalogues list. Once it is
joined to other text or formatted into it, it is text and no more: `together` and `say` themselves
take sentences as values.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

Value = str | int | float
"""What may stand in a pattern; sentences too."""


class Sentence(str):
    """Equal to its English text, and used as such by logs, files and the command line."""

    __slots__ = ("pattern", "values")

    pattern: str
    """English, with names in braces; what a catalogue knows it by."""
    values: Mapping[str, Value]

    def __new__(cls, pattern: str, values: Mapping[str, Value]) -> Self:
        made = super().__new__(cls, pattern.format(**values))
        made.pattern = pattern
        made.values = values
        return made

    def __getnewargs__(self) -> Any:
        """For copies and other processes."""
        return self.pattern, self.values

    def said_by(self, translate: Callable[[str], str]) -> str:
        """In another language. translate: a pattern → the same in that language, "" for one that is
        not known there."""
        told = {
            name: value.said_by(translate) if isinstance(value, Sentence) else value
            for name, value in self.values.items()
        }
        return (translate(self.pattern) or self.pattern).format(**told)

    def data(self) -> dict[str, Any]:
        """As JSON; `from_data` reads it."""
        told = {
            name: value.data() if isinstance(value, Sentence) else value
            for name, value in self.values.items()
        }
        return {"pattern": self.pattern, "values": told}

    @classmethod
    def from_data(cls, data: Any) -> Self | None:
        """None where another version or a damaged file does not fit together."""
        try:
            values: dict[str, Value] = {}
            for name, value in data["values"].items():
                read = cls.from_data(value) if isinstance(value, dict) else value
                if read is None:
                    return None
                values[name] = read
            return cls(data["pattern"], values)
        except (TypeError, KeyError, ValueError, AttributeError, IndexError, RecursionError):
            return None


def say(pattern: str, /, **values: Value) -> Sentence:
    """pattern: a literal, so that catalogues can be checked against all there are."""
    return Sentence(pattern, values)


def together(sentences: Iterable[str], between: str = " ") -> Sentence:
    """One after the other, each in its own language. between: no words, only what parts them."""
    parts = {f"part_{at}": one for at, one in enumerate(sentences)}
    return Sentence(between.join(f"{{{name}}}" for name in parts), parts)
