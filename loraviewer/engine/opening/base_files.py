"""Base weights from the files of a checkpoint, long after it was loaded: one at a time, in the
precision of the live weight.

Files are opened for each weight and read, never mapped: a mapped file that shrinks kills the
process, one that is read is told to be another.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from loraviewer.adapters.files.scaled_fp8 import scale_name
from loraviewer.adapters.files.tensors import TORCH_DTYPES
from loraviewer.adapters.originals.stored import Shape, StoredWeight
from loraviewer.adapters.originals.tensors import as_parameter
from loraviewer.adapters.originals.weight_files import FileLayout
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.outcome import FileError
from loraviewer.core.regular_files import open_regular
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of
from loraviewer.engine.opening import single_file
from loraviewer.engine.opening.file_names import parameter_names, tied_names
from loraviewer.engine.opening.folder import folder_layouts
from loraviewer.engine.opening.weights import fill


@dataclass(frozen=True)
class _Place:
    """The bytes of one weight: of its own rows only, where a tensor of the file has others too.

    `begin` counts from the start of the file. `form` says how the parameter is made of `shape`.
    """

    path: Path
    begin: int
    size: int
    dtype: torch.dtype
    shape: Shape
    form: StoredWeight


class BaseFiles:
    """Implements `adapters.merging.base_weights.BaseSource`. Use from one thread.

    Whether the files still are those that were loaded is for the reader of the weights to tell; a
    file that vanished or ends too early is a `FileError`.
    """

    def __init__(self, places: Mapping[WeightKey, _Place]) -> None:
        self._places = places

    @classmethod
    def of(
        cls, path: Path, networks: Mapping[str, torch.nn.Module], components: Path | None = None
    ) -> "BaseFiles":
        """The files that a checkpoint and its companions are loaded from, by their headers.

        Raises `FileError` and `CheckpointError` as loading it does.
        """
        if os.path.isdir(path):
            layouts = {name: folder_layouts(path / name) for name in networks}
        else:
            layouts = single_file.component_layouts(path, components)
        return cls({
            (name, weight): place
            for name in networks.keys() & layouts.keys()
            for weight, place in _named(networks[name], _places(layouts[name]))
        })  # fmt: skip

    def gives(self, key: WeightKey, live: torch.Tensor) -> bool:
        place = self._places.get(key)
        return place is not None and place.form.shape == tuple(live.shape)

    def file_name(self, key: WeightKey) -> str:
        return str(self._places[key].path)

    def read(self, key: WeightKey, dtype: torch.dtype) -> torch.Tensor:
        place = self._places[key]
        raw = torch.empty(place.size, dtype=torch.uint8)
        try:
            with open_regular(place.path, buffering=0) as file:
                file.seek(place.begin)
                fill(file, memoryview(raw.numpy()), place.path)  # type: ignore[arg-type]
        except OSError as error:
            raise FileError(_lost(place.path, error)) from error
        stored = raw.view(place.dtype).reshape(place.shape)
        weight = as_parameter(stored, place.form)
        return weight.to(dtype).contiguous()


def _lost(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return say(
            "“{path}” is no longer there; put it back or open another checkpoint.", path=str(path)
        )
    return say(
        "“{path}” cannot be read ({why}).",
        path=str(path),
        why=reason_of(error) if error.strerror else os.strerror(error.errno or 0),
    )


def _places(layouts: Iterable[FileLayout]) -> dict[str, _Place]:
    """Name in the words of the files → place, of everything that can be read as it is."""
    return {
        name: place
        for layout in layouts
        for name, stored in layout.places.items()
        if (place := _place(layout, stored)) is not None
    }


def _place(layout: FileLayout, stored: StoredWeight) -> _Place | None:
    """None for scaled and packed weights: what is live is computed from several tensors."""
    info = layout.header.tensors[stored.key]
    dtype = TORCH_DTYPES.get(info.dtype)
    if dtype is None or scale_name(layout.header, stored.key) is not None:
        return None
    begin, end, shape = info.begin, info.end, info.shape
    if stored.rows is not None:
        start, stop = stored.rows
        row_bytes = (info.end - info.begin) // shape[0]
        begin, end = info.begin + start * row_bytes, info.begin + stop * row_bytes
        shape = (stop - start, *shape[1:])
    offset = layout.header.data_offset + begin
    return _Place(layout.path, offset, end - begin, dtype, shape, replace(stored, rows=None))


def _named(network: Any, places: dict[str, _Place]) -> Iterator[tuple[str, _Place]]:
    """Parameters of the network, as it calls them, with the places that files give them."""
    keys = {name: key for key, name in parameter_names(network, places).items()}
    for names in tied_names(network):
        key = next((keys[name] for name in names if name in keys), None)
        if key is not None:
            yield from ((name, places[key]) for name in names)
