"""The weights of a diffusers folder, from the headers of its safetensors files alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from loraviewer.adapters.files.header import read_header
from loraviewer.adapters.originals.language_models import loaded_names
from loraviewer.adapters.originals.stored import with_tied

Shape = tuple[int, ...]

_COMPONENTS = re.compile(r"unet|transformer|prior|vae|text_encoder(_[234])?")
_NAME = re.compile(r"(?:diffusion_pytorch_model|model)(?:\.(?P<variant>\w+))?(?:-\d+-of-\d+)?")


def folder_weights(folder: Path) -> Mapping[str, Mapping[str, Shape]]:
    """Component → parameter name → shape, from all shards of one variant of each component: the
    one without a name (fp16, bf16 …) if there is one. Raises `FileError` for a damaged file."""
    components: dict[str, dict[str, Shape]] = {}
    for part in sorted(path for path in folder.iterdir() if path.is_dir()):
        if not _COMPONENTS.fullmatch(part.name):
            continue
        weights: dict[str, Shape] = {}
        for path in weight_files(part):
            tensors = read_header(path).tensors
            weights |= {name: info.shape for name, info in tensors.items()}
        if weights:
            components[part.name] = _as_loaded(part.name, weights)
    return components


def weight_files(part: Path) -> tuple[Path, ...]:
    """The safetensors files of one variant of a component, sorted."""
    by_variant: dict[str, list[Path]] = {}
    for path in sorted(part.glob("*.safetensors")):
        if match := _NAME.fullmatch(path.stem):
            by_variant.setdefault(match["variant"] or "", []).append(path)
    return tuple(by_variant[min(by_variant)]) if by_variant else ()


def _as_loaded(component: str, weights: Mapping[str, Shape]) -> dict[str, Shape]:
    """Transformers renames encoders of older files. `text_model.` before all of a CLIP encoder's
    names is kept by the class with a projection alone."""
    if not component.startswith("text_encoder"):
        return dict(weights)
    names = loaded_names(weights)
    renamed = {names[name]: shape for name, shape in weights.items()}
    if "text_projection.weight" in weights:
        return renamed
    return with_tied({name.removeprefix("text_model."): s for name, s in renamed.items()})
