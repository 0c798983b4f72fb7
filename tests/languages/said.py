"""Sentences as a window in another language says them, without a window."""

from loraviewer.core.catalogues import read_catalogues
from loraviewer.core.sentences import Sentence


def in_german(text: str) -> str:
    """Other text as it is."""
    if not isinstance(text, Sentence):
        return text
    known = read_catalogues("de")
    return text.said_by(lambda pattern: known.get(pattern, ""))
