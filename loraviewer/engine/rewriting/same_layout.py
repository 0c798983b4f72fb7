"""A base in its own layout and another precision."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from torch import nn

from loraviewer.adapters.files.checkpoint_files import left_out_of_copies, touched_in_files
from loraviewer.adapters.files.config import read_config
from loraviewer.adapters.files.header import read_header
from loraviewer.adapters.files.recast_files import Touched, recast
from loraviewer.adapters.merging.live_values import LiveValues
from loraviewer.adapters.originals.stored import StoredWeight, StoredWeights, stored_weights
from loraviewer.core.atomic import new_file, new_folder
from loraviewer.core.pipeline_parts import pipeline_parts
from loraviewer.engine.opening.file_names import is_transformers, parameter_names
from loraviewer.engine.opening.folder import folder_layouts
from loraviewer.engine.rewriting.to_folder import write_table

_DTYPE_KEYS = ("torch_dtype", "dtype")


def recast_file(out: Path, source: Path, values: LiveValues, metadata: Mapping[str, str]) -> None:
    """Of a single file. Raises `FileError`, `MergeError` and `Cancelled`; nothing is written
    then."""
    touched = list(_touched_of_file(stored_weights(read_header(source)), values))
    with new_file(out) as temporary:
        recast(temporary, [source], touched, values, metadata)


def recast_folder(
    out: Path, source: Path, values: LiveValues, precision: str, notes: Mapping[str, bytes]
) -> None:
    """Of a diffusers folder; each network becomes one file. `notes`: files to lie beside
    model_index.json. Raises as `recast_file`."""
    parts = pipeline_parts(source) | values.networks.keys()
    left_out = left_out_of_copies(source, parts)
    with new_folder(out) as temporary:
        ignore = _besides_weights(source, values.networks, left_out)
        shutil.copytree(source, temporary, ignore=ignore)
        for component, network in values.networks.items():
            _recast_part(temporary / component, source / component, network, values)
            _say_precision(temporary / component / "config.json", precision)
        for name, data in notes.items():
            (temporary / name).write_bytes(data)


def _touched_of_file(places: StoredWeights, values: LiveValues) -> Iterator[Touched]:
    for component in sorted({name.split(".", 1)[0] for name in values.touched_names}):
        network, own = values.networks[component], places.get(component, {})
        names = parameter_names(network, own)
        found = touched_in_files(component, network, values.touched_names, names)
        yield from (Touched(component, name, own[key]) for key, name in found.items())


def _recast_part(out: Path, source: Path, network: nn.Module, values: LiveValues) -> None:
    layouts = folder_layouts(source)
    shapes = {key: place.shape for file in layouts for key, place in file.places.items()}
    names = parameter_names(network, shapes)
    component = source.name
    found = touched_in_files(component, network, values.touched_names, names)
    touched = [
        Touched(component, name, StoredWeight(key, shapes[key])) for key, name in found.items()
    ]
    usual = "model" if is_transformers(type(network)) else "diffusion_pytorch_model"
    files = [file.path for file in layouts]
    recast(out / f"{usual}.safetensors", files, touched, values, {"format": "pt"})


_LeftOut = Callable[[str, list[str]], set[str]]


def _besides_weights(
    source: Path, networks: Mapping[str, nn.Module], left_out: _LeftOut
) -> _LeftOut:
    """All variants and shards of the networks, with the lists of them."""

    def besides(folder: str, names: list[str]) -> set[str]:
        is_network = Path(folder).parent == source and Path(folder).name in networks
        weights = {n for n in names if n.endswith(".safetensors") or ".safetensors.index" in n}
        return left_out(folder, names) | (weights if is_network else set[str]())

    return besides


def _say_precision(path: Path, precision: str) -> None:
    """Some configurations name the precision of the files beside them."""
    if not path.is_file():
        return
    config = read_config(path)
    if changed := {key: precision for key in _DTYPE_KEYS if key in config}:
        write_table(path, config | changed)
