"""Checkpoint files written anew in their own layout and another precision, tensor by tensor."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

import torch

from loraviewer.adapters.files.header import Header, read_header
from loraviewer.adapters.files.raw_writer import RawTensor, write_raw
from loraviewer.adapters.files.safetensors_writer import made_when_written
from loraviewer.adapters.files.tensors import TORCH_DTYPES, read_tensor
from loraviewer.adapters.originals.stored import StoredWeight
from loraviewer.adapters.originals.tensors import as_stored
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import open_regular
from loraviewer.core.sentences import say


class Values(Protocol):
    """`adapters.merging.live_values`, as a file sees it."""

    def dtype_of(self, stored: torch.dtype) -> torch.dtype: ...

    def parameter(self, component: str, name: str) -> torch.Tensor: ...

    def tensor(self, stored: torch.Tensor, name: str) -> torch.Tensor: ...


class Touched(NamedTuple):
    """A parameter that a stack changes, and where a file keeps it."""

    component: str
    name: str
    stored: StoredWeight


def recast(
    out: Path,
    sources: Iterable[Path],
    touched: Iterable[Touched],
    values: Values,
    metadata: Mapping[str, str],
) -> None:
    """All tensors of `sources` in one file, those of `touched` with what the stack makes of them.
    Raises `FileError`, `OSError`, and as `values` does."""
    by_key: dict[str, list[Touched]] = defaultdict(list)
    for one in touched:
        by_key[one.stored.key].append(one)
    tensors: dict[str, RawTensor] = {}
    for path in sources:
        header = read_header(path)
        for key, info in header.tensors.items():
            dtype = values.dtype_of(_torch_dtype(path, key, info.dtype))
            make = partial(_made, path, header, key, by_key[key], values)
            tensors[key] = made_when_written(dtype, info.shape, make)
    write_raw(out, tensors, metadata)


def _made(
    path: Path, header: Header, key: str, touched: list[Touched], values: Values
) -> torch.Tensor:
    info = header.tensors[key]
    if len(touched) == 1 and touched[0].stored.rows is None:
        one = touched[0]
        own = as_stored(values.parameter(one.component, one.name), one.stored)
        return own.reshape(info.shape)
    with open_regular(path) as file:
        made = values.tensor(read_tensor(file, header, key, path), key)
    for component, name, stored in touched:
        rows = made[slice(*(stored.rows or (0, None)))]
        rows.copy_(as_stored(values.parameter(component, name), stored).reshape(rows.shape))
    return made


def _torch_dtype(path: Path, key: str, code: str) -> torch.dtype:
    dtype = TORCH_DTYPES.get(code)
    if dtype is None:
        raise FileError(
            say("“{path}” stores “{key}” as {code}, which cannot be converted.",
                path=str(path), key=key, code=code)
        )  # fmt: skip
    return dtype
