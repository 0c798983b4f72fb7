"""JSON tables that come from strangers or from a person's editor, in whatever encoding it chose."""

import json
from typing import Any

from loraviewer.core.plain_values import is_table
from loraviewer.core.sentences import say


class BadTable(Exception):  # noqa: N818 - becomes a sentence that names the file
    """A text that is no JSON table; `message` says how, to follow the name of a file."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def decoded_table(text: str | bytes) -> dict[str, Any]:
    """A JSON table as Python writes it: also Infinity, also after a byte order mark, also UTF-16
    and UTF-32. Raises `BadTable`."""
    try:
        values = json.loads(text.removeprefix("\ufeff") if isinstance(text, str) else text)
    except UnicodeDecodeError as error:
        raise BadTable(say("is not UTF-8 text")) from error
    except json.JSONDecodeError as error:
        raise BadTable(say("is not valid JSON (line {lineno})", lineno=error.lineno)) from error
    except RecursionError as error:
        raise BadTable(say("nests its values too deeply")) from error
    except ValueError as error:  # Python reads numbers of 4,300 digits at most
        raise BadTable(say("holds a number with thousands of digits")) from error
    if not is_table(values):
        raise BadTable(say("is not a table"))
    return values


def mended_text(data: bytes) -> tuple[str, bool]:
    """The text of a JSON file, “�” in place of each byte that is none; and whether all were."""
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding), True
    except UnicodeDecodeError:
        return data.decode(encoding, "replace"), False
