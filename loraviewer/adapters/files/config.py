"""Configuration files of checkpoints and adapters: JSON tables that come from strangers."""

import json
from pathlib import Path
from typing import Any

from loraviewer.core.outcome import CheckpointError, FileError
from loraviewer.core.regular_files import read_regular

MAX_CONFIG_BYTES = 8 << 20
"""A tokenizer's settings can list thousands of added words."""


class BadTable(Exception):  # noqa: N818 - becomes a sentence that names the file
    """A text that is no JSON table; the text says how, to follow the name of a file."""


def decoded_table(text: str | bytes) -> dict[str, Any]:
    """A JSON table as Python writes it: also Infinity, also after a byte order mark. Raises
    `BadTable`."""
    try:
        values = json.loads(text.removeprefix("\ufeff") if isinstance(text, str) else text)
    except UnicodeDecodeError as error:
        raise BadTable("is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise BadTable("is not valid JSON") from error
    except RecursionError as error:
        raise BadTable("nests its values too deeply") from error
    except ValueError as error:  # Python reads numbers of 4,300 digits at most
        raise BadTable("holds a number with thousands of digits") from error
    if not isinstance(values, dict):
        raise BadTable("is not a table")
    return values


def read_table(path: Path) -> dict[str, Any]:
    """A configuration file as a table; `FileError` if it is missing or broken."""
    try:
        return decoded_table(read_regular(path, MAX_CONFIG_BYTES))
    except OSError as error:
        raise FileError(f"“{path}” cannot be read: {error.strerror or error}.") from error
    except BadTable as problem:
        raise FileError(f"“{path}” {problem}; the folder is damaged.") from problem


def read_config(path: Path) -> dict[str, Any]:
    """As `read_table`, of a checkpoint that is being opened: raises `CheckpointError`."""
    try:
        return read_table(path)
    except FileError as error:
        raise CheckpointError(str(error)) from error
