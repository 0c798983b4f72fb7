"""Networks from tensors in the layouts that their authors published, without prefixes."""

from collections import Counter
from pathlib import Path
from typing import Any

import torch

from loraviewer.core.outcome import CheckpointError
from loraviewer.engine.flux_layout import flux_to_diffusers
from loraviewer.engine.networks import build_network, empty_network, fill_network, read_config
from loraviewer.engine.single_file_config import SingleFile

Tensors = dict[str, torch.Tensor]

_LDM_PREFIX = {"unet": "model.diffusion_model.", "vae": "first_stage_model."}
"""What diffusers' converters look for."""

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
    that are missing."""
    folder = single.config / name
    if name.startswith("text_encoder"):
        if _OPEN_CLIP_MARK in tensors:
            return _open_clip(single, name, network, tensors, dtype)
        _complete_projection(network, tensors)
        return build_network(network, folder, tensors, dtype, single.path)
    if name in ("unet", "transformer") and single.facts.is_diffusers_named:
        return build_network(network, folder, tensors, dtype, single.path)
    if single.facts.family == "flux1" and name == "transformer":
        return fill_network(
            empty_network(network, folder), flux_to_diffusers(tensors), dtype, single.path
        )
    return _converted(single, name, network, tensors, dtype)


def _converted(
    single: SingleFile, name: str, network: Any, tensors: Tensors, dtype: torch.dtype | None
) -> Any:
    """UNets, VAEs and SD 3's transformer, whose names diffusers knows."""
    from diffusers.loaders.single_file_utils import SingleFileComponentError

    prefix = _LDM_PREFIX.get(name, "")
    try:
        built = network.from_single_file(
            {prefix + key: tensors[key] for key in tensors},
            config=str(single.config),
            subfolder=name,
            torch_dtype=dtype or _common_dtype(tensors),
            local_files_only=True,
        )
    except SingleFileComponentError as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise CheckpointError(
            f"{single.path}: this checkpoint is not complete ({reason})."
        ) from error
    except (NotImplementedError, KeyError, IndexError) as error:  # a weight that is not there
        raise CheckpointError(
            f"{single.path}: this checkpoint is not complete (weights of its {name} are missing)."
        ) from error
    _check_complete(single.path, name, built)
    return built


def _open_clip(
    single: SingleFile, name: str, network: Any, tensors: Tensors, dtype: torch.dtype | None
) -> Any:
    from diffusers.loaders.single_file_utils import create_diffusers_clip_model_from_ldm

    prefix = _OPEN_CLIP_PREFIX[single.facts.family]
    built = create_diffusers_clip_model_from_ldm(
        network,
        checkpoint={prefix + key: tensors[key] for key in tensors},
        config=str(single.config),
        subfolder=name,
        torch_dtype=dtype or _common_dtype(tensors),
        local_files_only=True,
    )
    _check_complete(single.path, name, built)
    return built


def _common_dtype(tensors: Tensors) -> torch.dtype:
    """That of most weights; these networks are of one precision each in files of their authors."""
    sizes: Counter[torch.dtype] = Counter()
    for tensor in tensors.values():
        sizes[tensor.dtype] += tensor.numel()
    return sizes.most_common(1)[0][0]


def _complete_projection(network: Any, tensors: Tensors) -> None:
    """SD 3's bundles leave out the projection of CLIP-L, which is the identity there."""
    norm = next((t for n, t in tensors.items() if n.endswith("final_layer_norm.weight")), None)
    if "WithProjection" in network.__name__ and norm is not None:
        tensors.setdefault(_PROJECTION, torch.eye(norm.shape[0], dtype=norm.dtype))


def _check_complete(path: Path, name: str, network: torch.nn.Module) -> None:
    """A weight the file lacks is an error; diffusers leaves it on the meta device."""
    missing = sorted(key for key, parameter in network.named_parameters() if parameter.is_meta)
    if missing:
        raise CheckpointError(
            f"{path}: this checkpoint is not complete (the {name} lacks {len(missing)} of its "
            f"weights, such as “{missing[0]}”)."
        )
