"""Configuration files of checkpoints and adapters: JSON tables that come from strangers."""

from pathlib import Path
from typing import Any

from loraviewer.core.json_tables import BadTable, decoded_table
from loraviewer.core.outcome import CheckpointError, FileError
from loraviewer.core.regular_files import read_regular

MAX_CONFIG_BYTES = 8 << 20
"""A tokenizer's settings can list thousands of added words."""


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
