"""Text of several words in the code that no person reads as a sentence: SQL, HTML, names of files
and formats, text of formats that have a language of their own."""

import json
from pathlib import Path

_FOLDER = Path(__file__).parent / "not_sentences"


def not_sentences() -> set[tuple[str, str]]:
    """(place, text), as `written.unsaid` has them."""
    files = sorted(_FOLDER.glob("*.json"))
    tables: list[dict[str, list[str]]] = [json.loads(path.read_text("utf-8")) for path in files]
    return {(place, text) for table in tables for place, texts in table.items() for text in texts}
