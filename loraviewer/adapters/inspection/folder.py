"""All weight files below a folder as rows of a table, from headers only."""

import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from loraviewer.adapters.about.summary import outline_of
from loraviewer.adapters.configuration.file_configuration import FileConfiguration
from loraviewer.adapters.files.header import Header, read_header
from loraviewer.adapters.groups import Group, adapter_groups
from loraviewer.adapters.inspection.inspect import groups_of, verdict
from loraviewer.adapters.inspection.pipeline import folder_facts, is_pipeline
from loraviewer.adapters.matching import match_file
from loraviewer.adapters.recognition.checkpoint_header import WHAT_IT_IS, checkpoint_facts
from loraviewer.adapters.recognition.families import family_of_targets
from loraviewer.adapters.recognition.prediction_beside import with_beside
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.adapter_paths import adapter_file
from loraviewer.core.outcome import AdapterError, FileError
from loraviewer.core.weight_search import weights_below

_FEW = 100
"""Up to so many files are read sooner than other processes have started."""


def inspect_folder(folder: Path, index: TargetIndex | None = None) -> dict[str, Any]:
    """`files`: one row for each weight file, folder of one adapter and diffusers folder below
    `folder`, by name. No file ends it: what cannot be read has its `problem`. Links to folders are
    followed, each folder is looked at once.

    Large folders are read by several processes at once.
    """
    paths = sorted(weights_below(folder))
    table = _Table(folder, index)
    # A frozen program would start itself, window and all, in place of each process.
    if len(paths) <= _FEW or getattr(sys, "frozen", False):
        rows = list(map(table.row, paths))
    else:
        with ProcessPoolExecutor() as pool:
            # Each chunk takes a copy of the base's names along.
            chunk = max(_FEW // 2, len(paths) // (2 * (os.cpu_count() or 1)))
            rows = list(pool.map(table.row, paths, chunksize=chunk))
    return {
        "type": "folder",
        "path": str(folder),
        "adapters": sum(row["type"] == "adapter" for row in rows),
        "unreadable": sum(row["problem"] is not None for row in rows),
        "files": rows,
    }


class _Table:
    """Makes rows; may be sent to another process."""

    def __init__(self, folder: Path, index: TargetIndex | None) -> None:
        self._folder, self._index = folder, index
        self._base_family = family_of_targets(index) if index else ""

    def row(self, path: Path) -> dict[str, Any]:
        row: dict[str, Any] = {
            "file": path.relative_to(self._folder).as_posix(),
            "type": "unknown",
            "family": "unknown",
            "problem": None,
        }
        try:
            is_whole = path.is_dir() and is_pipeline(path)
            return row | (self._pipeline(path) if is_whole else self._file(adapter_file(path)))
        except (FileError, AdapterError) as error:
            return row | {"problem": error.message}

    def _pipeline(self, path: Path) -> dict[str, Any]:
        facts = folder_facts(path)
        wanted = ("type", "family", "variant", "prediction", "dtype", "parameters")
        return {name: facts[name] for name in wanted}

    def _file(self, path: Path) -> dict[str, Any]:
        header = read_header(path)
        holds = checkpoint_facts(header)
        size = {"bytes": header.data_offset + max(_ends(header), default=0)}
        groups = groups_of(header, holds)
        if modules := adapter_groups(header, groups):
            return size | self._adapter(header, path, groups, modules)
        facts = {"type": "checkpoint" if holds.is_checkpoint else "unknown"}
        if not holds.is_checkpoint:
            return facts | size | {"family": holds.family, "holds": WHAT_IT_IS[holds.kind]}
        holds, _ = with_beside(path, holds)
        return (
            facts
            | size
            | {
                "family": holds.family,
                "variant": holds.variant,
                "prediction": holds.prediction,
                "dtype": holds.dtype,
                "parameters": holds.parameters,
            }
        )

    def _adapter(
        self, header: Header, path: Path, groups: Sequence[Group], modules: Sequence[Group]
    ) -> dict[str, Any]:
        configuration = FileConfiguration.of(header, path)
        outline = outline_of(header, path, modules, configuration)
        facts: dict[str, Any] = {
            "type": "adapter",
            "family": outline.family,
            "candidates": list(outline.candidates),
            "naming": list(outline.naming),
            "kinds": outline.kinds,
            "modules": outline.modules,
            "ranks": dict(zip(("min", "max"), outline.ranks, strict=True))
            if outline.ranks
            else None,
            "dtype": outline.dtype,
        }
        if self._index is None:
            return facts
        report = match_file(header, self._index, configuration, groups).report("")
        return facts | {
            "fits": report.fits,
            "landed": len(report.matched),
            "verdict": verdict(report, outline.candidates, self._base_family),
        }


def _ends(header: Header) -> Iterable[int]:
    return (info.end for info in header.tensors.values())
