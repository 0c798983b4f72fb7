"""Configuration files of checkpoints."""

import json
from pathlib import Path
from typing import Any

from loraviewer.core.outcome import CheckpointError

_MAX_BYTES = 8 << 20


def read_config(path: Path) -> dict[str, Any]:
    """A configuration file as a table; `CheckpointError` if it is missing or broken."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise CheckpointError(f"{path}: this file is too large for a configuration.")
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(f"{path}: it cannot be read ({error.strerror or error}).") from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: this is no valid JSON; the folder is damaged.") from error
    if not isinstance(values, dict):
        raise CheckpointError(f"{path}: this is no configuration; the folder is damaged.")
    return values
