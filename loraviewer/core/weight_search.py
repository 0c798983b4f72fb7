"""What lies below a folder of people's weights: files, folders of one adapter, whole pipelines."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from loraviewer.core.adapter_paths import (
    PEFT_CONFIG,
    PIPELINE_INDEX,
    is_adapter_folder,
    is_named_by_folder,
    own_weights,
)
from loraviewer.core.folders import Place, walk

SUFFIXES = (".safetensors", ".ckpt", ".pt", ".pth", ".gguf")
"""Of files that people take for weights. Those that are refused are shown with the reason."""
_COMPONENT_CONFIG = "config.json"
_COMPONENT_STEMS = ("diffusion_pytorch_model", "model")


def weights_below(folder: Path) -> Iterator[Path]:
    """Weight files, folders of one adapter in place of its file, and whole pipelines in place of
    what is inside them."""
    for place in walk(folder):
        is_root = place.path == folder
        if PIPELINE_INDEX in place.files and not is_root:
            place.folders.clear()
            yield place.path
            continue
        yield from loose_weights(place, is_root=is_root)


def is_component_file(path: Path) -> bool:
    """Whether a weight file has the name and the neighbour of a base's network, as diffusers and
    transformers save it."""
    return path.stem.startswith(_COMPONENT_STEMS) and os.path.isfile(
        path.parent / _COMPONENT_CONFIG
    )


def loose_weights(
    place: Place, *, is_root: bool = False, suffixes: tuple[str, ...] = SUFFIXES
) -> Iterator[Path]:
    """Of a place: its folder, where that is one adapter, and its weight files that are not that
    adapter's. `is_root`: it is looked into, whatever it is."""
    weights = [name for name in place.files if name.lower().endswith(suffixes)]
    if not is_root and _may_be_adapter(place.files) and is_adapter_folder(place.path):
        yield place.path
        own = own_weights(place.files)
        weights = [name for name in weights if name not in own]
    yield from (place.path / name for name in weights)


def _may_be_adapter(names: Sequence[str]) -> bool:
    """Without a further look at the disk."""
    return PEFT_CONFIG in names or any(map(is_named_by_folder, map(Path, names)))
