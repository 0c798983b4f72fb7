"""Kinds that scale, replace, point into or direct whole weights: IA3, full, sparse, DoRA."""

import torch
from torch import Tensor

from tests.adapters.kinds.hadamard import loha, lokr
from tests.adapters.kinds.low_rank import lora
from tests.adapters.kinds.module import Draw, Module


def scaled(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    ones = (1,) * (len(shape) - 2)
    rows = draw(shape[0]) if not ones else draw(1, shape[0], *ones)
    columns = draw(shape[1]) if not ones else draw(1, shape[1], *ones)
    by_row = rows.double().reshape(-1, *(1,) * (len(shape) - 1))
    by_column = columns.double().reshape(1, -1, *ones)
    vector = 1 + draw(*((shape[0], 1) if not ones else (1, shape[0], *ones)))
    inputs = 1 + draw(1, shape[1], *ones)
    of_rows, of_columns = vector.double().reshape(by_row.shape), inputs.double()
    found = {
        "ia3 of peft": Module(
            "ia3", {"ia3_l": vector}, lambda w: w * of_rows - w, lambda b: b * of_rows.flatten() - b
        ),
        "ia3 of peft on inputs": Module("ia3", {"ia3_l": inputs}, lambda w: w * of_columns - w),
    }
    if ones and shape[0] == shape[1]:
        found = {}  # only a configuration tells them apart
    return found | {
        "ia3 on rows": Module(
            "ia3", {"weight": rows, "on_input": torch.tensor(0)}, lambda w: w * by_row
        ),
        "ia3 on columns": Module(
            "ia3", {"weight": columns, "on_input": torch.tensor(1)}, lambda w: w * by_column
        ),
    }


def whole(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    change = draw(*shape)
    return {
        "full": Module("full", {"diff": change}, lambda w: change.double()),
        "set_weight": Module("full", {"set_weight": change}, lambda w: change.double() - w),
    }


def _normed(w: Tensor, change: Tensor, magnitude: Tensor, axes: tuple[int, ...]) -> Tensor:
    directed = w + change
    return magnitude * directed / directed.square().sum(axes, keepdim=True).sqrt() - w


def dora(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    rest = (1,) * (len(shape) - 1)
    rows = draw(shape[0]).abs() + 1.0
    columns = draw(shape[1]).abs() + 1.0
    by_row = rows.double().reshape(-1, *rest)
    by_column = columns.double().reshape(1, -1, *rest[1:])
    row_axes = tuple(range(1, len(shape)))
    column_axes = (0, *range(2, len(shape)))
    found = {}
    low_rank, hadamard = lora(shape, draw)["lora with alpha"], loha(shape, draw)["loha"]
    kronecker = lokr(shape, draw)["lokr w2 factored"]
    for inner in (low_rank, hadamard, kronecker, whole(shape, draw)["full"]):

        def over_rows(w: Tensor, inner: Module = inner) -> Tensor:
            return _normed(w, inner.formula(w), by_row, row_axes)

        def over_columns(w: Tensor, inner: Module = inner) -> Tensor:
            return _normed(w, inner.formula(w), by_column, column_axes)

        for name, magnitude, formula in (
            ("dora_scale", rows.reshape(-1, *rest), over_rows),
            ("dora_scale", rows, over_rows),
            ("lora_magnitude_vector.weight", rows.reshape(1, -1, *rest[1:]), over_rows),
            ("lora_magnitude_vector", rows, over_rows),
            ("magnitude", rows, over_rows),
            ("dora_scale", columns.reshape(1, -1, *rest[1:]), over_columns),
        ):
            if name.endswith(".weight") and len(shape) == 2:
                continue  # PEFT has vectors for linears
            tensors = inner.tensors | {name: magnitude}
            over = "rows" if formula is over_rows else "columns"
            form = f"{magnitude.ndim}-d over {over}"
            found[f"dora {inner.kind} {name} {form}"] = Module(inner.kind, tensors, formula)
    return found


def sparse(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    low_rank = lora(shape, draw)["lora with alpha"]
    indices = torch.tensor([[i % size for i in (0, 3, 5)] for size in shape])
    values = draw(3)
    dense = torch.zeros(shape, dtype=torch.float64)
    dense[tuple(indices)] = values.double()
    extra = {"bias_indices": indices, "bias_values": values, "bias_size": torch.tensor(shape)}
    return {
        "lora with sparse": Module(
            "lora", low_rank.tensors | extra, lambda w: low_rank.formula(w) + dense * 2 / 4
        )
    }
