"""Curves and tables of singular values: of the whole stack weight by weight, and of one weight."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt

from loraviewer.core.weight_measurements import ChangeDetails, WeightDetails
from loraviewer.core.weight_numbers import BlockName, WeightName
from loraviewer.core.weight_spectra import (
    SPIKE_RELATIVE,
    SPIKE_STABLE_RANK,
    Spectrum,
    WeightSpectra,
)
from loraviewer.ui.lab.charts.chart_numbers import Cell, ChartNumbers
from loraviewer.ui.lab.charts.curve_plot import Curve
from loraviewer.ui.lab.charts.legends import Line
from loraviewer.ui.lab.charts.number_table import Column
from loraviewer.ui.lab.charts.number_words import number_text

translate = QCoreApplication.translate
_CONTEXT = "SpectraCurves"


@dataclass(frozen=True)
class AllWeights:
    """σ₁(S) / σ₁(W₀) of every weight in the order of the network; σ₁(S) alone, where W₀ is not
    known. `curves`: each component, then the spikes."""

    order: tuple[WeightName, ...]
    curves: tuple[Curve, ...]
    is_relative: bool
    numbers: ChartNumbers

    def words(self, curve: int, point: int) -> str:
        shown = self.curves[curve]
        weight, value = self.weight(curve, point), shown.y[point]
        unit = "σ₁(S) / σ₁(W₀)" if self.is_relative else "σ₁(S)"
        return f"{'.'.join(weight)}\n{unit}: {number_text(value)}"

    def weight(self, curve: int, point: int) -> WeightName:
        return self.order[round(self.curves[curve].x[point]) - 1]

    def x_of(self, weight: WeightName | None) -> float | None:
        return self.order.index(weight) + 1.0 if weight in self.order else None


def all_weights(
    spectra: Mapping[WeightName, WeightSpectra],
    blocks: Sequence[BlockName],
    block_of: Callable[[WeightName], BlockName],
    component_words: Callable[[str], str],
) -> AllWeights:
    """blocks: sorted as the network is walked."""
    places = {block: place for place, block in enumerate(blocks)}
    order = sorted(spectra, key=lambda key: (places.get(block_of(key), len(places)), key))
    is_relative = all(one.relative is not None for one in spectra.values())
    values = [spectra[key].relative if is_relative else _largest(spectra[key]) for key in order]
    numbered = list(zip(range(1, len(order) + 1), order, values, strict=True))
    curves: list[Curve] = []
    for place, component in enumerate(dict.fromkeys(key[0] for key in order)):
        own = [(float(x), y) for x, key, y in numbered if key[0] == component]
        line = Line(component_words(component), place, is_dots=True)
        curves.append(_dots(line, own))
    spikes = [(float(x), y) for x, key, y in numbered if spectra[key].is_spike]
    if spikes:
        curves.append(_dots(Line(translate(_CONTEXT, "spike"), is_diamonds=True), spikes))
    numbers = _numbers([spectra[key] for key in order])
    return AllWeights(tuple(order), tuple(curves), is_relative, numbers)


def _numbers(spectra: Sequence[WeightSpectra]) -> ChartNumbers:
    header = (
        translate(_CONTEXT, "Component"),
        translate(_CONTEXT, "Weight"),
        *("σ₁(S)", "σ₁(W₀)", "σ₁(S) / σ₁(W₀)"),
        translate(_CONTEXT, "Stable rank"),
        translate(_CONTEXT, "Spike"),
    )
    return ChartNumbers(header, tuple(map(_number_row, spectra)))


def _number_row(one: WeightSpectra) -> tuple[Cell, ...]:
    stable = one.stack.stable_rank if one.stack is not None else None
    return (*one.key, _largest(one), one.base_largest, one.relative, stable, one.is_spike)


def _largest(one: WeightSpectra) -> float | None:
    return one.stack.largest if one.stack is not None else None


def _dots(line: Line, points: Sequence[tuple[float, float | None]]) -> Curve:
    xs, ys = tuple(x for x, _ in points), tuple(y for _, y in points)
    return Curve(line, xs, ys, has_line=False, has_dots=True)


def weight_curves(details: WeightDetails, names: Sequence[str]) -> tuple[Curve, ...]:
    """Of the stack, each row at its strength, and W₀. names: of the rows that touch the weight."""
    curves = [_spectrum(Line(translate(_CONTEXT, "stack"), width=3.0), details.stack.spectrum)]
    for (place, facts), name in zip(details.rows, names, strict=True):
        curves.append(_spectrum(Line(name, place), facts.spectrum))
    if details.base_values:
        line = Line(translate(_CONTEXT, "W₀, its largest"), dash=Qt.PenStyle.DashLine, width=1.5)
        curves.append(_curve(line, details.base_values))
    return tuple(curves)


def _spectrum(line: Line, of: Spectrum) -> Curve:
    """Without what is rounding."""
    return _curve(line, of.values[: of.numeric_rank])


def _curve(line: Line, values: Sequence[float]) -> Curve:
    return Curve(line, tuple(map(float, range(1, len(values) + 1))), tuple(values))


def fact_columns() -> tuple[Column, ...]:
    return (
        Column(translate(_CONTEXT, "Change")),
        Column("σ₁", translate(_CONTEXT, "Its length in its strongest direction.")),
        Column(
            translate(_CONTEXT, "of W₀"),
            translate(_CONTEXT, "σ₁ / σ₁(W₀): the same beside the base’s strongest direction."),
            "σ₁ / σ₁(W₀)",
        ),
        Column(
            translate(_CONTEXT, "Stable"),
            translate(_CONTEXT, "Stable rank, ‖S‖² / σ₁²: 1 for a single direction."),
            translate(_CONTEXT, "Stable rank"),
        ),
        Column(
            translate(_CONTEXT, "Effective"),
            translate(_CONTEXT, "Effective rank: directions, small ones counted by their size."),
            translate(_CONTEXT, "Effective rank"),
        ),
        Column(
            translate(_CONTEXT, "95 %"),
            translate(_CONTEXT, "So many directions hold 95 % of its energy."),
            translate(_CONTEXT, "Directions with 95 % of the energy"),
        ),
        Column(translate(_CONTEXT, "Spike"), spike_tip()),
    )


def fact_rows(details: WeightDetails, names: Sequence[str]) -> list[tuple[Cell, ...]]:
    stack = (translate(_CONTEXT, "stack"), details.stack)
    rows = [(name, facts) for name, (_, facts) in zip(names, details.rows, strict=True)]
    return [_fact_row(name, facts, details) for name, facts in (stack, *rows)]


def _fact_row(name: str, facts: ChangeDetails, details: WeightDetails) -> tuple[Cell, ...]:
    found, beside = facts.spectrum, beside_base(facts, details)
    words = {
        True: translate(_CONTEXT, "spike"),
        False: translate(_CONTEXT, "no"),
        None: "–",
    }
    ranks = found.stable_rank, found.effective_rank, found.energy_rank
    return (name, found.largest, beside.relative, *ranks, words[beside.is_spike])


def beside_base(facts: ChangeDetails, details: WeightDetails) -> WeightSpectra:
    """One change as if it were alone in its weight."""
    largest = details.base_values[0] if details.base_values else None
    return WeightSpectra(details.weight, details.shape, (), facts.spectrum, largest)


def spike_tip() -> str:
    return translate(
        _CONTEXT,
        "Nearly one direction and strong beside the base: two such seldom get along. The limits "
        "(stable rank below {}, σ₁ above {} σ₁(W₀)) are provisional; a hint, no verdict.",
    ).format(SPIKE_STABLE_RANK, SPIKE_RELATIVE)


def sentence(details: WeightDetails) -> str:
    """What the numbers of one weight mean."""
    found, beside = details.stack.spectrum, beside_base(details.stack, details)
    if not found.largest:
        return translate(_CONTEXT, "The stack does not change this weight at all.")
    words = translate(_CONTEXT, "Of {} directions {} hold 95 % of the change.")
    told = [words.format(found.numeric_rank, found.energy_rank)]
    if beside.relative is not None:
        size = translate(_CONTEXT, "The strongest is {} of the base’s strongest.")
        told.append(size.format(_percent(beside.relative)))
    return " ".join(told)


def _percent(relative: float) -> str:
    return f"{number_text(100.0 * relative)} %"
