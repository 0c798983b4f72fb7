"""What is looked at in a component's folder before a library may read it: settings that would run
code, files that would never end, and numbers beyond any network."""

import codecs
import math
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from loraviewer.adapters.files.config import read_config
from loraviewer.core.folders import is_companion
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.regular_files import open_regular
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of

_CODE_KEYS = frozenset({"auto_map", "custom_pipelines", "trust_remote_code"})
"""Settings by which the libraries find code of a folder or a repository."""
_OTHER_FILES = "configuration_files"
"""Other settings that transformers would read in place of those that were checked."""
_KERNEL_KEYS = ("attn_implementation", "attn_implementation_internal", "experts_implementation")
"""Names of built-in ways to compute, or `organisation/kernel`, which is code from the network."""
_TEXTS = (".json", ".txt", ".model", ".jinja")
_MOST_TEXT_BYTES = 256 << 20
"""A tokenizer of a language model takes up to 40 MB."""
_MOST_NUMBER = 1 << 21
_MOST: Mapping[str, int] = {"num_labels": 10_000, "num_train_timesteps": 100_000}
"""Of settings that become long tables."""
_UNLIMITED = ("theta", "max_length", "model_max", "token_id", "seed", "period")
"""Words in the names of settings that no memory follows from."""


def checked_config(path: Path, may_name_code: bool = False) -> dict[str, Any]:
    """The settings of one file. Raises `CheckpointError` for those that would run code, unless
    `may_name_code` (to a class that does not look at them)."""
    config = read_config(path)
    for key, value in _entries(config):
        if not may_name_code and key in _CODE_KEYS and value:
            raise CheckpointError(
                say(
                    "{path}: “{key}” names code to be run, which is never done here; if the "
                    "checkpoint does not need it, take that setting out.",
                    path=str(path),
                    key=key,
                )
            )
        if key == _OTHER_FILES:
            raise CheckpointError(
                say(
                    "{path}: “{key}” names other settings than these; take that setting out.",
                    path=str(path),
                    key=key,
                )
            )
        if key.lstrip("_") in _KERNEL_KEYS and any("/" in name for name in _texts(value)):
            raise CheckpointError(
                say(
                    "{path}: “{key}” asks for code from the network, which is never run here; "
                    "take that setting out.",
                    path=str(path),
                    key=key,
                )
            )
    return config


def check_numbers(config: dict[str, Any], path: Path) -> None:
    """Raises `CheckpointError` for sizes beyond any network's, before memory follows from them."""
    for key, value in _entries(config):
        is_size = type(value) is int and not any(word in key for word in _UNLIMITED)
        if is_size and abs(value) > _MOST.get(key, _MOST_NUMBER):
            raise CheckpointError(
                say(
                    "{path}: “{key}” is {value:,}; the file is damaged.",
                    path=str(path),
                    key=key,
                    value=value,
                )
            )


def check_finite(config: dict[str, Any], path: Path) -> None:
    """Raises `CheckpointError` for numbers of a network that are none, such as an epsilon NaN."""
    for key, value in _entries(config):
        if isinstance(value, float) and not math.isfinite(value):
            raise CheckpointError(
                say(
                    "{path}: “{key}” is {value}; the file is damaged.",
                    path=str(path),
                    key=key,
                    value=value,
                )
            )


def check_part_folder(folder: Path, may_name_code: bool = False) -> None:
    """Raises `CheckpointError` for a folder that no library should read as it is."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        for entry in entries:
            _check_entry(entry)
    except OSError as error:
        raise CheckpointError(
            say(
                "{path}: it cannot be read ({why}).",
                path=str(folder),
                why=reason_of(error),
            )
        ) from error
    for entry in entries:
        if entry.name.endswith("config.json") and not is_companion(entry.name):
            checked_config(Path(entry.path), may_name_code)


def check_no_marks(folder: Path) -> None:
    """Raises `CheckpointError` for settings that begin with a byte order mark: libraries that read
    them themselves call them damaged."""
    for path in sorted(folder.glob("*.json")):
        if path.is_file() and not is_companion(path.name):
            _check_no_mark(path)


def _check_no_mark(path: Path) -> None:
    try:
        with open_regular(path) as file:
            start = file.read(len(codecs.BOM_UTF8))
    except OSError as error:
        raise CheckpointError(
            say(
                "{path}: it cannot be read ({why}).",
                path=str(path),
                why=reason_of(error),
            )
        ) from error
    if start.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise CheckpointError(
            say(
                "{path}: it begins with a byte order mark, which an editor put there; save it as "
                "UTF-8 without one.",
                path=str(path),
            )
        )


def _check_entry(entry: "os.DirEntry[str]") -> None:
    """A link that leads nowhere, as a cleared cache leaves, is the libraries' to miss."""
    if entry.is_symlink() and not os.path.exists(entry.path):
        return
    found = entry.stat()
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise CheckpointError(
            say("{path}: this is no ordinary file; the folder is damaged.", path=str(entry.path))
        )
    if entry.name.endswith(_TEXTS) and found.st_size > _MOST_TEXT_BYTES:
        raise CheckpointError(
            say(
                "{path}: this file is far larger than such a file can be; take it out.",
                path=str(entry.path),
            )
        )


def _entries(table: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """All settings at any depth; not by recursion, since a file decides how deep."""
    left: list[Any] = [table]
    while left:
        inner = left.pop()
        if isinstance(inner, dict):
            yield from ((str(key), value) for key, value in inner.items())
        left.extend(inner.values() if isinstance(inner, dict) else inner)
        left = [value for value in left if isinstance(value, dict | list)]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for text in value.values() if isinstance(text, str))
