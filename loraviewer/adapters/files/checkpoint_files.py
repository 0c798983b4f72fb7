"""Checkpoint files rewritten in place of a copy: same header, same layout, new bytes for touched
weights."""

import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

import torch
from torch import nn

from loraviewer.adapters.files.header import Header, TensorInfo, read_header
from loraviewer.adapters.files.tensors import TORCH_DTYPES
from loraviewer.adapters.originals.clip import same_names
from loraviewer.adapters.originals.stored import StoredWeight, StoredWeights, stored_weights
from loraviewer.adapters.originals.tensors import as_stored
from loraviewer.core.atomic import new_file, new_folder
from loraviewer.core.outcome import FileError

_NEVER_COPIED = shutil.ignore_patterns("*.bin", "*.ckpt", "*.pt", "*.msgpack", "*.h5", ".*")


def write_folder(
    out: Path, source: Path, components: Mapping[str, nn.Module], touched_names: Collection[str]
) -> None:
    """A copy of a diffusers folder; pickled duplicates of weights are left out.

    `touched_names`: tensors such as "unet.conv_in.weight" whose live values are written.
    """
    if out.resolve().is_relative_to(source.resolve()):
        raise FileError(f"“{out}” lies inside the base “{source}”; choose another place.")
    with new_folder(out) as temporary:
        shutil.copytree(source, temporary, ignore=_NEVER_COPIED)
        for component in sorted({name.split(".", 1)[0] for name in touched_names}):
            own = [n for n in touched_names if n.split(".", 1)[0] == component]
            _rewrite_component(temporary / component, components[component], component, own)


def write_single_file(
    out: Path, source: Path, components: Mapping[str, nn.Module], touched_names: Collection[str]
) -> None:
    """A copy of a single-file checkpoint, in the layout that it has; see `write_folder`."""
    header = read_header(source)
    places = stored_weights(header)
    with new_file(out) as temporary:
        shutil.copyfile(source, temporary)
        with temporary.open("r+b") as file:
            for name in touched_names:
                stored = _stored(places, name)
                if stored is None:
                    raise FileError(f"“{source}” has no place for the weight “{name}”.")
                _overwrite(file, header, stored, _live(components, name), source)


def _rewrite_component(
    folder: Path, network: nn.Module, component: str, names: Iterable[str]
) -> None:
    """Overwrite touched weights in every shard of their dtype; drop variants in other dtypes."""
    left = {name.split(".", 1)[1] for name in names}
    for path in sorted(folder.glob("*.safetensors")):
        header = read_header(path)
        places = {n: _folder_key(n, header) for n in left}
        found = {name: key for name, key in places.items() if key is not None}
        if any(not _is_same_dtype(header.tensors[k], network, n) for n, k in found.items()):
            path.unlink()
            continue
        with path.open("r+b") as file:
            for name, key in found.items():
                whole = StoredWeight(key, header.tensors[key].shape)
                _overwrite(file, header, whole, network.get_parameter(name), path)
        left -= found.keys()
    if left:
        raise FileError(
            f"“{folder.name}” of the base has no safetensors file that holds “{min(left)}” in the "
            "loaded precision; load the base in the precision of its files."
        )


def _folder_key(name: str, header: Header) -> str | None:
    return next((key for key in same_names(name) if key in header.tensors), None)


def _is_same_dtype(info: TensorInfo, network: nn.Module, name: str) -> bool:
    return TORCH_DTYPES.get(info.dtype) == network.get_parameter(name).dtype


def _live(components: Mapping[str, nn.Module], name: str) -> torch.Tensor:
    component, key = name.split(".", 1)
    return components[component].get_parameter(key)


def _stored(places: StoredWeights, name: str) -> StoredWeight | None:
    component, key = name.split(".", 1)
    weights = places.get(component, {})
    return next((weights[same] for same in same_names(key) if same in weights), None)


def _overwrite(
    file: BinaryIO, header: Header, stored: StoredWeight, tensor: torch.Tensor, path: Path
) -> None:
    info = header.tensors[stored.key]
    begin, end = _bytes_of(stored, info)
    laid_out = as_stored(tensor.detach().to("cpu"), stored)
    raw = laid_out.reshape(-1).view(torch.uint8).numpy().tobytes()
    if TORCH_DTYPES.get(info.dtype) != tensor.dtype or len(raw) != end - begin:
        raise FileError(
            f"“{path.name}” stores “{stored.key}” as {info.dtype}, the loaded base as "
            f"{tensor.dtype}; load the base in the precision of its file."
        )
    file.seek(header.data_offset + begin)
    file.write(raw)


def _bytes_of(stored: StoredWeight, info: TensorInfo) -> tuple[int, int]:
    """Where the weight's rows begin and end in the data section."""
    if stored.rows is None:
        return info.begin, info.end
    row_bytes = (info.end - info.begin) // info.shape[0]
    start, stop = stored.rows
    return info.begin + start * row_bytes, info.begin + stop * row_bytes
