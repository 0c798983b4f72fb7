"""What `loraviewer lab weights` says of a stack, as values for JSON and tables."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.placement import BaseReader, WeightDelta
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.cancel import CancelToken
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.weights.forms import form_of
from loraviewer.lab.weights.geometry import Array, StackGeometry, cosines, whole_nulls
from loraviewer.lab.weights.gram import GramCache, applied_strengths, measure_stack
from loraviewer.lab.weights.kind_names import kind_name, rank_of
from loraviewer.lab.weights.live import Energies, StackNumbers, stack_numbers
from loraviewer.lab.weights.module_facts import spectral_norm, weight_facts


@dataclass(frozen=True, eq=False)
class MeasuredStack:
    """A stack at its strengths. `applied` in the order given; several may be one adapter."""

    applied: tuple[AppliedAdapter, ...]
    adapters: Mapping[str, Adapter]
    read_base: BaseReader
    shapes: Mapping[WeightKey, tuple[int, ...]]
    """Of the base's weights."""
    geometry: StackGeometry
    strengths: Array
    numbers: StackNumbers

    @classmethod
    def of(
        cls,
        applied: Sequence[AppliedAdapter],
        adapters: Mapping[str, Adapter],
        read_base: BaseReader,
        shapes: Mapping[WeightKey, tuple[int, ...]],
        token: CancelToken | None = None,
        on_progress: Callable[[float], None] = lambda fraction: None,
    ) -> "MeasuredStack":
        """`adapters` by sha256, of tied weights under one name. Raises `Cancelled`."""
        ordered = [adapters[entry.sha256] for entry in applied]
        geometry = measure_stack(ordered, read_base, "", GramCache(), token, on_progress)
        at = applied_strengths(geometry, applied)
        numbers = stack_numbers(geometry, at)
        return cls(tuple(applied), adapters, read_base, shapes, geometry, at, numbers)

    @property
    def touched(self) -> list[int]:
        """Places of the weights that the stack touches."""
        has = (self.geometry.touches & (self.strengths != 0.0)).any(1)
        return np.flatnonzero(has).tolist()


def stack_facts(stack: MeasuredStack) -> dict[str, Any]:
    """The fields of `--json`. Numbers that are not defined (0 / 0) are None."""
    return {
        "adapters": [_adapter_facts(stack, i) for i in range(len(stack.applied))],
        "stack": _whole_facts(stack),
        "gram": _numbers(stack.geometry.whole_gram),
        "cosine": _numbers(cosines(stack.geometry.whole_gram)),
        "cosine_null": _number(_null(stack.geometry)),
        "blocks": _block_facts(stack),
    }


def _adapter_facts(stack: MeasuredStack, i: int) -> dict[str, Any]:
    entry, whole, geometry = stack.applied[i], stack.numbers.whole, stack.geometry
    own = [key for key, is_touched in zip(geometry.weights, geometry.touches[:, i], strict=True)
           if is_touched]  # fmt: skip
    return {
        "name": entry.name,
        "sha256": entry.sha256,
        "scale": entry.scale,
        "text_scale": entry.text_scale,
        "modules": _modules(own),
        "norm": _number(whole.own_norm[0, i]),
        "norm_at_one": _number(math.sqrt(geometry.energies[:, i].sum())),
        "relative": _number(whole.own_relative[0, i]),
        "share": _number(whole.share[0, i]),
        "leave_one_out": _number(whole.leave_one_out[0, i]),
    }


def _whole_facts(stack: MeasuredStack) -> dict[str, Any]:
    whole = stack.numbers.whole
    return {
        "modules": _modules([stack.geometry.weights[i] for i in stack.touched]),
        **_norms(whole, 0),
        "incoherent_norm": _number(whole.incoherent_norm[0]),
        "coherence": _number(whole.coherence[0]),
    }


def _norms(energies: Energies, i: int) -> dict[str, Any]:
    return {
        "norm": _number(energies.norm[i]),
        "base_norm": _number(math.sqrt(energies.base[i])),
        "relative": _number(energies.relative[i]),
    }


def _block_facts(stack: MeasuredStack) -> list[dict[str, Any]]:
    """Of the blocks that the stack touches, in the order of their names."""
    geometry, blocks = stack.geometry, stack.numbers.blocks
    touched = np.zeros(len(geometry.weights))
    touched[stack.touched] = 1.0
    facts: list[dict[str, Any]] = [
        {
            "component": component,
            "block": block,
            **_norms(blocks, i),
            "norms": _numbers(blocks.own_norm[i]),
        }
        for i, (component, block) in enumerate(geometry.blocks)
        if (geometry.in_blocks[i] * touched).any()
    ]
    return sorted(facts, key=lambda one: (one["component"], one["block"]))


def _null(geometry: StackGeometry) -> float:
    """The widest band of any two adapters; of one alone that of another one like it."""
    nulls, n = whole_nulls(geometry), len(geometry.adapters)
    found = nulls if n == 1 else nulls[~np.eye(n, dtype=bool)]
    found = found[np.isfinite(found)]
    return float(found.max()) if found.size else math.nan


def pair_facts(stack: MeasuredStack) -> list[dict[str, Any]]:
    """Where each two adapters meet, one row for each block and one for the whole (without a
    block): ⟨ΔWᵢ, ΔWⱼ⟩ at strength 1, its cosine, and the standard deviation of that for
    independent directions."""
    geometry = stack.geometry
    blocks = [("", ""), *geometry.blocks]
    grams = np.concatenate([geometry.whole_gram[None], geometry.block_grams])
    members = np.concatenate([np.ones((1, len(geometry.weights))), geometry.in_blocks])
    angles, nulls = cosines(grams), whole_nulls(geometry, members)
    return [
        {
            "first": stack.applied[i].name,
            "second": stack.applied[j].name,
            "component": component,
            "block": block,
            "product": _number(grams[b, i, j]),
            "cosine": _number(angles[b, i, j]),
            "cosine_null": _number(nulls[b, i, j]),
        }
        for i in range(len(stack.applied))
        for j in range(i + 1, len(stack.applied))
        for b, (component, block) in enumerate(blocks)
        if nulls[b, i, j] > 0.0
    ]


def module_facts(
    stack: MeasuredStack,
    token: CancelToken | None = None,
    on_progress: Callable[[float], None] = lambda fraction: None,
) -> list[dict[str, Any]]:
    """Of every weight that the stack touches; biases are called as they are. `Cancelled` between
    weights."""
    token, facts = token or CancelToken(), list[dict[str, Any]]()
    for i in stack.touched:
        token.raise_if_cancelled()
        on_progress(len(facts) / len(stack.touched))
        facts.append(_one_module(stack, i))
    on_progress(1.0)
    return facts


def _one_module(stack: MeasuredStack, i: int) -> dict[str, Any]:
    key, weights = stack.geometry.weights[i], stack.numbers.weights
    deltas = [stack.adapters[entry.sha256].weights.get(key) for entry in stack.applied]
    terms = [(delta, s) for delta, s in zip(deltas, stack.strengths[i].tolist(), strict=True)
             if delta is not None and s != 0.0]  # fmt: skip
    forms = [form_of(delta, stack.read_base) for delta, _ in terms]
    found = weight_facts(forms, [s for _, s in terms])
    return {
        "component": key[0],
        "module": key[1].removesuffix(".weight"),
        "shape": list(stack.shapes[key]),
        "kinds": [_of(delta, kind_name) for delta in deltas],
        "ranks": [_of(delta, rank_of) for delta in deltas],
        **_norms(weights, i),
        "norms": _numbers(weights.own_norm[i]),
        "singular_values": list(found.singular_values),
        "stable_rank": _number(found.stable_rank),
        "effective_rank": _number(found.effective_rank),
        "base_sigma_1": spectral_norm(stack.read_base(key)),
        "row_participation": _number(found.row_participation),
        "column_participation": _number(found.column_participation),
    }


def _of(delta: WeightDelta | None, ask: Any) -> Any:
    """None for an adapter that leaves the weight alone."""
    if delta is None:
        return None
    return ask(delta if isinstance(delta, LowRankDelta) else delta.delta)


def _modules(keys: Sequence[WeightKey]) -> int:
    """How many modules these weights and biases belong to."""
    return len({(component, name.rpartition(".")[0]) for component, name in keys})


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _numbers(values: Array) -> Any:
    """Lists (of lists) of numbers."""
    return [_numbers(each) if each.ndim else _number(float(each)) for each in values]
