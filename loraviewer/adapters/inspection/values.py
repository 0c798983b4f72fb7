"""What only the numbers of an adapter tell: whether they are finite, and how large each change is.

The one part of inspecting that reads tensors, and needs torch.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from loraviewer.adapters.configuration.file_configuration import FileConfiguration
from loraviewer.adapters.energy import energy
from loraviewer.adapters.files.header import FACTOR_DTYPES, Header
from loraviewer.adapters.files.tensors import TORCH_DTYPES, read_tensor
from loraviewer.adapters.group_reader import GroupReader
from loraviewer.adapters.groups import adapter_groups
from loraviewer.adapters.inspection.base_index import base_places
from loraviewer.adapters.kinds.base import GroupProblem, LowRankDelta
from loraviewer.adapters.load import load_adapter
from loraviewer.adapters.matching import checked_kind
from loraviewer.adapters.originals.tensors import as_parameter
from loraviewer.adapters.placement import BaseReader, WeightDelta
from loraviewer.adapters.targets import TargetIndex, WeightKey
from loraviewer.core.outcome import AdapterError, FileError
from loraviewer.core.regular_files import open_regular
from loraviewer.core.sentences import say
from loraviewer.core.system_reasons import reason_of

_Norms = dict[str, float | None]
_PIECE_BYTES = 1 << 24


def value_facts(
    path: Path, header: Header, index: TargetIndex | None, read_base: BaseReader | None
) -> dict[str, Any]:
    """`finite`; and where it is: `norms` ‖ΔW‖_F at strength 1, and `energy`, the sum of their
    squares.

    With a base, of each of its weights that changes; else of each module of the file. A norm is
    None where the change depends on the base and its weights cannot be read; so is the sum then.
    With a base also `energy_share`, what landed of all that the file changes, 0 … 1 or None.
    """
    try:
        if not _is_finite(path, header):
            return {"finite": False}
        if index is None:
            return {"finite": True} | _norm_facts(_norms_of_file(path, header))
        return {"finite": True} | _facts_on_base(path, header, index, read_base)
    except OSError as error:
        raise FileError(
            say("“{path}” cannot be read: {why}.", path=str(path), why=reason_of(error))
        ) from error


def _norm_facts(norms: _Norms) -> dict[str, Any]:
    norms = {name: _finite(norm) for name, norm in norms.items()}
    known = [norm for norm in norms.values() if norm is not None]
    total = sum(norm**2 for norm in known) if len(known) == len(norms) else None
    return {"energy": total, "norms": norms}


def _is_finite(path: Path, header: Header) -> bool:
    """Whether all numbers of the file are finite; read in pieces, however large a tensor is."""
    with open_regular(path) as file:
        for info in header.tensors.values():
            dtype = TORCH_DTYPES.get(info.dtype)
            if dtype is None or not dtype.is_floating_point or info.dtype not in FACTOR_DTYPES:
                continue  # no factors of an adapter
            file.seek(header.data_offset + info.begin)
            for left in range(info.end - info.begin, 0, -_PIECE_BYTES):
                raw = bytearray(file.read(min(left, _PIECE_BYTES)))
                if len(raw) != min(left, _PIECE_BYTES):
                    raise FileError(
                        say(
                            "“{path}” changed while it was being read; open it again.",
                            path=str(path),
                        )
                    )
                if not torch.isfinite(torch.frombuffer(raw, dtype=dtype).float()).all():
                    return False
    return True


def _facts_on_base(
    path: Path, header: Header, index: TargetIndex, read_base: BaseReader | None
) -> dict[str, Any]:
    """Norms of the base's weights; of the file's modules where none of them lands."""
    try:
        adapter, report = load_adapter(path, index)
    except AdapterError:
        return _norm_facts(_norms_of_file(path, header)) | {"energy_share": 0.0}
    shapes = {t.weight_key(r): s for t in index.targets for r, s in t.shapes.items()}
    norms = {
        ".".join(key).removesuffix(".weight"): _norm(delta, shapes, read_base)
        for key, delta in adapter.weights.items()
    }
    return _norm_facts(norms) | {"energy_share": report.energy_share}


def _norm(
    delta: WeightDelta, shapes: Mapping[WeightKey, tuple[int, ...]], read_base: BaseReader | None
) -> float | None:
    if isinstance(delta, LowRankDelta):
        return _root(energy(delta))
    if delta.delta.needs_base and read_base is None:
        return None

    def empty(key: WeightKey) -> torch.Tensor:
        """Enough for a change that only asks for the shape."""
        return torch.empty(shapes[key]).reshape(shapes[key][0], -1)

    use_base = read_base if delta.delta.needs_base and read_base else empty
    return delta.dense(use_base).double().norm().item()


def _norms_of_file(path: Path, header: Header) -> _Norms:
    norms: _Norms = {}
    with open_regular(path) as file:
        reader = GroupReader(file, path, header, FileConfiguration.of(header, path))
        for group in adapter_groups(header):
            try:
                kind = checked_kind(group, header)
                norms[group.key] = _root(reader.energy(group, kind) if kind else None)
            except GroupProblem:
                norms[group.key] = None
    return norms


def _root(squared: float | None) -> float | None:
    return None if squared is None else math.sqrt(squared)


def _finite(norm: float | None) -> float | None:
    """JSON has no word for a product that overflowed."""
    return norm if norm is not None and math.isfinite(norm) else None


def base_reader(base: Path, components: Path | None = None) -> BaseReader:
    """Reads single weights of a base, a file or a diffusers folder, when they are asked for.
    `components`: as for `base_index.index_of_base`."""
    places = base_places(base, components)

    def read(key: WeightKey) -> torch.Tensor:
        component, name = key
        path, header, stored = places[component][name]
        with open_regular(path) as file:
            weight = read_tensor(file, header, stored.key, path)
        parameter = as_parameter(weight, stored).float()
        return parameter.reshape(parameter.shape[0], -1)

    return read
