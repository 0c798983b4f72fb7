"""Which folders a pipeline consists of. Its own are also those that a link leads to: people share a
VAE between bases. Other links in it may lead anywhere and are none of it."""

import os
from collections.abc import Iterator
from pathlib import Path

from loraviewer.core.adapter_paths import PIPELINE_INDEX
from loraviewer.core.json_tables import BadTable, decoded_table
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import read_regular

_MOST_BYTES = 1 << 20


def pipeline_parts(folder: Path) -> set[str]:
    """Names of the folders that its index names; none where no index can be read."""
    try:
        index = decoded_table(read_regular(folder / PIPELINE_INDEX, _MOST_BYTES))
    except (OSError, FileError, BadTable):
        return set()
    return {name for name, entry in index.items() if isinstance(entry, list)}


def files_of_base(folder: Path) -> Iterator[Path]:
    """All files of a base that is a folder."""
    linked = (folder / name for name in pipeline_parts(folder))
    roots = (folder, *(part for part in linked if part.is_symlink() and os.path.isdir(part)))
    for root in roots:
        for place, _, names in os.walk(root):
            yield from (Path(place) / name for name in names)
