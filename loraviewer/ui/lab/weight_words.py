"""How a change spreads over the rows and columns of its weight, in sentences and tables."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from loraviewer.core.weight_measurements import (
    BesideNull,
    ChangeDetails,
    IntruderTable,
    Rounding,
    SideEnergies,
    WeightDetails,
)
from loraviewer.ui.lab.charts.number_table import Beside, Column, TableCell
from loraviewer.ui.lab.charts.number_words import number_text
from loraviewer.ui.lab.charts.scales import LinearScale
from loraviewer.ui.lab.charts.strip_chart import Strip
from loraviewer.ui.widgets.quantities import share_text

translate = QCoreApplication.translate
_CONTEXT = "WeightWords"
_LEAST_TOP = 4.0
"""Times the mean: the end of the scale of strips where nothing stands out."""


def half_share(energies: Sequence[float]) -> float | None:
    """The smallest share of rows, or columns, that has half of the energy; None for zero."""
    half, held = 0.5 * sum(energies), 0.0
    for count, energy in enumerate(sorted(energies, reverse=True), 1):
        held += energy
        if half and held >= half:
            return count / len(energies)
    return None


def rows_sentence(side: SideEnergies) -> str:
    return _side_sentence(side, translate(_CONTEXT, "{} of the rows take half of the change."))


def columns_sentence(side: SideEnergies) -> str:
    return _side_sentence(side, translate(_CONTEXT, "{} of the columns take half of the change."))


def _side_sentence(side: SideEnergies, words: str) -> str:
    half, part = half_share(side.energies), side.participation
    if half is None or part is None:
        return translate(_CONTEXT, "The stack does not change this weight at all.")
    beside = translate(_CONTEXT, "Participation {}; random directions have {}.")
    told = beside.format(number_text(part.value, 2), number_text(part.null, 2))
    return f"{words.format(share_text(half))} {told}"


def strips_of(details: WeightDetails, names: Sequence[str], *, of_rows: bool) -> list[Strip]:
    def energies(facts: ChangeDetails) -> Sequence[float]:
        return (facts.rows if of_rows else facts.columns).energies

    rows = zip(names, details.rows, strict=True)
    stack = Strip(translate(_CONTEXT, "stack"), energies(details.stack))
    return [stack, *(Strip(name, energies(facts)) for name, (_, facts) in rows)]


def strip_scale(strips: Sequence[Strip]) -> LinearScale:
    """To the largest of the stack, so that one adapter's peak does not fade all of it."""
    top = max((value for strip in strips[:1] for value in strip.over_mean()), default=0.0)
    return LinearScale(max(_LEAST_TOP, float(round(top + 0.5))))


def spread_columns() -> tuple[Column, ...]:
    names = (
        (
            translate(_CONTEXT, "Rows"),
            translate(_CONTEXT, "Taking part: 1 where all rows change alike, near 0 for a few."),
            translate(_CONTEXT, "Participation of rows"),
        ),
        (
            translate(_CONTEXT, "Columns"),
            translate(_CONTEXT, "Taking part: 1 where all columns change alike, near 0 for a few."),
            translate(_CONTEXT, "Participation of columns"),
        ),
        (
            translate(_CONTEXT, "Amplified"),
            translate(
                _CONTEXT,
                "How much stronger it is in its directions than the base is there; compare "
                "adapters of one rank.",
            ),
            translate(_CONTEXT, "Amplification"),
        ),
        (
            translate(_CONTEXT, "Out %"),
            translate(_CONTEXT, "What of it lies in the base’s 16 strongest output directions."),
            translate(_CONTEXT, "Energy in the base’s 16 strongest output directions"),
        ),
        (
            translate(_CONTEXT, "In %"),
            translate(_CONTEXT, "What of it lies in the base’s 16 strongest input directions."),
            translate(_CONTEXT, "Energy in the base’s 16 strongest input directions"),
        ),
    )
    measured = [Column(*each, has_null=True, is_share="%" in each[0]) for each in names]
    return (Column(translate(_CONTEXT, "Change")), *measured)


def spread_rows(details: WeightDetails, names: Sequence[str]) -> list[tuple[TableCell, ...]]:
    stack = (translate(_CONTEXT, "stack"), details.stack)
    rows = [(name, facts) for name, (_, facts) in zip(names, details.rows, strict=True)]
    return [_spread_row(name, facts) for name, facts in (stack, *rows)]


def _spread_row(name: str, facts: ChangeDetails) -> tuple[TableCell, ...]:
    measured = (
        facts.rows.participation,
        facts.columns.participation,
        facts.amplification,
        facts.alignment_output,
        facts.alignment_input,
    )
    return (name, *map(_both, measured))


def _both(measured: BesideNull | None) -> Beside:
    return (measured.value, measured.null) if measured is not None else (None, None)


def rounding_sentence(rounding: Rounding | None) -> str:
    """What of the change arrives in the weight."""
    if rounding is None:
        return translate(_CONTEXT, "The base’s numbers cannot be read here: they are quantised.")
    words = translate(_CONTEXT, "Kept as {}: {} of its numbers change.")
    told = words.format(rounding.dtype, share_text(rounding.changed_share))
    if rounding.error is None or rounding.gain is None:
        return told
    lost = translate(_CONTEXT, "Rounding is off by {} % of the change, of which {} % arrives.")
    error, gain = number_text(100.0 * rounding.error), number_text(100.0 * rounding.gain, 4)
    return f"{told} {lost.format(error, gain)}"


def intruder_columns() -> tuple[Column, ...]:
    return (
        Column(
            translate(_CONTEXT, "Direction"), translate(_CONTEXT, "Of W₀ + S, strongest first.")
        ),
        Column("σ", translate(_CONTEXT, "How strong it is.")),
        Column(
            translate(_CONTEXT, "Cosine with W₀"),
            translate(_CONTEXT, "With the nearest direction of the base; below ½ it is new."),
        ),
        Column(translate(_CONTEXT, "Intruder"), translate(_CONTEXT, "Whether it is new.")),
        Column(
            translate(_CONTEXT, "Most of"),
            translate(_CONTEXT, "The adapter in whose directions most of it lies."),
        ),
    )


def intruder_rows(table: IntruderTable, every: Sequence[str]) -> list[tuple[TableCell, ...]]:
    """every: names of all rows of the stack, by their places."""
    yes, no = translate(_CONTEXT, "intruder"), translate(_CONTEXT, "no")
    return [
        (
            str(number),
            one.value,
            one.cosine,
            yes if one.is_intruder else no,
            every[one.owner] if one.owner is not None else "–",
        )
        for number, one in enumerate(table.directions, 1)
    ]


def intruder_sentence(table: IntruderTable) -> str:
    count = sum(one.is_intruder for one in table.directions)
    words = translate(
        _CONTEXT,
        "{} of the {} strongest directions are new to the base; random changes of the same "
        "strength make {}.",
    )
    return words.format(count, len(table.directions), table.random_count)
