"""Checkpoint files rewritten in place of a copy: same header, same layout, new bytes for touched
weights."""

import os
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

import torch
from torch import nn

from loraviewer.adapters.files.header import Header, TensorInfo, read_header
from loraviewer.adapters.files.raw_writer import copy_with_metadata
from loraviewer.adapters.files.tensors import TORCH_DTYPES
from loraviewer.adapters.originals.clip import same_names
from loraviewer.adapters.originals.stored import StoredWeight, stored_weights
from loraviewer.adapters.originals.tensors import as_stored
from loraviewer.core.atomic import new_file, new_folder
from loraviewer.core.folders import weight_files
from loraviewer.core.outcome import FileError
from loraviewer.core.pipeline_parts import pipeline_parts
from loraviewer.core.sentences import say

_NEVER_COPIED = shutil.ignore_patterns("*.bin", "*.ckpt", "*.pt", "*.msgpack", "*.h5", ".*")


def left_out_of_copies(
    source: Path, parts: Collection[str]
) -> Callable[[str, list[str]], set[str]]:
    """For `shutil.copytree`: pickles, devices and pipes, and folders that a link leads to, which
    are not the base's, but for its `parts`."""

    def left_out(folder: str, names: list[str]) -> set[str]:
        paths = {name: os.path.join(folder, name) for name in names}
        odd = {n for n, p in paths.items() if not (os.path.isfile(p) or os.path.isdir(p))}
        linked = {n for n, p in paths.items() if os.path.isdir(p) and os.path.islink(p)}
        own = set(parts) if Path(folder) == source else set[str]()
        return _NEVER_COPIED(folder, names) | odd | (linked - own)

    return left_out


ParameterNames = Callable[[nn.Module, Iterable[str]], Mapping[str, str]]
"""A network and all names of its files → name in a file → parameter that is loaded from it."""


def same_parameters(network: nn.Module, keys: Iterable[str]) -> dict[str, str]:
    """`ParameterNames` of networks that keep their files' names, CLIP's wrapper aside."""
    own = network.state_dict().keys()
    found = ((key, next((n for n in same_names(key) if n in own), None)) for key in keys)
    return {key: name for key, name in found if name is not None}


def write_folder(
    out: Path,
    source: Path,
    components: Mapping[str, nn.Module],
    touched_names: Collection[str],
    names: ParameterNames = same_parameters,
    *,
    notes: Mapping[str, bytes] | None = None,
) -> None:
    """A copy of a diffusers folder; pickled duplicates of weights are left out.

    `touched_names`: tensors such as "unet.conv_in.weight" whose live values are written. `notes`:
    files to lie beside model_index.json.
    """
    if out.resolve().is_relative_to(source.resolve()):
        raise FileError(
            say(
                "“{path}” lies inside the base “{base}”; choose another place.",
                path=str(out),
                base=str(source),
            )
        )
    with new_folder(out) as temporary:
        parts = pipeline_parts(source) | components.keys()
        shutil.copytree(source, temporary, ignore=left_out_of_copies(source, parts))
        for component in sorted({name.split(".", 1)[0] for name in touched_names}):
            network = components[component]
            own = _of_component(component, touched_names, network)
            _rewrite_component(temporary / component, network, own, names)
        for name, data in (notes or {}).items():
            (temporary / name).write_bytes(data)


def write_single_file(
    out: Path,
    source: Path,
    components: Mapping[str, nn.Module],
    touched_names: Collection[str],
    names: ParameterNames = same_parameters,
    *,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """A copy of a single-file checkpoint, in the layout that it has; see `write_folder`.
    `metadata`: in place of the file's own."""
    header = read_header(source)
    places = stored_weights(header)
    with new_file(out) as temporary:
        if metadata is None:
            shutil.copyfile(source, temporary)
        else:
            header = copy_with_metadata(source, header, temporary, metadata)
        with temporary.open("r+b") as file:
            for component in sorted({name.split(".", 1)[0] for name in touched_names}):
                network, weights = components[component], places.get(component, {})
                own = _of_component(component, touched_names, network)
                found = _touched(network, own, names(network, weights))
                if left := own - set(found.values()):
                    whole = f"{component}.{min(left)}"
                    raise FileError(
                        say(
                            "“{path}” has no place for the weight “{weight}”.",
                            path=str(source),
                            weight=whole,
                        )
                    )
                for key, name in found.items():
                    _overwrite(file, header, weights[key], network.get_parameter(name), source)


def _rewrite_component(
    folder: Path, network: nn.Module, touched: set[str], names: ParameterNames
) -> None:
    """Overwrite touched weights in every file of their dtype; drop variants in other dtypes."""
    headers = {path: read_header(path) for path in weight_files(folder)}
    keys = {key for header in headers.values() for key in header.tensors}
    found = _touched(network, touched, names(network, keys))
    written: set[str] = set()
    for path, header in headers.items():
        own = {key: name for key, name in found.items() if key in header.tensors}
        if any(not _is_same_dtype(header.tensors[k], network, n) for k, n in own.items()):
            path.unlink()
            continue
        with path.open("r+b") as file:
            for key, name in own.items():
                whole = StoredWeight(key, header.tensors[key].shape)
                _overwrite(file, header, whole, network.get_parameter(name), path)
        written |= set(own.values())
    if left := touched - written:
        raise FileError(
            say(
                "“{name}” of the base has no safetensors file that holds “{weight}” in the loaded "
                "precision; load the base in the precision of its files.",
                name=folder.name,
                weight=min(left),
            )
        )


def touched_in_files(
    component: str,
    network: nn.Module,
    touched_names: Iterable[str],
    parameters: Mapping[str, str],
) -> dict[str, str]:
    """Name in the component's files → touched parameter that it becomes. `touched_names`: as for
    `write_folder`; `parameters`: as `ParameterNames` gives them. Raises `FileError` for a touched
    parameter that no name leads to."""
    own = _of_component(component, touched_names, network)
    found = _touched(network, own, parameters)
    if left := own - set(found.values()):
        whole = f"{component}.{min(left)}"
        raise FileError(say("The base’s files have no place for the weight “{name}”.", name=whole))
    return found


def _of_component(component: str, touched_names: Iterable[str], network: nn.Module) -> set[str]:
    """Its touched parameters, each by one name: modules may share one."""
    own = sorted(n.split(".", 1)[1] for n in touched_names if n.split(".", 1)[0] == component)
    return set({id(network.get_parameter(name)): name for name in own}.values())


def _touched(
    network: nn.Module, touched: Iterable[str], parameters: Mapping[str, str]
) -> dict[str, str]:
    """Name in the files → touched parameter; a shared one has every name it is stored under."""
    names = {id(network.get_parameter(name)): name for name in touched}
    live = dict(network.named_parameters(remove_duplicate=False))
    return {
        key: names[id(live[name])]
        for key, name in parameters.items()
        if name in live and id(live[name]) in names
    }


def _is_same_dtype(info: TensorInfo, network: nn.Module, name: str) -> bool:
    return TORCH_DTYPES.get(info.dtype) == network.get_parameter(name).dtype


def _overwrite(
    file: BinaryIO, header: Header, stored: StoredWeight, tensor: torch.Tensor, path: Path
) -> None:
    info = header.tensors[stored.key]
    begin, end = _bytes_of(stored, info)
    laid_out = as_stored(tensor.detach().to("cpu"), stored)
    raw = laid_out.reshape(-1).view(torch.uint8).numpy().tobytes()
    if TORCH_DTYPES.get(info.dtype) != tensor.dtype or len(raw) != end - begin:
        raise FileError(
            say(
                "“{name}” stores “{key}” as {dtype}, the loaded base as {loaded}; load the base "
                "in the precision of its file.",
                name=path.name,
                key=stored.key,
                dtype=info.dtype,
                loaded=str(tensor.dtype),
            )
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
