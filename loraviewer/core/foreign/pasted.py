"""Adapters that a pasted text names: tags alone, a prompt with tags, or all that A1111 writes."""

from loraviewer.core.foreign.a1111 import read_a1111
from loraviewer.core.foreign.picture import LOOKED_AT_CHARS, ForeignAdapter
from loraviewer.core.foreign.tags import read_tags


def pasted_adapters(text: str) -> tuple[ForeignAdapter, ...]:
    """With their hashes, where the text has them; () where it names none."""
    looked_at = text[:LOOKED_AT_CHARS]
    read = read_a1111(looked_at)
    return (read.loras if read else ()) or read_tags(looked_at).adapters
