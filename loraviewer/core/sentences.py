"""Sentences for a person that are written where no language is known: English text that keeps what
it was made of, so that whoever shows it can say the same in another language.

`say("“{path}” is empty.", path=path)` is that text; its pattern is what catalogues list. Once it is
joined to other text or formatted into it, it is text and no more: `together` and `say` themselves
take sentences as values.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

Value = str | int | float
"""What may stand in a pattern; sentences too."""

_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_BARE_POINT = re.compile(r"(?<!\d)\.(?=\d)")
"""Without the zero before it, as captions have it."""


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

    def said_by(self, translate: Callable[[str], str], mark: str = ".") -> str:
        """In another language. translate: a pattern → the same in that language, "" for one that is
        not known there. mark: what begins decimals there, in values that are a `figure` or a
        `float`."""
        told = {name: _said(value, translate, mark) for name, value in self.values.items()}
        return (translate(self.pattern) or self.pattern).format(**told)

    def with_texts(self, change: Callable[[str], str]) -> "Sentence":
        """The same pattern with other values. change: of those that are plain text."""
        told = {name: _changed(value, change) for name, value in self.values.items()}
        return type(self)(self.pattern, told)

    def data(self) -> dict[str, Any]:
        """As JSON; `from_data` reads it."""
        told = {
            name: value.data() if isinstance(value, Sentence) else value
            for name, value in self.values.items()
        }
        return {"pattern": self.pattern, "values": told, **self._more_data()}

    def _more_data(self) -> dict[str, Any]:
        return {}

    @staticmethod
    def from_data(data: Any) -> "Sentence | None":
        """None where another version or a damaged file does not fit together."""
        try:
            values: dict[str, Value] = {}
            for name, value in data["values"].items():
                read = Sentence.from_data(value) if isinstance(value, dict) else value
                if read is None:
                    return None
                values[name] = read
            kind = next((_MARKED[mark] for mark in _MARKED if data.get(mark)), Sentence)
            return kind(data["pattern"], values)
        except (TypeError, KeyError, ValueError, AttributeError, IndexError, RecursionError):
            return None


class _Marked(float):
    """A number that is formatted with another decimal mark."""

    mark = "."

    def __format__(self, spec: str) -> str:
        return with_mark(super().__format__(spec), self.mark)


def _said(value: Value, translate: Callable[[str], str], mark: str) -> Value:
    if isinstance(value, Sentence):
        return value.said_by(translate, mark)
    if isinstance(value, float):
        value = _Marked(value)
        value.mark = mark
    return value


def _changed(value: Value, change: Callable[[str], str]) -> Value:
    if isinstance(value, Sentence):
        return value.with_texts(change)
    return change(value) if isinstance(value, str) else value


class _GoingOn(Sentence):
    """Without the full stop at its end, in any language."""

    __slots__ = ()

    def __new__(cls, pattern: str, values: Mapping[str, Value]) -> Self:
        made = str.__new__(cls, pattern.format(**values).rstrip("."))
        made.pattern = pattern
        made.values = values
        return made

    def said_by(self, translate: Callable[[str], str], mark: str = ".") -> str:
        return super().said_by(translate, mark).rstrip(".")

    def _more_data(self) -> dict[str, Any]:
        return {"goes_on": True}


class _Figure(Sentence):
    """No words: only the decimal mark differs between languages."""

    __slots__ = ()

    def said_by(self, translate: Callable[[str], str], mark: str = ".") -> str:
        return str(self) if mark == "." else with_mark(_BARE_POINT.sub("0.", self), mark)

    def _more_data(self) -> dict[str, Any]:
        return {"is_figure": True}


_MARKED: Mapping[str, type[Sentence]] = {"goes_on": _GoingOn, "is_figure": _Figure}
"""By what data says of them."""


def figure(number: str) -> Sentence:
    """A number as English writes it, with its unit or the ends of an interval; never a name, whose
    points are its own. Languages with another decimal mark write the zero before it, too."""
    return _Figure("{number}", {"number": number})


def with_mark(numbers: str, mark: str) -> str:
    """With another decimal mark between digits."""
    return _POINT.sub(mark, numbers)


def going_on(sentence: str) -> str:
    """Without the full stop at its end, so that more can follow in the same sentence."""
    if isinstance(sentence, Sentence):
        return _GoingOn(sentence.pattern, sentence.values)
    return sentence.rstrip(".")


def say(pattern: str, /, **values: Value) -> Sentence:
    """pattern: a literal, so that catalogues can be checked against all there are."""
    return Sentence(pattern, values)


def together(sentences: Iterable[str], between: str = " ") -> Sentence:
    """One after the other, each in its own language. between: no words, only what parts them."""
    parts = {f"part_{at}": one for at, one in enumerate(sentences)}
    return Sentence(between.join(f"{{{name}}}" for name in parts), parts)


def in_quotes(name: str) -> Sentence:
    """“name”, in the marks of each language."""
    return say("“{name}”", name=name)


def with_and(words: Iterable[str]) -> Sentence:
    """“one and two and three”."""
    return together([part for word in words for part in (say("and"), word)][1:])


def with_or(words: Iterable[str]) -> Sentence:
    """“one or two or three”."""
    return together([part for word in words for part in (say("or"), word)][1:])
