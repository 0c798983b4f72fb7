"""What somebody who is to mend a fault needs to know, as one text."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import open_regular
from loraviewer.core.reports import CheckpointInfo

_MOST_LINES = 200
_MOST_BYTES = 64 << 10
"""Of the log's end."""


def bug_report(
    versions: Mapping[str, str], info: CheckpointInfo | None, log: Path | None, home: Path
) -> str:
    """versions: of the packages that matter. info: the loaded base. log: its end is taken along.
    Names of folders below `home` lose it: who reads the report need not know whose they are."""
    told = {
        **versions,
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}, {sys.platform}",
        "base": _base(info),
    }
    facts = "\n".join(f"{name}: {value}" for name, value in told.items())
    return f"{facts}\n\n{_end_of(log)}".replace(str(home), "~").rstrip() + "\n"


def _base(info: CheckpointInfo | None) -> str:
    if info is None:
        return "none"
    size_gb = info.weight_bytes / 1e9
    return f"{info.family}, {size_gb:.2f} GB, {info.dtype} on {info.device}, {info.merge_mode}"


def _end_of(log: Path | None) -> str:
    if log is None:
        return "There is no log."
    try:
        with open_regular(log) as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _MOST_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except (OSError, FileError) as error:
        return f"The log cannot be read: {error}"
    return "\n".join(lines[-_MOST_LINES:])
