"""Adapter files → `Adapter`: which modules change and how, and a report of every key."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import torch

from loraviewer.adapters.families import FAMILY_TITLES, family_of_adapter, family_of_targets
from loraviewer.adapters.hashing import stream_sha256
from loraviewer.adapters.header import Header, read_header_from
from loraviewer.adapters.kinds.base import ModuleDelta, Scaling
from loraviewer.adapters.kinds.registry import ALPHA
from loraviewer.adapters.matching import Match, match_file
from loraviewer.adapters.scaling import FileScaling
from loraviewer.adapters.summary import summarise
from loraviewer.adapters.targets import ModuleKey, TargetIndex
from loraviewer.adapters.tensors import read_tensor
from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import AdapterError, FileError
from loraviewer.core.reports import AdapterReport

__all__ = ["Adapter", "load_adapter", "summarise"]


@dataclass(frozen=True)
class Adapter:
    """A loaded adapter: ΔW of each target module at scale 1. `sha256` is of the whole file."""

    sha256: str
    name: str
    path: str
    modules: Mapping[ModuleKey, ModuleDelta]


def load_adapter(
    path: Path, index: TargetIndex, token: CancelToken | None = None
) -> tuple[Adapter, AdapterReport]:
    """Read an adapter file and match it against a base.

    Raises `FileError` for a damaged file, `AdapterError` where nothing matches or a factor is not
    finite, `Cancelled` between modules.
    """
    try:
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            adapter, report = _load(file, path, index, token or CancelToken())
            after = os.fstat(file.fileno())
    except OSError as error:
        raise FileError(f"“{path}” cannot be read: {error.strerror or error}.") from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise FileError(f"“{path}” changed while it was being read; open it again.")
    return adapter, report


def _load(
    file: BinaryIO, path: Path, index: TargetIndex, token: CancelToken
) -> tuple[Adapter, AdapterReport]:
    header = read_header_from(file, path)
    matching = match_file(header, index)
    if not matching.matches:
        raise AdapterError(_nothing_matches(path, header, index))
    reader = _DeltaReader(file, path, header)
    modules: dict[ModuleKey, ModuleDelta] = {}
    for match in matching.matches:
        token.raise_if_cancelled()
        modules[match.target.key] = reader.read(match)
    sha256 = stream_sha256(file, token)
    return Adapter(sha256, path.stem, str(path), modules), matching.report(sha256)


class _DeltaReader:
    """Reads the tensors of matched groups from an open file."""

    def __init__(self, file: BinaryIO, path: Path, header: Header) -> None:
        self._file, self._path, self._header = file, path, header
        self._scaling = FileScaling.of(header, path)

    def read(self, match: Match) -> ModuleDelta:
        tensors = {
            role: read_tensor(self._file, self._header, name, self._path)
            for role, name in match.group.roles.items()
        }
        for tensor in tensors.values():
            self._check_finite(tensor, match)
        alpha = tensors.pop(ALPHA, None)
        scaling = (
            self._scaling.for_target(match.target)
            if alpha is None
            else Scaling(float(alpha.flatten()[0]))
        )
        return match.kind.delta(tensors, scaling)

    def _check_finite(self, tensor: torch.Tensor, match: Match) -> None:
        if tensor.numel() and not math.isfinite(tensor.float().abs().max().item()):
            raise AdapterError(
                f"“{self._path}” holds infinite or undefined numbers in “{match.group.key}”; "
                "the file is broken, use another copy or an earlier save."
            )


def _nothing_matches(path: Path, header: Header, index: TargetIndex) -> str:
    if not header.tensors:
        return f"“{path}” is empty; choose another file."
    made_for = FAMILY_TITLES.get(family_of_adapter(header))
    base = FAMILY_TITLES.get(family_of_targets(index))
    if made_for and base and made_for != base:
        return f"“{path}” was made for {made_for}; the base is {base}. Load a fitting base."
    if made_for:
        return f"“{path}” was made for {made_for} and matches nothing in the loaded base."
    example = next(iter(header.tensors))
    return f"“{path}” matches nothing in the loaded base; it names tensors like “{example[:120]}”."
