"""Writing what the live weights hold: a checkpoint with exactly those weights, or one LoRA file."""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from loraviewer.adapters.checkpoint_files import write_folder, write_single_file
from loraviewer.adapters.compress import LowRank
from loraviewer.adapters.entries import Entries, entries_by_module, pick_adapters
from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.naming.base import canonical_path
from loraviewer.adapters.naming.kohya import kohya_name
from loraviewer.adapters.targets import ModuleKey
from loraviewer.core.atomic import new_file
from loraviewer.core.outcome import AdapterError, FileError
from loraviewer.core.stack import AppliedAdapter

_STORED_DTYPE = torch.float32


def write_checkpoint(
    out: Path, source: Path, components: Mapping[str, nn.Module], touched_names: Collection[str]
) -> None:
    """Write `source` with its touched weights replaced by the live ones, all else byte-identical.

    `touched_names` as "unet.conv_in.weight" (`WeightMerger.touched_names`). The components must
    have the dtype of the files. A diffusers folder gives a folder, a single file a single file;
    `FileError` for anything else.
    """
    is_single_out = out.suffix == ".safetensors"
    if source.is_dir() == is_single_out:
        wanted = "a folder name" if source.is_dir() else "a name ending in .safetensors"
        raise FileError(
            f"“{source}” can only be baked to its own layout; give {wanted}, not “{out}”."
        )
    write = write_single_file if is_single_out else write_folder
    write(out, source, components, touched_names)


def write_adapter(
    out: Path,
    components: Mapping[str, nn.Module],
    applied: Sequence[AppliedAdapter],
    adapters: Mapping[str, Adapter],
    rank: int | None = None,
    *,
    base_identity: str = "",
) -> float:
    """Write the stack as one LoRA file in kohya names, as trained at scale 1.

    rank None: exact concatenation of the scaled factors; else the best approximation of at most
    this rank per module. Returns ‖ΔW − ΔW_file‖_F / ‖ΔW‖_F over all modules, float32 rounding of
    the file included.
    """
    if rank is not None and rank < 1:
        raise FileError(f"The rank must be at least 1, not {rank}.")
    stack = tuple(sorted(a for a in applied if not a.is_silent))
    pool = pick_adapters(stack, adapters)
    tensors: dict[str, torch.Tensor] = {}
    energy = error = 0.0
    for key, entries in sorted(entries_by_module(stack, pool).items()):
        exact = _stacked(key, entries, pool)
        kept = exact.truncated(rank or exact.rank).rounded(_STORED_DTYPE)
        energy += exact.energy()
        error += exact.minus(kept).energy()
        tensors |= _kohya_tensors(key, kept, components)
    relative_error = math.sqrt(error / energy) if energy else 0.0
    if not tensors:
        raise FileError(f"“{out}” would be empty; switch on an adapter first.")
    metadata = _provenance(stack, pool, rank, relative_error, base_identity)
    with new_file(out) as temporary:
        save_file(tensors, temporary, metadata)
    return relative_error


def _stacked(key: ModuleKey, entries: Entries, pool: Mapping[str, Adapter]) -> LowRank:
    """[c₁up₁ | c₂up₂ | …] @ [down₁; down₂; …] of one module."""
    ups, downs = [], []
    for sha, scale in entries:
        delta = pool[sha].modules[key]
        if not isinstance(delta, LowRankDelta):
            raise AdapterError(
                f"“{pool[sha].name}” has no exact low-rank form for “{'.'.join(key)}”; "
                "bake a checkpoint instead.",
                subject=sha,
            )
        ups.append(delta.up.double() * (scale * delta.scaling))
        downs.append(delta.down.double())
    return LowRank(torch.cat(ups, 1), torch.cat(downs, 0))


def _kohya_tensors(
    key: ModuleKey, delta: LowRank, components: Mapping[str, nn.Module]
) -> dict[str, torch.Tensor]:
    component, path = key
    shape = components[component].get_submodule(path).get_parameter("weight").shape
    ones = (1,) * (len(shape) - 2)
    name = kohya_name(component, canonical_path(component, path), "text_encoder_2" in components)
    up = delta.up.reshape(shape[0], delta.rank, *ones)
    down = delta.down.reshape(delta.rank, *shape[1:])
    return {
        f"{name}.lora_up.weight": up.to(_STORED_DTYPE).contiguous(),
        f"{name}.lora_down.weight": down.to(_STORED_DTYPE).contiguous(),
        f"{name}.alpha": torch.tensor(float(delta.rank)),
    }


def _provenance(
    stack: Sequence[AppliedAdapter],
    pool: Mapping[str, Adapter],
    rank: int | None,
    relative_error: float,
    base_identity: str,
) -> dict[str, str]:
    sources = [
        {
            "name": pool[entry.sha256].name,
            "sha256": entry.sha256,
            "scale": entry.scale,
            "text_scale": entry.text_scale,
        }
        for entry in stack
    ]
    return {
        "software": "loraviewer",
        "loraviewer.sources": json.dumps(sources),
        "loraviewer.method": "concatenation" if rank is None else f"svd rank {rank}",
        "loraviewer.relative_error": f"{relative_error:.3e}",
        "loraviewer.base_identity": base_identity,
        "modelspec.merged_from": ", ".join(pool[entry.sha256].name for entry in stack),
        "ss_network_module": "networks.lora",
        "ss_network_dim": "Dynamic",
        "ss_network_alpha": "Dynamic",
    }
