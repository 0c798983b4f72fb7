"""The weights of a diffusers folder, from the headers of its safetensors files alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from loraviewer.adapters.files.header import Header
from loraviewer.adapters.files.weights_header import read_weights_header
from loraviewer.adapters.originals.language_models import loaded_names
from loraviewer.adapters.originals.stored import StoredWeight, with_tied
from loraviewer.core import folders

Shape = tuple[int, ...]
T = TypeVar("T")

_COMPONENTS = re.compile(r"unet|transformer|prior|vae|text_encoder(_[234])?")
_NAME = re.compile(r"(?:diffusion_pytorch_model|model)(?:\.(?P<variant>\w+))?(?:-\d+-of-\d+)?")


def folder_weights(folder: Path) -> Mapping[str, Mapping[str, Shape]]:
    """Component → parameter name → shape, from all shards of one variant of each component: the
    one without a name (fp16, bf16 …) if there is one. Raises `FileError` for a damaged file."""
    return {
        component: {name: place.stored.shape for name, place in places.items()}
        for component, places in folder_places(folder).items()
    }


class StoredPlace(NamedTuple):
    """Where a weight lies: in which file, and where in it."""

    path: Path
    header: Header
    stored: StoredWeight


def folder_places(folder: Path) -> dict[str, dict[str, StoredPlace]]:
    """As `folder_weights`: where each parameter of each component lies."""
    parts = sorted(path for path in folder.iterdir() if path.is_dir())
    found = {p.name: part_places(p) for p in parts if _COMPONENTS.fullmatch(p.name)}
    return {component: places for component, places in found.items() if places}


def part_places(part: Path) -> dict[str, StoredPlace]:
    """Of one component's folder."""
    places: dict[str, StoredPlace] = {}
    for path in weight_files(part):
        header = read_weights_header(path)
        for name, info in header.tensors.items():
            places[name] = StoredPlace(path, header, StoredWeight(name, info.shape))
    return _as_loaded(part.name, places)


def weight_files(part: Path) -> tuple[Path, ...]:
    """The safetensors files of one variant of a component, sorted."""
    by_variant: dict[str, list[Path]] = {}
    for path in folders.weight_files(part):
        if match := _NAME.fullmatch(path.stem):
            by_variant.setdefault(match["variant"] or "", []).append(path)
    return tuple(by_variant[min(by_variant)]) if by_variant else ()


def _as_loaded(component: str, weights: Mapping[str, T]) -> dict[str, T]:
    """Transformers renames encoders of older files. `text_model.` before all of a CLIP encoder's
    names is kept by the class with a projection alone."""
    if not component.startswith("text_encoder"):
        return dict(weights)
    names = loaded_names(weights)
    renamed = {names[name]: weight for name, weight in weights.items()}
    if "text_projection.weight" in weights:
        return renamed
    return with_tied({name.removeprefix("text_model."): w for name, w in renamed.items()})
