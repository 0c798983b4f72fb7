"""What `loraviewer lab weights` says of a stack, as values for JSON and tables."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.placement import BaseReader
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.cancel import CancelToken
from loraviewer.core.collisions import Collision, collisions
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.weights.geometry import Array, StackGeometry, cosines, whole_nulls
from loraviewer.lab.weights.gram import GramCache, applied_strengths, measure_stack
from loraviewer.lab.weights.known_geometry import KnownGeometry
from loraviewer.lab.weights.live import Energies, StackNumbers, stack_numbers
from loraviewer.lab.weights.unread_base import LeftOut, known_without_base


@dataclass(frozen=True, eq=False)
class MeasuredStack:
    """A stack at its strengths. `applied` in the order given; several may be one adapter.
    `read_base`: None where only the headers of the base are read."""

    applied: tuple[AppliedAdapter, ...]
    adapters: Mapping[str, Adapter]
    read_base: BaseReader | None
    shapes: Mapping[WeightKey, tuple[int, ...]]
    """Of the base's weights."""
    left_out: Mapping[str, tuple[LeftOut, ...]]
    """By sha256, what depends on a W₀ that nobody reads."""
    geometry: StackGeometry
    strengths: Array
    numbers: StackNumbers

    @classmethod
    def of(
        cls,
        applied: Sequence[AppliedAdapter],
        adapters: Mapping[str, Adapter],
        read_base: BaseReader | None,
        shapes: Mapping[WeightKey, tuple[int, ...]],
        token: CancelToken | None = None,
        on_progress: Callable[[float], None] = lambda fraction: None,
    ) -> "MeasuredStack":
        """`adapters` by sha256, of tied weights under one name. Raises `Cancelled`."""
        left_out: dict[str, tuple[LeftOut, ...]] = {}
        if read_base is None:
            known = {sha: known_without_base(adapter) for sha, adapter in adapters.items()}
            adapters = {sha: adapter for sha, (adapter, _) in known.items()}
            left_out = {sha: gone for sha, (_, gone) in known.items() if gone}
        ordered = [adapters[entry.sha256] for entry in applied]
        geometry = measure_stack(ordered, read_base, "", GramCache(), token, on_progress)
        at = applied_strengths(geometry, applied)
        ticked = stack_numbers(geometry, at)
        return cls(tuple(applied), adapters, read_base, shapes, left_out, geometry, at, ticked)

    @cached_property
    def collisions(self) -> tuple[Collision, ...]:
        """Of each two rows, those that share most energy first."""
        return collisions(KnownGeometry("", self.geometry), self.applied)

    @property
    def touched(self) -> list[int]:
        """Places of the weights that the stack touches."""
        has = (self.geometry.touches & (self.strengths != 0.0)).any(1)
        return np.flatnonzero(has).tolist()


def stack_facts(stack: MeasuredStack) -> dict[str, Any]:
    """The fields of `--json`. Numbers that are not defined (0 / 0) are None."""
    facts: dict[str, Any] = {
        "adapters": [_adapter_facts(stack, i) for i in range(len(stack.applied))],
        "stack": _whole_facts(stack),
        "gram": numbers(stack.geometry.whole_gram),
        "cosine": numbers(cosines(stack.geometry.whole_gram)),
        "cosine_null": number(_null(stack.geometry)),
        "blocks": _block_facts(stack),
    }
    if stack.read_base is None:
        facts["needs_base"] = needs_base_facts(stack)
    return facts


def needs_base_facts(stack: MeasuredStack) -> list[dict[str, Any]]:
    """What of each adapter is left out, for want of the base's values."""
    names = {entry.sha256: entry.name for entry in stack.applied}
    return [
        {
            "name": names[sha256],
            "sha256": sha256,
            "kinds": sorted({one.kind for one in gone}),
            "modules": sorted(".".join(one.key).removesuffix(".weight") for one in gone),
        }
        for sha256, gone in stack.left_out.items()
    ]


def _adapter_facts(stack: MeasuredStack, i: int) -> dict[str, Any]:
    entry = stack.applied[i]
    own = np.flatnonzero(stack.geometry.touches[:, i]).tolist()
    facts = {
        "name": entry.name,
        "sha256": entry.sha256,
        "scale": entry.scale,
        "text_scale": entry.text_scale,
        "block_scales": dict(entry.block_scales),
        "modules": _modules([stack.geometry.weights[place] for place in own]),
    }
    is_unknown = not own and entry.sha256 in stack.left_out
    return facts | {
        name: None if is_unknown else number(value) for name, value in _own_sizes(stack, i).items()
    }


def _own_sizes(stack: MeasuredStack, i: int) -> dict[str, float]:
    whole = stack.numbers.whole
    return {
        "norm": whole.own_norm[0, i],
        "norm_at_one": math.sqrt(stack.geometry.energies[:, i].sum()),
        "relative": whole.own_relative[0, i],
        "share": whole.share[0, i],
        "leave_one_out": whole.leave_one_out[0, i],
    }


def _whole_facts(stack: MeasuredStack) -> dict[str, Any]:
    whole = stack.numbers.whole
    return {
        "modules": _modules([stack.geometry.weights[i] for i in stack.touched]),
        **norms_of(whole, 0),
        "incoherent_norm": number(whole.incoherent_norm[0]),
        "coherence": number(whole.coherence[0]),
    }


def norms_of(energies: Energies, i: int) -> dict[str, Any]:
    return {
        "norm": number(energies.norm[i]),
        "base_norm": number(math.sqrt(energies.base[i])),
        "relative": number(energies.relative[i]),
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
            **norms_of(blocks, i),
            "norms": numbers(blocks.own_norm[i]),
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
    block): ⟨ΔWᵢ, ΔWⱼ⟩ at strength 1, its cosine, the standard deviation of that for independent
    directions, and 2Σsᵢsⱼ⟨ΔWᵢ, ΔWⱼ⟩, by which they make ‖S‖² larger, or smaller (negative)."""
    geometry = stack.geometry
    blocks = [("", ""), *geometry.blocks]
    members = np.concatenate([np.ones((1, len(geometry.weights))), geometry.in_blocks])
    grams = np.concatenate([geometry.whole_gram[None], geometry.block_grams])
    shared = np.tensordot(members, _shared(stack), 1)
    angles, nulls = cosines(grams), whole_nulls(geometry, members)
    return [
        {
            **_pair_names(stack, i, j),
            "component": component,
            "block": block,
            "product": number(grams[b, i, j]),
            "cosine": number(angles[b, i, j]),
            "cosine_null": number(nulls[b, i, j]),
            "shared_energy": number(shared[b, i, j]),
        }
        for i in range(len(stack.applied))
        for j in range(i + 1, len(stack.applied))
        for b, (component, block) in enumerate(blocks)
        if nulls[b, i, j] > 0.0
    ]


def _shared(stack: MeasuredStack) -> Array:
    """(m, n, n): 2sᵢsⱼ⟨ΔWᵢ, ΔWⱼ⟩ in every weight."""
    at = stack.strengths
    return 2.0 * at[:, :, None] * at[:, None, :] * stack.geometry.gram


def _pair_names(stack: MeasuredStack, i: int, j: int) -> dict[str, str]:
    first, second = stack.applied[i], stack.applied[j]
    return {
        "first": first.name,
        "second": second.name,
        "first_sha256": first.sha256,
        "second_sha256": second.sha256,
    }


def _modules(keys: Sequence[WeightKey]) -> int:
    """How many modules these weights and biases belong to."""
    return len({(component, name.rpartition(".")[0]) for component, name in keys})


def number(value: float) -> float | None:
    """None where it is not defined: JSON has no word for that."""
    return float(value) if math.isfinite(value) else None


def numbers(values: Array) -> Any:
    """Lists (of lists) of numbers."""
    return [numbers(each) if each.ndim else number(float(each)) for each in values]
