"""What each weight depends on: a stack, seen from the weights."""

import math
from collections.abc import Iterable, Mapping

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.naming.base import TEXT_ENCODERS
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.outcome import MergeError
from loraviewer.core.stack import AppliedAdapter

Entries = tuple[tuple[str, float], ...]
"""(sha256, effective scale) of every adapter of a weight, sorted: what it depends on."""


def pick_adapters(
    stack: Iterable[AppliedAdapter], adapters: Mapping[str, Adapter]
) -> dict[str, Adapter]:
    """The adapters of a stack by hash; `MergeError` if one is missing or a scale not finite."""
    pool: dict[str, Adapter] = {}
    for entry in stack:
        if entry.sha256 not in adapters:
            raise MergeError(
                f"The adapter “{entry.name or entry.sha256[:12]}” is not loaded; add it again.",
                subject=entry.sha256,
            )
        if not (math.isfinite(entry.scale) and math.isfinite(entry.text_scale)):
            raise MergeError(
                f"The strength of “{adapters[entry.sha256].name}” is not a finite number.",
                subject=entry.sha256,
            )
        pool[entry.sha256] = adapters[entry.sha256]
    return pool


def entries_by_weight(
    stack: Iterable[AppliedAdapter], pool: Mapping[str, Adapter]
) -> dict[WeightKey, Entries]:
    """What every touched weight depends on; adapters that are silent there leave no trace."""
    found: dict[WeightKey, list[tuple[str, float]]] = {}
    for entry in stack:
        for key in pool[entry.sha256].weights:
            scale = entry.text_scale if key[0] in TEXT_ENCODERS else entry.scale
            if scale != 0.0:
                found.setdefault(key, []).append((entry.sha256, scale))
    return {key: tuple(sorted(entries)) for key, entries in found.items()}
