"""Sentences as a window in another language says them, without a window."""

import re
import string

from loraviewer.core.catalogues import read_catalogues
from loraviewer.core.sentences import Sentence


def with_marks(text: str) -> str:
    """Each letter of what catalogues know as ×: what is left is values, or was forgotten."""
    return text.said_by(_marked) if isinstance(text, Sentence) else text


def _marked(pattern: str) -> str:
    parts = string.Formatter().parse(pattern)
    return "".join(
        re.sub("[A-Za-z]", "×", words) + ("" if name is None else f"{{{name}}}")
        for words, name, _, _ in parts
    )


def in_german(text: str) -> str:
    """Other text as it is."""
    if not isinstance(text, Sentence):
        return text
    known = read_catalogues("de")
    return text.said_by(lambda pattern: known.get(pattern, ""))
