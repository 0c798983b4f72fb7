"""Networks of diffusers and transformers from a configuration and tensors that were read already.

A weight that is missing is an error, never a random number; the tensors are taken over, not copied.
"""

import warnings
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch

from loraviewer.core.outcome import CheckpointError
from loraviewer.core.sentences import say
from loraviewer.engine.opening.bounded_growth import bounded_growth
from loraviewer.engine.opening.file_names import is_transformers, parameter_names, tied_names
from loraviewer.engine.opening.folder_safety import (
    check_finite,
    check_no_marks,
    check_numbers,
    checked_config,
)
from loraviewer.engine.opening.kept_weights import take_kept
from loraviewer.engine.opening.packed_weights import take_packed
from loraviewer.engine.opening.part_classes import is_diffusers
from loraviewer.engine.opening.weights import Precision

_PACKING = "quantization_config"

_NO_CHANGES: Mapping[str, Any] = {}


def empty_network(
    network_class: Any,
    config_folder: Path,
    weights: int | None = None,
    changes: Mapping[str, Any] = _NO_CHANGES,
) -> Any:
    """The network without weights, on the meta device; buffers that no file holds are real.

    weights: how many its files hold, None for settings of our own. changes: settings of diffusers
    in which this one differs. Raises `CheckpointError` for a network that has far more.
    """
    from accelerate import init_empty_weights
    from transformers.initialization import no_init_weights

    limit = nullcontext() if weights is None else bounded_growth(config_folder, weights)
    # Drawing first weights takes longer than all the rest, even where there is no memory to fill.
    with limit, init_empty_weights(), no_init_weights(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if is_transformers(network_class):
            config = _transformers_config(network_class, config_folder)
            network = network_class(config, **_no_memory(network_class))
            network.tie_weights(recompute_mapping=False)  # left out with the first weights
            return network
        return network_class.from_config(_config(network_class, config_folder) | dict(changes))


def build_network(
    network_class: Any,
    config_folder: Path,
    tensors: dict[str, torch.Tensor],
    dtype: torch.dtype | None,
    source: Path,
    changes: Mapping[str, Any] = _NO_CHANGES,
) -> Any:
    """A network with these weights; `source` names the file in `CheckpointError`.

    dtype: of its other buffers; None keeps every tensor as it was read. changes: as of
    `empty_network`.
    """
    if is_transformers(network_class):
        return _build_transformers(network_class, config_folder, tensors, dtype, source)
    network = empty_network(network_class, config_folder, len(tensors), changes)
    network._fix_state_dict_keys_on_load(tensors)  # names of attentions before diffusers 0.12
    return fill_network(network, tensors, dtype, source)


def fill_network(
    network: Any, tensors: dict[str, torch.Tensor], dtype: torch.dtype | None, source: Path
) -> Any:
    """Put weights, in diffusers' names, into a network of `empty_network`; dtype as above."""
    packed = take_packed(network, tensors, source) | take_kept(network, tensors, source)
    missing = network.load_state_dict(tensors, strict=False, assign=True).missing_keys
    _check_complete(source, [n for n in missing if n not in packed and not _is_counter(n)])
    if dtype is not None and not keeps_float32(type(network), dtype):
        network.to(dtype)
    return network


def precision_for(network_class: Any, dtype: torch.dtype | None) -> Precision:
    """`dtype`, except for the modules that the network's class wants in float32 beside halves."""
    kept = keeps_float32(network_class, dtype)
    if not kept:
        return lambda name: dtype
    return lambda name: torch.float32 if set(name.split(".")) & kept else dtype


def keeps_float32(network_class: Any, dtype: torch.dtype | None) -> frozenset[str]:
    """Names of modules; as both libraries do, for float16 only (bfloat16 has the range)."""
    names = getattr(network_class, "_keep_in_fp32_modules", None) or ()
    if dtype != torch.float16:
        return frozenset()
    return frozenset([names] if isinstance(names, str) else names)


def _build_transformers(
    network_class: Any,
    config_folder: Path,
    tensors: dict[str, torch.Tensor],
    dtype: torch.dtype | None,
    source: Path,
) -> Any:
    config = _transformers_config(network_class, config_folder)
    if _is_chatglm(network_class):
        _complete_rotations(config, tensors, dtype)
    with bounded_growth(config_folder, len(tensors)):
        network, report = network_class.from_pretrained(
            None,
            config=config,
            state_dict=tensors,
            torch_dtype=dtype or torch.float32,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
            **_no_memory(network_class),
        )
    _check_complete(source, report["missing_keys"])
    if mismatched := report.get("mismatched_keys"):
        first = next(iter(mismatched))
        name = first if isinstance(first, str) else first[0]
        raise CheckpointError(
            say(
                "{path}: the weight “{name}” has another shape than expected.",
                path=str(source),
                name=name,
            )
        )
    return network if dtype is not None else _as_stored(network, tensors, source)


def _no_memory(network_class: Any) -> dict[str, Any]:
    """For a class that would take memory for its first weights in spite of everybody's wish."""
    return {"device": "meta"} if _is_chatglm(network_class) else {}


def _is_chatglm(network_class: Any) -> bool:
    return network_class.__name__ == "ChatGLMModel"


def _complete_rotations(
    config: Any, tensors: dict[str, torch.Tensor], dtype: torch.dtype | None
) -> None:
    """Some files of ChatGLM leave out the table of its frequencies, which follows from its size;
    only its precision is ever read."""
    size = config.kv_channels // 2
    table = 10000.0 ** -(torch.arange(0, size, 2, dtype=torch.float32) / size)
    tensors.setdefault("rotary_pos_emb.inv_freq", table.to(dtype or torch.float32))


def _config(network_class: Any, folder: Path) -> dict[str, Any]:
    """Its settings, checked, without how its weights are packed: those are read here. Raises
    `CheckpointError`."""
    path = folder / "config.json"
    config = checked_config(path, may_name_code=is_diffusers(network_class))
    config.pop(_PACKING, None)
    check_numbers(config, path)
    check_finite(config, path)
    return config


def _transformers_config(network_class: Any, folder: Path) -> Any:
    """Read by its own class, which knows older files."""
    _config(network_class, folder)
    check_no_marks(folder)
    config = network_class.config_class.from_pretrained(str(folder), local_files_only=True)
    if hasattr(config, _PACKING):
        delattr(config, _PACKING)
    return config


def _as_stored(network: Any, tensors: dict[str, torch.Tensor], source: Path) -> Any:
    """Every parameter in the precision of the tensor it came from: widening lost nothing."""
    keys = {name: key for key, name in parameter_names(network, tensors).items()}
    for names in tied_names(network):
        key = next((keys[name] for name in names if name in keys), None)
        if key is None:
            raise CheckpointError(
                say(
                    "{path}: transformers makes “{name}” of several tensors or turns one around "
                    "when it loads this network; its checkpoint can be rendered, but not exported "
                    "or measured.",
                    path=str(source),
                    name=names[0],
                )
            )
        parameter = network.get_parameter(names[0])
        parameter.data = parameter.data.to(tensors[key].dtype)
    return network


def _check_complete(source: Path, missing: Any) -> None:
    if missing:
        raise CheckpointError(
            say(
                "{path}: {count} weights are missing from the file, such as “{name}”; it is not "
                "complete.",
                path=str(source),
                count=len(missing),
                name=min(missing),
            )
        )


def _is_counter(name: str) -> bool:
    """Batch norm counts batches while it is trained; nothing reads the number."""
    return name.endswith("num_batches_tracked")
