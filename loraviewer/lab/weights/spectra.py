"""Singular spectra of each ΔW and of the stack's S = Σ s·ΔW, weight by weight.

All from float64. Values of sums come from the QR of the joined factors, S = Q_B (R_B R_Aᵀ) Q_Aᵀ, so
that no weight is decomposed; only where the factors are no smaller than the weight, or where a kind
has none, it is, and `Spectrum.is_dense` says so.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from loraviewer.adapters.load import Adapter
from loraviewer.adapters.merging.recipes import Entries, canonical, entries_by_weight, pick_adapters
from loraviewer.adapters.placement import BaseReader
from loraviewer.adapters.targets import WeightKey
from loraviewer.core.cancel import CancelToken
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_spectra import AdapterSpectrum, Spectrum, WeightSpectra
from loraviewer.lab.one_thread import one_thread
from loraviewer.lab.weights.changes import Change, changes_at, joined
from loraviewer.lab.weights.factor_forms import flat_shape
from loraviewer.lab.weights.singular import Operator, largest, numeric_rank, singular_values
from loraviewer.lab.weights.unread_base import base_if_known

Progress = Callable[[float], None]


def spectrum(change: Change) -> Spectrum:
    values = singular_values(change)
    return Spectrum(tuple(values.tolist()), numeric_rank(values, change), change.is_dense)


def spectra_of_stack(
    applied: Sequence[AppliedAdapter],
    adapters: Mapping[str, Adapter],
    read_base: BaseReader | None = None,
    known_base: dict[WeightKey, float] | None = None,
    token: CancelToken | None = None,
    on_progress: Progress = lambda fraction: None,
    first: int = 0,
) -> Iterator[WeightSpectra]:
    """Every weight that the stack touches, in the order of the keys, each as soon as it is done.

    read_base: None where only adapters are known; then kinds that depend on W₀ have no spectrum.
    A quantised weight has no σ₁(W₀), and a change that depends on it is a `MergeError` with both
    names.
    known_base: σ₁(W₀) by key, read and filled, to be kept as long as the base is. on_progress gets
    the share that is done. first: the number of the weight to begin with, in the order of
    `touched_weights`. Raises `MergeError` for an adapter that is not loaded, and `Cancelled`
    within a weight.
    """
    token = token or CancelToken()
    known_base = {} if known_base is None else known_base
    heard = canonical(applied)
    entries = entries_by_weight(heard, pick_adapters(heard, adapters))
    for done, key in enumerate(sorted(entries)[first:], first + 1):
        found = _spectra_at(key, entries[key], adapters, read_base, token)
        base = _base_largest(key, read_base, known_base, token)
        on_progress(done / len(entries))
        yield WeightSpectra(key, *found, base)


def touched_weights(
    applied: Sequence[AppliedAdapter], adapters: Mapping[str, Adapter]
) -> list[WeightKey]:
    """Those that `spectra_of_stack` goes through, in its order."""
    heard = canonical(applied)
    return sorted(entries_by_weight(heard, pick_adapters(heard, adapters)))


@one_thread()
def _spectra_at(
    key: WeightKey,
    entries: Entries,
    adapters: Mapping[str, Adapter],
    read_base: BaseReader | None,
    token: CancelToken,
) -> tuple[tuple[int, int], tuple[AdapterSpectrum, ...], Spectrum | None]:
    changes = changes_at(key, entries, adapters, read_base)
    each: list[AdapterSpectrum] = []
    for (sha256, scale), change in zip(entries, changes, strict=True):
        token.raise_if_cancelled()
        each.append(AdapterSpectrum(sha256, scale, change and spectrum(change)))
    token.raise_if_cancelled()
    known = [change for change in changes if change is not None]
    shape = known[0].shape if known else flat_shape(adapters[entries[0][0]].weights[key])
    if len(known) < len(changes):
        return shape, tuple(each), None
    if len(each) == 1 and each[0].at_one is not None:
        return shape, tuple(each), each[0].at_one.scaled(each[0].scale)
    return shape, tuple(each), spectrum(joined(known, [scale for _, scale in entries]))


def _base_largest(
    key: WeightKey,
    read_base: BaseReader | None,
    known: dict[WeightKey, float],
    token: CancelToken,
) -> float | None:
    if key not in known and read_base is not None:
        weight = base_if_known(read_base, key)
        if weight is not None:
            found = largest(Operator.of(weight.cpu()), token=token)
            known[key] = found.values.sum().item()
    return known.get(key)
