"""How much of a disturbance it takes to move one step of denoising by as much as was asked for."""

from statistics import fmean

import msgspec

TOLERANCE = 0.02
"""Of the energy that was asked for; pictures of two draws differ by far more."""


class Nominal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of one arm's draw at one of the experiment's energies. `nominal`: what its weights or outputs
    are given. `measured`: for each prompt, ‖ε' − ε₀‖ / ‖ε₀‖ of the guided output with that."""

    arm: str
    draw: int
    energy: float
    nominal: float
    measured: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Of what was measured."""
        return fmean(self.measured)

    @property
    def is_met(self) -> bool:
        """Whether what was measured is what was asked for."""
        return abs(self.mean - self.energy) <= TOLERANCE * self.energy
