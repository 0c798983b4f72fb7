"""Spectra and details of one weight that can be reckoned in one's head, for tests.

Every weight is 4 × 8 and has σ(W₀) = 10, 8, 6, 4. A row at strength s has the singular values 2s
and s; the stack has the sum of these. Half of its energy lies in the first row, and in the first
two columns.
"""

from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_measurements import (
    BesideNull,
    ChangeDetails,
    DetailsWanted,
    Intruder,
    IntruderTable,
    Measured,
    Measurement,
    Rounding,
    SideEnergies,
    SpectraPart,
    SpectraWanted,
    WeightDetails,
)
from loraviewer.core.weight_numbers import WeightName
from loraviewer.core.weight_spectra import Spectrum, WeightSpectra
from tests.fake_weights import WEIGHTS

BASE_VALUES = (10.0, 8.0, 6.0, 4.0)
SHAPE = (4, 8)
OVERLAP, OVERLAP_NULL = 0.75, 0.02


def measured(wanted: Measurement) -> Measured:
    """Of what is not lengths and angles."""
    if isinstance(wanted, SpectraWanted):
        return spectra_part(wanted)
    assert isinstance(wanted, DetailsWanted)
    return details(wanted)


def spectra_part(wanted: SpectraWanted, count: int = len(WEIGHTS)) -> SpectraPart:
    """`count` weights from where it was asked."""
    keys = WEIGHTS[wanted.first :][:count]
    total = sum(row.scale for row in wanted.rows)
    return SpectraPart(wanted.first, tuple(_spectra(key, total) for key in keys), len(WEIGHTS))


def _spectra(key: WeightName, total: float) -> WeightSpectra:
    """The further down the network, the stronger: 1, 2, 3, 4 times."""
    times = WEIGHTS.index(key) + 1
    return WeightSpectra(key, SHAPE, (), _spectrum(times * total), BASE_VALUES[0])


def details(wanted: DetailsWanted) -> WeightDetails:
    count = len(wanted.rows)
    total = sum(row.scale for row in wanted.rows)
    return WeightDetails(
        wanted.weight,
        SHAPE,
        tuple((place, _change(_scale(row))) for place, row in enumerate(wanted.rows)),
        _change(total),
        BASE_VALUES,
        _matrix(count, OVERLAP),
        _matrix(count, OVERLAP_NULL, OVERLAP_NULL),
        _matrix(count, OVERLAP_NULL + 0.05),
        _matrix(count, OVERLAP_NULL, OVERLAP_NULL),
        Rounding("bfloat16", 0.5, 0.02, 0.999),
        "f" * 32,
        intruders() if wanted.with_intruders else None,
    )


def intruders() -> IntruderTable:
    return IntruderTable((Intruder(11.0, 0.25, 1, True), Intruder(9.0, 0.75, 0, False)), 3)


def _scale(row: AppliedAdapter) -> float:
    return row.scale


def _spectrum(scale: float) -> Spectrum:
    return Spectrum((2.0 * abs(scale), abs(scale)), 2 if scale else 0)


def _change(scale: float) -> ChangeDetails:
    whole = 5.0 * scale * scale
    rows = tuple(whole * part for part in (0.5, 0.25, 0.125, 0.125))
    columns = tuple(whole * part for part in (0.25, 0.25, *(0.5 / 6,) * 6))
    return ChangeDetails(
        _spectrum(scale),
        SideEnergies(rows, BesideNull(0.7, 0.9)),
        SideEnergies(columns, BesideNull(0.8, 0.95)),
        BesideNull(3.0, 2.0),
        BesideNull(0.04, 0.01),
        BesideNull(0.08, 0.02),
    )


def _matrix(count: int, beside: float, own: float = 1.0) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(own if i == j else beside for j in range(count)) for i in range(count))
