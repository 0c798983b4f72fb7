"""Configuration files of checkpoints and adapters: JSON tables that come from strangers."""

from pathlib import Path
from typing import Any

from loraviewer.core.json_tables import BadTable, decoded_table
from loraviewer.core.outcome import CheckpointError, FileError, text_of
from loraviewer.core.regular_files import read_regular
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of

MAX_CONFIG_BYTES = 8 << 20
"""A tokenizer's settings can list thousands of added words."""


def read_table(path: Path) -> dict[str, Any]:
    """A configuration file as a table; `FileError` if it is missing or broken."""
    try:
        return decoded_table(read_regular(path, MAX_CONFIG_BYTES))
    except OSError as error:
        raise FileError(
            say("“{path}” cannot be read: {why}.", path=str(path), why=reason_of(error))
        ) from error
    except BadTable as problem:
        raise FileError(
            say(
                "“{path}” {problem}; the folder is damaged.",
                path=str(path),
                problem=text_of(problem),
            )
        ) from problem


def read_config(path: Path) -> dict[str, Any]:
    """As `read_table`, of a checkpoint that is being opened: raises `CheckpointError`."""
    try:
        return read_table(path)
    except FileError as error:
        raise CheckpointError(error.message) from error
