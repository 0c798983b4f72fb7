"""Texts as they are searched: without case, accents and punctuation, word for word."""

import re
import unicodedata
from collections.abc import Iterable

_BREAK = re.compile(r"[\W_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Za-z])(?=\d)")
_LONE = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")
"""Letters of writings that put no spaces between words: each begins one."""
_WHOLE_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"}
)
"""What no decomposition takes an accent from."""


def folded(text: str) -> str:
    """Words with a space between them: “Café_Noir” → “cafe noir”."""
    if text.isascii():
        return " ".join(_BREAK.sub(" ", text.lower()).split())
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in plain if not unicodedata.combining(c)).translate(_WHOLE_LETTERS)
    return " ".join(_BREAK.sub(" ", _LONE.sub(r" \1 ", letters)).split())


def search_words(text: str) -> tuple[str, ...]:
    """What a person types, as beginnings of folded words."""
    return tuple(dict.fromkeys(folded(text).split()))


def searched_text(name: str, others: Iterable[str]) -> str:
    """What is kept of a file: folded, a space before every word. A name also by its parts:
    “MangaStyle2” is found by “style”."""
    parts = _HUMP.sub(" ", name)
    return " " + folded("\n".join((name, *((parts,) if parts != name else ()), *others)))


def has_words(text: str, words: Iterable[str]) -> bool:
    """Whether each begins a word of the text, which has a space before every word."""
    return all(f" {word}" in text for word in words)
