"""Writing what the live weights hold: a checkpoint with exactly those weights, or one LoRA file."""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from loraviewer.adapters.files.checkpoint_files import (
    ParameterNames,
    same_parameters,
    write_folder,
    write_single_file,
)
from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.compress import LowRank
from loraviewer.adapters.merging.recipes import Entries, entries_by_weight, pick_adapters
from loraviewer.adapters.naming.base import canonical_path
from loraviewer.adapters.naming.kohya import kohya_name
from loraviewer.adapters.placement import PlacedDelta
from loraviewer.adapters.targets import BIAS, WeightKey
from loraviewer.core.atomic import new_file
from loraviewer.core.outcome import FileError
from loraviewer.core.stack import AppliedAdapter

_STORED_DTYPE = torch.float32


def write_checkpoint(
    out: Path,
    source: Path,
    components: Mapping[str, nn.Module],
    touched_names: Collection[str],
    names: ParameterNames = same_parameters,
) -> None:
    """Write `source` with its touched weights replaced by the live ones, all else byte-identical.

    `touched_names` as "unet.conv_in.weight" (`WeightMerger.touched_names`). The components must
    have the dtype of the files; `names` says what these call their parameters. A diffusers folder
    gives a folder, a single file a single file; `FileError` for anything else.
    """
    is_single_out = out.suffix == ".safetensors"
    if source.is_dir() == is_single_out:
        wanted = "a folder name" if source.is_dir() else "a name ending in .safetensors"
        raise FileError(
            f"“{source}” can only be baked to its own layout; give {wanted}, not “{out}”."
        )
    write = write_single_file if is_single_out else write_folder
    write(out, source, components, touched_names, names)


def write_adapter(
    out: Path,
    components: Mapping[str, nn.Module],
    applied: Sequence[AppliedAdapter],
    adapters: Mapping[str, Adapter],
    rank: int | None = None,
    *,
    base_identity: str = "",
) -> float:
    """Write the stack as one adapter file in kohya names, as trained at scale 1.

    `components` must hold base weights. rank None: the exact concatenation of the scaled factors,
    and whole differences (`diff`) where a kind has no low-rank form; else the best approximation of
    at most this rank for every weight. Vectors (biases, norms) are always whole. Returns
    ‖ΔW − ΔW_file‖_F / ‖ΔW‖_F over all weights, float32 rounding of the file included.
    """
    if rank is not None and rank < 1:
        raise FileError(f"The rank must be at least 1, not {rank}.")
    stack = tuple(sorted(a for a in applied if not a.is_silent))
    pool = pick_adapters(stack, adapters)
    sums = _StackSums(components, pool)
    tensors: dict[str, torch.Tensor] = {}
    energy = error = 0.0
    with torch.no_grad():
        for key, entries in sorted(entries_by_weight(stack, pool).items()):
            exact = sums.of(key, entries)
            if isinstance(exact, torch.Tensor) and rank is not None and exact.shape[1] > 1:
                exact = LowRank.of_matrix(exact)
            kept, lost = _kept(exact, rank)
            energy += _energy(exact)
            error += lost
            tensors |= _kohya_tensors(key, kept, components)
    relative_error = math.sqrt(error / energy) if energy else 0.0
    if not tensors:
        raise FileError(f"“{out}” would be empty; switch on an adapter first.")
    metadata = _provenance(stack, pool, rank, relative_error, base_identity)
    with new_file(out) as temporary:
        save_file(tensors, temporary, metadata)
    return relative_error


class _StackSums:
    """Σ c·ΔW of single weights in float64: as factors where all are low-rank, else whole."""

    def __init__(self, components: Mapping[str, nn.Module], pool: Mapping[str, Adapter]) -> None:
        self._components = components
        self._pool = pool

    def of(self, key: WeightKey, entries: Entries) -> LowRank | torch.Tensor:
        """An (out, n) matrix where some ΔW has no low-rank form."""
        pairs = [(self._pool[sha].weights[key], scale) for sha, scale in entries]
        low_rank = [(delta, scale) for delta, scale in pairs if isinstance(delta, LowRankDelta)]
        factors = _stacked(low_rank) if low_rank else None
        if factors is not None and len(low_rank) == len(pairs):
            return factors
        whole = [
            scale * delta.dense(self._read_base).double()
            for delta, scale in pairs
            if isinstance(delta, PlacedDelta)
        ]
        return sum(whole, torch.zeros(())) + (factors.up @ factors.down if factors else 0.0)

    def _read_base(self, key: WeightKey) -> torch.Tensor:
        weight = self._components[key[0]].get_parameter(key[1]).detach()
        return weight.reshape(len(weight), -1).cpu().float()


def _stacked(pairs: Sequence[tuple[LowRankDelta, float]]) -> LowRank:
    """[c₁up₁ | c₂up₂ | …] @ [down₁; down₂; …] of one weight."""
    ups = [delta.up.double() * (scale * delta.scaling) for delta, scale in pairs]
    downs = [delta.down.double() for delta, _ in pairs]
    return LowRank(torch.cat(ups, 1), torch.cat(downs, 0))


def _kept(exact: LowRank | torch.Tensor, rank: int | None) -> tuple[LowRank | torch.Tensor, float]:
    """What the file holds of it, and the energy of the rest."""
    if isinstance(exact, LowRank):
        kept = exact.truncated(rank or exact.rank).rounded(_STORED_DTYPE)
        return kept, exact.minus(kept).energy()
    rounded = exact.to(_STORED_DTYPE)
    return rounded, (exact - rounded.double()).square().sum().item()


def _energy(change: LowRank | torch.Tensor) -> float:
    return change.energy() if isinstance(change, LowRank) else change.square().sum().item()


def _kohya_tensors(
    key: WeightKey, change: LowRank | torch.Tensor, components: Mapping[str, nn.Module]
) -> dict[str, torch.Tensor]:
    component, parameter = key
    path, _, role = parameter.rpartition(".")
    shape = components[component].get_parameter(parameter).shape
    name = kohya_name(component, canonical_path(component, path), "text_encoder_2" in components)
    if isinstance(change, torch.Tensor):
        return {f"{name}.{'diff_b' if role == BIAS else 'diff'}": change.reshape(shape)}
    ones = (1,) * (len(shape) - 2)
    up = change.up.reshape(shape[0], change.rank, *ones)
    down = change.down.reshape(change.rank, *shape[1:])
    return {
        f"{name}.lora_up.weight": up.to(_STORED_DTYPE).contiguous(),
        f"{name}.lora_down.weight": down.to(_STORED_DTYPE).contiguous(),
        f"{name}.alpha": torch.tensor(float(change.rank)),
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
        "loraviewer.method": "exact sum" if rank is None else f"svd rank {rank}",
        "loraviewer.relative_error": f"{relative_error:.3e}",
        "loraviewer.base_identity": base_identity,
        "modelspec.merged_from": ", ".join(pool[entry.sha256].name for entry in stack),
        "ss_network_module": "networks.lora",
        "ss_network_dim": "Dynamic",
        "ss_network_alpha": "Dynamic",
    }
