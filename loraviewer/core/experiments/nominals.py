"""How much of a disturbance it takes to move one step of denoising by as much as was asked for."""

import msgspec


class Nominal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of one arm's draw at one of the experiment's energies. `nominal`: what its weights or outputs
    are given. `measured`: for each prompt, ‖ε' − ε₀‖ / ‖ε₀‖ of the guided output with that."""

    arm: str
    draw: int
    energy: float
    nominal: float
    measured: tuple[float, ...]
