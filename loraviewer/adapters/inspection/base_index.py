"""What adapters can change in a base that nobody loaded, from the headers of its files alone."""

import os
from dataclasses import replace
from pathlib import Path

from loraviewer.adapters.files.header import Header
from loraviewer.adapters.files.weights_header import read_weights_header
from loraviewer.adapters.originals.assembly import Assembly
from loraviewer.adapters.originals.companions import Companions
from loraviewer.adapters.originals.folder import StoredPlace, folder_places, part_places
from loraviewer.adapters.originals.stored import stored_by_shapes, stored_weights
from loraviewer.adapters.originals.weight_files import WeightFile
from loraviewer.adapters.recognition.checkpoint_header import WHAT_IT_IS, FileKind, checkpoint_facts
from loraviewer.adapters.recognition.single_file_config import recognised
from loraviewer.adapters.targets import TargetIndex
from loraviewer.core.adapter_paths import is_adapter_folder
from loraviewer.core.outcome import CheckpointError
from loraviewer.core.sentences import say

_MAY_BE_BASE: frozenset[FileKind] = frozenset({"checkpoint", "video", "unknown"})
"""What adapters are made for. Of a kind that is not known, at least the names can be compared."""


Places = dict[str, dict[str, StoredPlace]]
"""Component → parameter → where it lies."""


def index_of_base(path: Path, components: Path | None = None) -> TargetIndex:
    """All target modules of a diffusers folder or a single file, in tenths of a second.
    `components`: where text encoders lie that a single file lacks.

    Raises `FileError` for a damaged file, `CheckpointError` for one that holds no base, and for a
    folder of components that is not there.
    """
    return index_of_places(path, base_places(path, components))


def index_of_places(path: Path, places: Places) -> TargetIndex:
    """As `index_of_base`, of places that are known."""
    index = TargetIndex.of_shapes(
        {
            component: {name: place.stored.shape for name, place in weights.items()}
            for component, weights in places.items()
        }
    )
    if not index.targets:
        raise CheckpointError(
            say("“{path}” holds no weights of a base; choose a checkpoint.", path=str(path))
        )
    return index


def base_places(path: Path, components: Path | None = None) -> Places:
    """Where each parameter of a base lies. Raises as `index_of_base`."""
    if is_adapter_folder(path):
        raise CheckpointError(
            say("“{path}” is an adapter and no base; choose a checkpoint.", path=str(path))
        )
    if os.path.isdir(path):
        return folder_places(path)
    header = read_weights_header(path)
    facts = checkpoint_facts(header)
    kind = facts.kind
    if kind not in _MAY_BE_BASE:
        raise CheckpointError(
            say(
                "“{path}” is {what} and no base; choose a checkpoint.",
                path=str(path),
                what=WHAT_IT_IS[kind],
            )
        )
    own = _file_places(path, header)
    return _companion_places(path, header, Companions.of(components)) | own


def _file_places(path: Path, header: Header) -> Places:
    return {
        component: {name: StoredPlace(path, header, stored) for name, stored in weights.items()}
        for component, weights in stored_weights(header).items()
    }


def _companion_places(path: Path, header: Header, companions: Companions) -> Places:
    """Of the text encoders that rendering would take from the folder of components."""
    if not companions:
        return {}
    try:
        assembly = Assembly(recognised(path, header), companions)
    except CheckpointError:
        return {}  # its single files do not open, with components or without
    return {
        name: _companion(assembly, name)
        for name in assembly.present
        if name.startswith("text_encoder") and not assembly.is_own(name)
    }


def _companion(assembly: Assembly, name: str) -> dict[str, StoredPlace]:
    file = assembly.files[name]
    if file is None:
        return part_places(assembly.folders[name])
    return _lone_encoder(file)


def _lone_encoder(file: WeightFile) -> dict[str, StoredPlace]:
    """Of a file that holds one text encoder, whatever stands before its names."""
    keys = {own: key for key, own in file.names.items()}
    shapes = {own: file.header.tensors[key].shape for own, key in keys.items()}
    weights = stored_by_shapes(shapes).get("text_encoder", {})
    return {
        name: StoredPlace(file.path, file.header, replace(stored, key=keys[stored.key]))
        for name, stored in weights.items()
    }
