"""What `loraviewer lab weights` says of single weights, and of their spectra."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.placement import WeightDelta
from loraviewer.core.cancel import CancelToken
from loraviewer.lab.weights.changes import Change, changes_at, joined
from loraviewer.lab.weights.kind_names import kind_name, rank_of
from loraviewer.lab.weights.leverage import leverage
from loraviewer.lab.weights.report import MeasuredStack, norms_of, number, numbers
from loraviewer.lab.weights.spectra import Spectrum, WeightSpectra, spectra_of_stack

_MOST_VALUES = 8
STACK, BASE = "stack", "base"
"""What a row of `spectra.csv` is of where it is of no adapter."""


@dataclass(frozen=True)
class MeasuredModule:
    """`facts`: as `--modules` lists them."""

    facts: dict[str, Any]
    spectra: WeightSpectra


def measured_modules(
    stack: MeasuredStack,
    token: CancelToken | None = None,
    on_progress: Callable[[float], None] = lambda fraction: None,
) -> list[MeasuredModule]:
    """Of every weight that the stack touches; biases are called as they are. `Cancelled` between
    weights."""
    found = spectra_of_stack(
        stack.applied, stack.adapters, stack.read_base, None, token, on_progress
    )
    pairs = zip(stack.touched, found, strict=True)
    return [MeasuredModule(_facts(stack, place, spectra), spectra) for place, spectra in pairs]


def _facts(stack: MeasuredStack, place: int, spectra: WeightSpectra) -> dict[str, Any]:
    """`spectra` are those of the weight at this place of the geometry."""
    key, weights = stack.geometry.weights[place], stack.numbers.weights
    assert key == spectra.key
    deltas = [stack.adapters[entry.sha256].weights.get(key) for entry in stack.applied]
    return {
        "component": key[0],
        "module": key[1].removesuffix(".weight"),
        "shape": list(stack.shapes[key]),
        "kinds": [_of(delta, kind_name) for delta in deltas],
        "ranks": [_of(delta, rank_of) for delta in deltas],
        **norms_of(weights, place),
        "norms": numbers(weights.own_norm[place]),
        **_spectral_facts(stack, spectra),
        "base_sigma_1": spectra.base_largest,
    }


def _spectral_facts(stack: MeasuredStack, spectra: WeightSpectra) -> dict[str, Any]:
    """What has no value where S is zero is None."""
    names = ("stable_rank", "effective_rank", "row_participation", "column_participation")
    spectrum, total = spectra.stack, _sum(stack, spectra)
    if spectrum is None or total is None or not spectrum.numeric_rank:
        return {"singular_values": [], **dict.fromkeys(names)}
    spread = leverage(total, torch.tensor(spectrum.values, dtype=torch.float64))
    sides = spread.rows.participation.value, spread.columns.participation.value
    values = (spectrum.stable_rank, spectrum.effective_rank, *sides)
    return {
        "singular_values": list(spectrum.values[:_MOST_VALUES]),
        **{name: number(value) for name, value in zip(names, values, strict=True)},
    }


def _sum(stack: MeasuredStack, spectra: WeightSpectra) -> Change | None:
    """S of one weight; None where one of its changes is not known."""
    entries = tuple((own.sha256, own.scale) for own in spectra.adapters)
    changes = changes_at(spectra.key, entries, stack.adapters, stack.read_base)
    known = [change for change in changes if change is not None]
    return joined(known, [scale for _, scale in entries]) if len(known) == len(entries) else None


def _of(delta: WeightDelta | None, ask: Callable[[Any], Any]) -> Any:
    """None for an adapter that leaves the weight alone."""
    if delta is None:
        return None
    return ask(delta if isinstance(delta, LowRankDelta) else delta.delta)


MOST_LISTED = 256
"""Of the singular values of one change. A whole file of DoRA on SDXL has a million."""

SPECTRUM_COLUMNS = ("component", "module", "of", "sha256", "scale", "index", "singular_value")


def spectrum_rows(
    stack: MeasuredStack, modules: Sequence[MeasuredModule]
) -> Iterator[tuple[Any, ...]]:
    """The rows of `spectra.csv`, with `SPECTRUM_COLUMNS`. `of`: the name of an adapter, of `scale`
    there, or "stack", both as the stack adds them; or "base", whose σ₁ alone is known. `index` from
    1, at most `MOST_LISTED`; those that are rounding are left out."""
    names = {entry.sha256: entry.name for entry in stack.applied}
    for module in modules:
        where = module.facts["component"], module.facts["module"]
        spectra = module.spectra
        for own in spectra.adapters:
            at = own.at_one and own.at_one.scaled(own.scale)
            yield from _rows(where, (names[own.sha256], own.sha256, own.scale), at)
        yield from _rows(where, (STACK, "", ""), spectra.stack)
        if spectra.base_largest is not None:
            yield (*where, BASE, "", "", 1, spectra.base_largest)


def _rows(
    where: tuple[str, str], of: tuple[Any, ...], spectrum: Spectrum | None
) -> Iterator[tuple[Any, ...]]:
    values = spectrum.values[: min(spectrum.numeric_rank, MOST_LISTED)] if spectrum else ()
    for index, value in enumerate(values, 1):
        yield (*where, *of, index, value)
