"""Networks from tensors in the layouts that their authors published, without prefixes."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from loraviewer.adapters.files.config import read_config
from loraviewer.adapters.originals.stored import Shape, StoredWeight, stored_by_shapes
from loraviewer.adapters.originals.tensors import as_parameter
from loraviewer.adapters.packed.forms import PackedWeight
from loraviewer.adapters.recognition.single_file_config import SingleFile
from loraviewer.engine.opening.kept_weights import placed
from loraviewer.engine.opening.networks import build_network
from loraviewer.engine.opening.packed_weights import is_packed, packed_parameter, shape_of
from loraviewer.engine.opening.part_classes import part_class

Tensors = dict[str, Any]

_PREFIX = {
    "unet": "model.diffusion_model.",
    "transformer": "model.diffusion_model.",
    "vae": "first_stage_model.",
}
_BUFFERS = {"pos_embed": "pos_embed.pos_embed"}
"""What files hold beside parameters: SD 3's table of positions."""
_OPEN_CLIP_MARK = "transformer.resblocks.0.ln_1.weight"
_OPEN_CLIP_PREFIX = {
    "sd2": "cond_stage_model.model.",
    "sdxl": "conditioner.embedders.1.model.",
}
_PROJECTION = "text_projection.weight"
_FRAME_VAE_MARK = "decoder.conv1.weight"


def component_class(config: Path, name: str) -> Any:
    """The class of a component by the bundled model_index.json."""
    library, class_name = read_config(config / "model_index.json")[name]
    return part_class(config / name, library, class_name)


def build_component(
    single: SingleFile, name: str, network: Any, tensors: Tensors, dtype: torch.dtype | None
) -> Any:
    """The component `name` of a single file's checkpoint. Raises `CheckpointError` for weights
    that are missing. Takes `tensors` over and empties it, so that nothing is held twice: parts of
    fused tensors are views of them, and those that are laid out anew go one by one."""
    shapes = {key: shape_of(tensor) for key, tensor in tensors.items()}
    places = component_places(single, name, shapes)
    own = {own: _parameter(tensors[place.key], place) for own, place in places.items()}
    tensors.clear()
    if name.startswith("text_encoder"):
        _complete_projection(network, own)
    changes = single.changes.get(name, {})
    return build_network(network, single.config / name, own, dtype, single.path, changes)


def _parameter(tensor: Any, place: StoredWeight) -> Any:
    if isinstance(tensor, PackedWeight):
        return placed(tensor, place)
    return (packed_parameter if is_packed(tensor) else as_parameter)(tensor, place)


def component_places(
    single: SingleFile, name: str, shapes: Mapping[str, Shape]
) -> dict[str, StoredWeight]:
    """Weight of the component `name` → where it lies among the tensors that a single file has of
    it. `shapes`: of these tensors, under their names without prefix."""
    if name.startswith("text_encoder"):
        prefix = _OPEN_CLIP_PREFIX[single.facts.family] if _OPEN_CLIP_MARK in shapes else None
    else:
        is_original = name == "vae" or not single.facts.is_diffusers_named
        prefix = _PREFIX[name] if is_original else None
    if prefix is None:
        return {key: StoredWeight(key, shape) for key, shape in shapes.items()}
    if _FRAME_VAE_MARK in shapes:
        return _frame_vae(shapes)
    return _in_words_of_today(shapes, prefix, name)


def _in_words_of_today(
    shapes: Mapping[str, Shape], prefix: str, component: str
) -> dict[str, StoredWeight]:
    """Names as diffusers and transformers have them. prefix: what stood before the original's
    names in a whole checkpoint."""
    places = stored_by_shapes({prefix + key: shape for key, shape in shapes.items()})
    own = places.get(component) or next(iter(places.values()), {})
    return {
        _BUFFERS.get(name, name): replace(place, key=place.key.removeprefix(prefix))
        for name, place in own.items()
    }


def _frame_vae(shapes: Mapping[str, Shape]) -> dict[str, StoredWeight]:
    """Wan wrote the VAE of Qwen-Image; diffusers' own converter renames its tensors, and changes
    nothing else."""
    from diffusers.loaders.single_file_utils import convert_wan_vae_to_diffusers

    keys = convert_wan_vae_to_diffusers({key: key for key in shapes})
    return {name: StoredWeight(key, shapes[key]) for name, key in keys.items()}


def _complete_projection(network: Any, tensors: Tensors) -> None:
    """SD 3's bundles leave out the projection of CLIP-L, which is the identity there."""
    norm = next((t for n, t in tensors.items() if n.endswith("final_layer_norm.weight")), None)
    if "WithProjection" in network.__name__ and norm is not None:
        tensors.setdefault(_PROJECTION, torch.eye(norm.shape[0], dtype=norm.dtype))
