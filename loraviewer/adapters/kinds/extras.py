"""What a group may hold beside the tensors of its kind: alpha, magnitude, bias, sparse elements.

* `alpha`, `network_alpha`: the constant of the scaling; `scale`: replaces alpha / rank.
* `dora_scale`: DoRA's magnitude over rows or input channels, by its shape, see `kinds.dora`.
  `lora_magnitude_vector` (PEFT), `magnitude` (ai-toolkit): always over rows.
* `lora_B.bias`, `lora_up.bias`: added to the bias with the scaling of the factors (Flux control,
  PEFT's `lora_bias`). `diff_b`, `b_norm`: added to the bias as they are.
* `base_layer.bias` (PEFT's `bias="lora_only"`): replaces the bias.
* `bias_indices`, `bias_values`, `bias_size`: a sparse tensor in coordinates, of the shape of W,
  added to ΔW before the scaling (early LyCORIS).
* `reshape_weight`: the shape W must have (ComfyUI); it is checked through the factors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from loraviewer.adapters.kinds.base import (
    Delta,
    DenseDelta,
    GroupProblem,
    LowRankDelta,
    Scaling,
)
from loraviewer.adapters.kinds.boft_peft import STAGES
from loraviewer.adapters.kinds.dora import ROWS, DoraDelta, magnitude_axis
from loraviewer.adapters.kinds.embedding import WORDS
from loraviewer.adapters.kinds.full import Difference, Replacement
from loraviewer.adapters.kinds.ia3_peft import VECTOR
from loraviewer.adapters.kinds.precision import narrow, wide
from loraviewer.adapters.kinds.tucker import flat
from loraviewer.adapters.kinds.vera import ROW_FACTORS
from loraviewer.adapters.naming.base import Shape
from loraviewer.core.sentences import say

if TYPE_CHECKING:
    import torch

ALPHA, SCALE, RESHAPE = "alpha", "scale", "reshape_weight"
MAGNITUDE, ROW_MAGNITUDE = "magnitude", "row_magnitude"
FACTOR_BIAS, BIAS_DIFFERENCE, BIAS_VALUE = "factor_bias", "bias_difference", "bias_value"
INDICES, VALUES, SIZE = "bias_indices", "bias_values", "bias_size"

EXTRA_SUFFIXES: Mapping[str, str] = {
    ".alpha": ALPHA,
    ".network_alpha": ALPHA,
    ".scale": SCALE,
    ".reshape_weight": RESHAPE,
    ".dora_scale": MAGNITUDE,
    ".lora_magnitude_vector": ROW_MAGNITUDE,
    ".lora_magnitude_vector.weight": ROW_MAGNITUDE,
    ".magnitude": ROW_MAGNITUDE,
    ".lora_B.bias": FACTOR_BIAS,
    ".lora_up.bias": FACTOR_BIAS,
    ".lora.up.bias": FACTOR_BIAS,
    ".lora_linear_layer.up.bias": FACTOR_BIAS,
    ".diff_b": BIAS_DIFFERENCE,
    ".b_norm": BIAS_DIFFERENCE,
    ".base_layer.bias": BIAS_VALUE,
    ".bias_indices": INDICES,
    ".bias_values": VALUES,
    ".bias_size": SIZE,
}

EXTRA_ROLES = frozenset(EXTRA_SUFFIXES.values())
BIAS_ROLES = (FACTOR_BIAS, BIAS_DIFFERENCE, BIAS_VALUE)
MAGNITUDES = (MAGNITUDE, ROW_MAGNITUDE)
PEFT_ALONE = frozenset({VECTOR, ROW_FACTORS, STAGES})
"""Roles of kinds that PEFT writes without anything beside them: an alpha there would mean what
nobody knows."""
ADDITIVE_KINDS = frozenset({"lora", "loha", "lokr", "full"})
"""Kinds whose ΔW does not depend on W₀, so that a magnitude or sparse elements make sense."""


def check_extras(shapes: Mapping[str, Shape], kind_name: str) -> None:
    """Raise `GroupProblem` where the extras cannot belong to a module of this kind."""
    for role in (ALPHA, SCALE):
        if role in shapes and math.prod(shapes[role]) != 1:
            raise GroupProblem(say("{role} is not one number", role=role))
    if alone := PEFT_ALONE & set(shapes):
        _check_alone(shapes, min(alone))
    _check_biases(shapes, kind_name)
    sparse, magnitudes = {INDICES, VALUES, SIZE} & set(shapes), set(MAGNITUDES) & set(shapes)
    if (sparse or magnitudes) and kind_name not in ADDITIVE_KINDS:
        raise GroupProblem(
            say(
                "a {kind} module cannot have {part}",
                kind=kind_name,
                part=min(sparse | magnitudes),
            )
        )
    if magnitudes:
        _check_magnitudes(shapes, len(magnitudes))
    if sparse:
        _check_sparse(shapes, sparse)


def _check_alone(shapes: Mapping[str, Shape], role: str) -> None:
    may_have = set[str]() if role == VECTOR else {BIAS_VALUE}
    if extras := EXTRA_ROLES & set(shapes) - may_have:
        raise GroupProblem(
            say(
                "no trainer is known that writes {part} beside {role}",
                part=min(extras),
                role=role,
            )
        )


def _check_magnitudes(shapes: Mapping[str, Shape], count: int) -> None:
    if WORDS in shapes:
        raise GroupProblem(say("DoRA on an embedding cannot be used"))
    if count > 1:
        raise GroupProblem(say("it has two magnitudes"))


def _check_biases(shapes: Mapping[str, Shape], kind_name: str) -> None:
    if kind_name == "adalora" and FACTOR_BIAS in shapes:
        raise GroupProblem(say("it is not known how AdaLoRA scales a bias"))
    if BIAS_VALUE in shapes and {FACTOR_BIAS, BIAS_DIFFERENCE} & set(shapes):
        raise GroupProblem(say("one tensor replaces its bias, another changes it"))


def _check_sparse(shapes: Mapping[str, Shape], found: set[str]) -> None:
    if len(found) != 3:
        raise GroupProblem(say("its sparse elements are incomplete"))
    indices, values = shapes[INDICES], shapes[VALUES]
    if len(indices) != 2 or len(values) != 1 or indices[1] != values[0]:
        raise GroupProblem(
            say(
                "sparse elements of shapes {indices} and {values} do not fit together",
                indices=str(indices),
                values=str(values),
            )
        )
    if shapes[SIZE] != (indices[0],):
        raise GroupProblem(say("the size of its sparse elements has another number of axes"))


def extras_fit(shapes: Mapping[str, Shape], weight: Shape) -> bool:
    """Whether magnitude and sparse elements can belong to a weight of this shape."""
    if any(_axis(role, shapes[role], weight) is None for role in MAGNITUDES if role in shapes):
        return False
    return INDICES not in shapes or shapes[INDICES][0] in (2, len(weight))


def misfit_of_extras(shapes: Mapping[str, Shape], weight: Shape) -> str:
    """Why they cannot belong to it, where `extras_fit` says so."""
    found = next(
        (
            shapes[role]
            for role in MAGNITUDES
            if role in shapes and not _axis(role, shapes[role], weight)
        ),
        None,
    )
    if found is None:
        return say(
            "its sparse elements have {axes} axes, the base’s weight {wanted}",
            axes=shapes[INDICES][0],
            wanted=len(weight),
        )
    size = "×".join(map(str, found)) or "1"
    return say(
        "its DoRA magnitude has {size} numbers, the base’s weight {rows} rows",
        size=size,
        rows=weight[0],
    )


def with_extras(
    delta: Delta, tensors: Mapping[str, torch.Tensor], scaling: float, weight: Shape
) -> Delta:
    """The kind's own change with sparse elements added, then normalised to the magnitude."""
    if INDICES in tensors:
        elements = _sparse(tensors, weight)
        delta = SumDelta(delta, elements, scaling)
    for role in MAGNITUDES:
        if role in tensors:
            axis = _axis(role, tuple(tensors[role].shape), weight)
            assert axis is not None
            return DoraDelta(delta, tensors[role], axis, math.prod(weight[2:]))
    return delta


def _axis(role: str, magnitude: Shape, weight: Shape) -> str | None:
    if role == ROW_MAGNITUDE:
        return ROWS if weight[:1] == (math.prod(magnitude),) else None
    return magnitude_axis(magnitude, weight)


def bias_delta(tensors: Mapping[str, torch.Tensor], scaling: float) -> DenseDelta | None:
    """The change of the bias, (out, 1); None where the group has none."""
    if BIAS_VALUE in tensors:
        return Replacement(tensors[BIAS_VALUE].reshape(-1, 1))
    total = None
    for role, factor in ((FACTOR_BIAS, scaling), (BIAS_DIFFERENCE, 1.0)):
        if role in tensors:
            part = factor * tensors[role].double().reshape(-1, 1)
            total = part if total is None else total + part
    return None if total is None else Difference(total.float())


def _sparse(tensors: Mapping[str, torch.Tensor], weight: Shape) -> torch.Tensor:
    """The sparse elements as coordinates in the flat weight, (out, n)."""
    import torch

    size = tuple(int(axis) for axis in tensors[SIZE])
    if flat(size) != flat(weight):
        raise GroupProblem(
            say(
                "its sparse elements are for a weight of {size}, not {weight}",
                size=str(size),
                weight=str(weight),
            )
        )
    indices = tensors[INDICES].long()
    bounds = torch.tensor(size).reshape(-1, 1)
    if bool((indices < 0).any()) or bool((indices >= bounds).any()):
        raise GroupProblem(say("its sparse elements lie outside the weight"))
    strides = [math.prod(size[axis + 1 :]) for axis in range(len(size))]
    places = (indices * torch.tensor(strides).reshape(-1, 1)).sum(0)
    columns = flat(size)[1]
    coordinates = torch.stack([places // columns, places % columns])
    # torch's stub lets values be a list of anything
    return torch.sparse_coo_tensor(  # pyright: ignore[reportUnknownMemberType]
        coordinates, tensors[VALUES].float(), flat(size), check_invariants=True
    )


@dataclass(frozen=True)
class SumDelta:
    """ΔW of a kind plus scaling times sparse elements."""

    inner: LowRankDelta | DenseDelta
    elements: torch.Tensor  # (out, n) sparse
    scaling: float

    @property
    def needs_base(self) -> bool:
        return not isinstance(self.inner, LowRankDelta) and self.inner.needs_base

    def dense(self, base: torch.Tensor) -> torch.Tensor:
        if isinstance(self.inner, LowRankDelta):
            up, down = wide(self.inner.up, base), wide(self.inner.down, base)
            total = self.inner.scaling * (up @ down)
        else:
            total = wide(self.inner.dense(base), base)
        return narrow(total + self.scaling * wide(self.elements.to_dense(), base), base)


def scaling_of(tensors: Mapping[str, torch.Tensor], elsewhere: Scaling) -> Scaling:
    """What the group's own tensors say of its scaling; else what the file's configuration says."""
    if SCALE in tensors and tensors[SCALE].numel() == 1:  # a norm’s own scale is its weight
        return Scaling(fixed=float(tensors[SCALE].flatten()[0]))
    if ALPHA in tensors:
        alpha = float(tensors[ALPHA].flatten()[0])
        return replace(elsewhere, alpha=alpha, is_rank_stabilised=False, rank=None)
    return elsewhere
