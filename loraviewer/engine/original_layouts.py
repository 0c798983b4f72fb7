"""Networks from tensors in the layouts that their authors published, without prefixes."""

from pathlib import Path
from typing import Any

import torch

from loraviewer.adapters.originals.stored import stored_by_shapes
from loraviewer.adapters.originals.tensors import as_parameter
from loraviewer.engine.networks import build_network, read_config
from loraviewer.engine.single_file_config import SingleFile

Tensors = dict[str, torch.Tensor]

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


def network_class(config: Path, name: str) -> Any:
    """The class of a component by the bundled model_index.json."""
    import diffusers
    import transformers

    library, class_name = read_config(config / "model_index.json")[name]
    return getattr({"diffusers": diffusers, "transformers": transformers}[library], class_name)


def build_component(
    single: SingleFile, name: str, network: Any, tensors: Tensors, dtype: torch.dtype | None
) -> Any:
    """The component `name` of a single file's checkpoint. Raises `CheckpointError` for weights
    that are missing. Parts of fused tensors are views of them: nothing is held twice."""
    folder = single.config / name
    if name.startswith("text_encoder"):
        if _OPEN_CLIP_MARK in tensors:
            tensors = _in_words_of_today(tensors, _OPEN_CLIP_PREFIX[single.facts.family], name)
        _complete_projection(network, tensors)
        return build_network(network, folder, tensors, dtype, single.path)
    if name == "vae" or not single.facts.is_diffusers_named:
        tensors = _in_words_of_today(tensors, _PREFIX[name], name)
    return build_network(network, folder, tensors, dtype, single.path)


def _in_words_of_today(tensors: Tensors, prefix: str, component: str) -> Tensors:
    """Parameters as diffusers and transformers have them, from the original's tensors.

    prefix: what stood before their names in a whole checkpoint.
    """
    named = {prefix + key: tensor for key, tensor in tensors.items()}
    places = stored_by_shapes({key: tuple(tensor.shape) for key, tensor in named.items()})
    own = places.get(component) or next(iter(places.values()), {})
    found = {name: as_parameter(named[place.key], place) for name, place in own.items()}
    return {_BUFFERS.get(name, name): tensor for name, tensor in found.items()}


def _complete_projection(network: Any, tensors: Tensors) -> None:
    """SD 3's bundles leave out the projection of CLIP-L, which is the identity there."""
    norm = next((t for n, t in tensors.items() if n.endswith("final_layer_norm.weight")), None)
    if "WithProjection" in network.__name__ and norm is not None:
        tensors.setdefault(_PROJECTION, torch.eye(norm.shape[0], dtype=norm.dtype))
