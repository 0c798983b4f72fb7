"""What the lab is asked about weights on the engine thread, and what it answers."""

from dataclasses import dataclass

from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_numbers import LiveWeights, Matrix, WeightName
from loraviewer.core.weight_spectra import Spectrum, WeightSpectra


@dataclass(frozen=True)
class LiveWanted:
    """Lengths and angles of these adapters, at whatever strength. Answer: `LiveAnswer`."""

    adapters: tuple[AppliedAdapter, ...]


@dataclass(frozen=True)
class SpectraWanted:
    """Spectra of a stack, from its weight number `first` on. Answer: `SpectraPart`, after a moment,
    so that pictures need not wait for all of them."""

    rows: tuple[AppliedAdapter, ...]
    first: int = 0


@dataclass(frozen=True)
class DetailsWanted:
    """All of one weight. `with_intruders`: also what decomposes W₀, which takes seconds where that
    is large. Answer: `WeightDetails`."""

    rows: tuple[AppliedAdapter, ...]
    weight: WeightName
    with_intruders: bool = False


Measurement = LiveWanted | SpectraWanted | DetailsWanted


@dataclass(frozen=True)
class LiveAnswer:
    live: LiveWeights


@dataclass(frozen=True)
class SpectraPart:
    """Of the weights from `first` on; `total` is how many there are in all."""

    first: int
    weights: tuple[WeightSpectra, ...]
    total: int

    @property
    def is_last(self) -> bool:
        return self.first + len(self.weights) >= self.total


@dataclass(frozen=True)
class BesideNull:
    """A number, and what it is for random directions of the same size."""

    value: float
    null: float


@dataclass(frozen=True)
class SideEnergies:
    """How a change spreads over the rows, or the columns, of its weight. `energies`: ‖·‖² of each.
    `participation`: (Σe)² / (d·Σe²), 1 where all take the same, 1/d where one takes all; None for
    zero."""

    energies: tuple[float, ...]
    participation: BesideNull | None


@dataclass(frozen=True)
class ChangeDetails:
    """One change at its strength: of a row, or of the stack. `spectrum`: its singular values.
    `amplification`: ‖ΔW‖ / ‖UᵀW₀V‖ (Hu et al. 2021, section 7.3). `alignment_output`, `_input`:
    what share of ‖ΔW‖² lies in the strongest directions of W₀. None where ΔW is zero, or W₀ cannot
    be read."""

    spectrum: Spectrum
    rows: SideEnergies
    columns: SideEnergies
    amplification: BesideNull | None = None
    alignment_output: BesideNull | None = None
    alignment_input: BesideNull | None = None


@dataclass(frozen=True)
class Intruder:
    """One of the strongest directions of W₀ + S. `cosine`: the largest with any of W₀'s. `owner`:
    place of the row whose output side it lies in most."""

    value: float
    cosine: float
    owner: int | None
    is_intruder: bool


@dataclass(frozen=True)
class IntruderTable:
    """`random_count`: how many intruders random directions with the same singular values make."""

    directions: tuple[Intruder, ...]
    random_count: int


@dataclass(frozen=True)
class Rounding:
    """What rounding to the weight's dtype does to the merge. `changed_share`: of its elements,
    which differ from W₀. `error`: ‖(W − W₀) − S‖ / ‖S‖; `gain`: ⟨W − W₀, S⟩ / ‖S‖², below 1 where
    small changes are rounded away; None where S is zero."""

    dtype: str
    changed_share: float
    error: float | None
    gain: float | None


@dataclass(frozen=True)
class WeightDetails:
    """Of one weight, (out, n) flat. `rows`: of each row that touches it, by its place in the stack
    that was asked for. `base_values`: the largest singular values of W₀, empty where it cannot be
    read. `overlap_output`, `_input`: φ of each two of `rows` in their order, what they write and
    what they listen to; `overlap_null`: for random directions."""

    weight: WeightName
    shape: tuple[int, int]
    rows: tuple[tuple[int, ChangeDetails], ...]
    stack: ChangeDetails
    base_values: tuple[float, ...]
    overlap_output: Matrix
    overlap_output_null: Matrix
    overlap_input: Matrix
    overlap_input_null: Matrix
    rounding: Rounding | None
    fingerprint: str
    """Of W₀ with its name, dtype and shape: xxh3_128 in hex; "" where it cannot be read."""
    intruders: IntruderTable | None = None


Measured = LiveAnswer | SpectraPart | WeightDetails
