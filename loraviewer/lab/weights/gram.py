"""From loaded adapters and base weights to the geometry of a stack.

Gram entries of two adapters are kept by their content and the identity of the base; another stack
of known adapters costs no products.
"""

import math
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations_with_replacement

import numpy as np

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.recipes import scale_at
from loraviewer.adapters.placement import BaseReader
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.cancel import CancelToken
from loraviewer.core.stack import AppliedAdapter
from loraviewer.lab.weights.factor_forms import flat_shape
from loraviewer.lab.weights.forms import Form, energy_of, form_of, inner, inner_row
from loraviewer.lab.weights.geometry import Array, StackGeometry
from loraviewer.lab.weights.unread_base import base_if_known, reading_base_for

Pair = tuple[str, str]
"""sha256 of two adapters, sorted."""

_LIMIT_BYTES = 64 * 2**20


class GramCache:
    """Products of adapters, the most recently used, up to so many bytes; and ‖W₀‖² of base
    weights. Both by the identity of the base. Used on one thread."""

    def __init__(self, limit_bytes: int = _LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._pairs: OrderedDict[tuple[str, Pair], dict[WeightKey, float]] = OrderedDict()
        self._bases: dict[str, dict[WeightKey, float]] = {}
        self.size_bytes = 0

    def pair(self, base: str, pair: Pair) -> Mapping[WeightKey, float] | None:
        """⟨ΔWᵢ, ΔWⱼ⟩ by weight, of all that both change."""
        found = self._pairs.get((base, pair))
        if found is not None:
            self._pairs.move_to_end((base, pair))
        return found

    def keep(self, base: str, pair: Pair, products: dict[WeightKey, float]) -> None:
        """Once it is whole; the least recently used go."""
        self._pairs[base, pair] = products
        self.size_bytes += _size_bytes(products)
        while self.size_bytes > self._limit_bytes and len(self._pairs) > 1:
            _, gone = self._pairs.popitem(last=False)
            self.size_bytes -= _size_bytes(gone)

    def base(self, base: str) -> dict[WeightKey, float]:
        """‖W₀‖² of the weights of a base that were asked for; of the last base."""
        if base not in self._bases:
            self._bases = {base: {}}
        return self._bases[base]


def _size_bytes(products: Mapping[WeightKey, float]) -> int:
    return 256 + 128 * len(products)


def measure_stack(
    adapters: Sequence[Adapter],
    read_base: BaseReader | None,
    base: str,
    cache: GramCache | None = None,
    token: CancelToken | None = None,
    on_progress: Callable[[float], None] = lambda fraction: None,
) -> StackGeometry:
    """The geometry of a stack, in the order given.

    adapters: of tied weights under one name (`merging.tied.TiedNames.untied`). base: identity of
    the base that `read_base` reads, for the cache. read_base: None where nobody can: then ‖W₀‖² is
    nan, and a change that depends on W₀ is a `ValueError` (`unread_base.known_without_base` leaves
    it out). Where only some weights are quantised, their ‖W₀‖² is nan, and a change that depends
    on one of them is a `MergeError` that names it. Raises `Cancelled` between weights; nothing
    half-measured is kept.
    """
    cache, token = cache or GramCache(), token or CancelToken()
    known = {adapter.sha256: adapter for adapter in adapters}
    products = _products(known, read_base, base, cache, token, on_progress)
    shapes = {
        key: flat_shape(delta)
        for adapter in known.values()
        for key, delta in adapter.weights.items()
    }
    keys = sorted(shapes)
    norms = _base_energies(keys, read_base, cache.base(base), token)
    order = tuple(adapter.sha256 for adapter in adapters)
    touches = [[key in known[sha].weights for sha in order] for key in keys]
    return StackGeometry(
        order,
        tuple(keys),
        _gram(order, keys, products),
        np.array([norms.get(key, math.nan) for key in keys]),
        np.array(touches, bool).reshape(len(keys), len(order)),
        tuple(shapes[key] for key in keys),
    )


def applied_strengths(geometry: StackGeometry, applied: Sequence[AppliedAdapter]) -> Array:
    """(m, n): at every weight the strength that the merger gives each adapter; `applied` in the
    order of the geometry."""
    rows = [[scale_at(key, entry) for entry in applied] for key in geometry.weights]
    return np.array(rows, float).reshape(len(geometry.weights), len(applied))


def _products(
    known: Mapping[str, Adapter],
    read_base: BaseReader | None,
    base: str,
    cache: GramCache,
    token: CancelToken,
    on_progress: Callable[[float], None],
) -> dict[Pair, Mapping[WeightKey, float]]:
    """Of every two adapters, and of each with itself."""
    pairs = list(combinations_with_replacement(sorted(known), 2))
    found = {pair: cache.pair(base, pair) for pair in pairs}
    missing = {pair: dict[WeightKey, float]() for pair, kept in found.items() if kept is None}
    by_weight = _by_weight(missing, known)
    for i, (key, wanted) in enumerate(by_weight.items()):
        token.raise_if_cancelled()
        on_progress(i / len(by_weight))
        shas = {sha for pair in wanted for sha in pair}
        forms = {sha: _form(known[sha], key, read_base) for sha in shas}
        for pair, value in _inner_products(wanted, forms):
            missing[pair][key] = value
    for pair, products in missing.items():
        cache.keep(base, pair, products)
    on_progress(1.0)
    return {pair: missing[pair] if kept is None else kept for pair, kept in found.items()}


def _form(adapter: Adapter, key: WeightKey, read_base: BaseReader | None) -> Form:
    with reading_base_for(adapter, key):
        return form_of(adapter.weights[key], read_base)


def _by_weight(pairs: Iterable[Pair], known: Mapping[str, Adapter]) -> dict[WeightKey, list[Pair]]:
    """The pairs that meet in each weight."""
    found: dict[WeightKey, list[Pair]] = {}
    for first, second in pairs:
        for key in known[first].weights.keys() & known[second].weights.keys():
            found.setdefault(key, []).append((first, second))
    return {key: found[key] for key in sorted(found)}


def _inner_products(
    pairs: Iterable[Pair], forms: Mapping[str, Form]
) -> Iterator[tuple[Pair, float]]:
    """Low-rank changes meet one adapter in one product, all others pair by pair. The adapter that
    is in most pairs leads: one that is new meets all others at once."""
    pairs = list(pairs)
    counts = Counter(sha for pair in pairs for sha in pair)
    rows: dict[str, list[tuple[Pair, LowRankDelta]]] = {}
    for pair in pairs:
        lead, other = sorted(pair, key=lambda sha: -counts[sha])
        first, second = forms[lead], forms[other]
        if isinstance(first, LowRankDelta) and isinstance(second, LowRankDelta):
            rows.setdefault(lead, []).append((pair, second))
        else:
            yield pair, inner(first, second)
    for lead, row in rows.items():
        first = forms[lead]
        assert isinstance(first, LowRankDelta)
        values = inner_row(first, [other for _, other in row])
        yield from zip((pair for pair, _ in row), values, strict=True)


def _base_energies(
    keys: Iterable[WeightKey],
    read_base: BaseReader | None,
    known: dict[WeightKey, float],
    token: CancelToken,
) -> Mapping[WeightKey, float]:
    """‖W₀‖² of all weights that can be read."""
    if read_base is None:
        return {}
    for key in keys:
        if key not in known:
            token.raise_if_cancelled()
            weight = base_if_known(read_base, key)
            if weight is not None:
                known[key] = energy_of(weight.cpu())
    return known


def _gram(
    order: Sequence[str],
    keys: Sequence[WeightKey],
    products: Mapping[Pair, Mapping[WeightKey, float]],
) -> Array:
    """(m, n, n)."""
    places = {key: i for i, key in enumerate(keys)}
    gram = np.zeros((len(keys), len(order), len(order)))
    for (i, first), (j, second) in combinations_with_replacement(enumerate(order), 2):
        pair = (first, second) if first <= second else (second, first)
        found = products[pair]
        where = [places[key] for key in found]
        gram[where, i, j] = gram[where, j, i] = list(found.values())
    return gram
