"""Where ComfyUI is told that more weights lie: `extra_model_paths.yaml`, a text of strangers."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loraviewer.core.outcome import FileError
from loraviewer.core.plain_values import is_table
from loraviewer.core.regular_files import read_regular

NAMES = ("extra_model_paths.yaml", "extra_models_config.yaml")
"""The second is of its desktop version."""
_KEYS = ("loras", "checkpoints", "diffusion_models", "unet")
_BASE = "base_path"
_MOST_BYTES = 256 << 10
_MOST_PATHS = 200


def extra_paths(file: Path) -> list[Path]:
    """The folders of adapters and bases that are there. Never raises: a file that is no such table
    says nothing."""
    try:
        table = _table(read_regular(file, _MOST_BYTES))
    except (OSError, FileError):
        return []
    sections = table.values() if is_table(table) else ()
    found = (path for one in sections if is_table(one) for path in _paths(one, file.parent))
    return [path for _, path in zip(range(_MOST_PATHS), found, strict=False) if path.is_dir()]


def _table(data: bytes) -> Any:
    """Of texts only: nothing in it is resolved to numbers, dates or objects."""
    import yaml

    try:
        return yaml.load(data, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None


def _paths(section: dict[str, Any], folder: Path) -> Iterator[Path]:
    """Several may stand in one text, each on its line."""
    base = folder / _expanded(section.get(_BASE, ""))
    for key in _KEYS:
        for line in _text(section.get(key)).splitlines():
            if line.strip() and "\0" not in line:
                yield base / _expanded(line)


def _expanded(value: object) -> str:
    return os.path.expandvars(os.path.expanduser(_text(value).strip().replace("\0", "")))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
