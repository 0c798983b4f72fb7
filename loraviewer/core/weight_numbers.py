"""What a stack does to the weights, as plain values: S = Σ sᵢΔWᵢ in lengths, angles and blocks.

All norms are Frobenius, of what the merger adds before rounding. Numbers that are not defined
(0 / 0), or not known for want of base weights, are None.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from loraviewer.core.blocks import BlockScales
from loraviewer.core.stack import AppliedAdapter

BlockName = tuple[str, str]
"""(component, block), as in ("unet", "IN04")."""

WeightName = tuple[str, str]
"""(component, name of the weight), as in ("unet", "mid_block.attentions.0.to_q.weight")."""

BEYOND_CHANCE = 5.0
"""How many nulls a cosine must have until it says something: the null is the standard deviation of
what independent directions give."""

Matrix = tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class RowEnergies:
    """Of one applied row. `norm`: ‖sΔW‖; `relative`: that over ‖W₀‖ of the same weights. `share`:
    sᵢ(Gs)ᵢ / ‖S‖², the row's additive part of the stack's energy: shares sum to 1, one that cancels
    others is negative. `leave_one_out`: what of ‖S‖² goes without it, over ‖S‖²; these do not sum
    to 1. `blocks`: ‖sΔW‖ in each block of `LiveWeights.blocks`; `block_relatives`: over ‖W₀‖."""

    norm: float
    relative: float | None
    share: float | None
    leave_one_out: float | None
    blocks: tuple[float, ...]
    block_relatives: tuple[float | None, ...]


@dataclass(frozen=True)
class StackEnergies:
    """Of a stack at its strengths; `rows` in the order in which it was asked for.

    `relative`: ‖S‖ / ‖W₀‖ over the weights that the stack touches. `in_adapters`: ‖S‖ in units of
    one adapter of the stack alone at 1.0 (the root mean square of their norms): 1 is as strong as
    one of them. `coherence`: ‖S‖ / √Σ‖sᵢΔWᵢ‖²: 1 for changes that have nothing in common, √n for n
    equal ones, below 1 where they cancel.
    """

    rows: tuple[RowEnergies, ...]
    norm: float
    base_norm: float | None
    relative: float | None
    in_adapters: float | None
    coherence: float | None
    blocks: tuple[float, ...]
    """‖S‖ in each block of `LiveWeights.blocks`."""
    block_relatives: tuple[float | None, ...]


@dataclass(frozen=True)
class WeightNorms:
    """Weight by weight, in the order of `LiveWeights.weights`. `stack`: ‖S‖; `rows`: ‖sᵢΔWᵢ‖, one
    tuple per applied row; `base`: ‖W₀‖."""

    stack: tuple[float, ...]
    rows: tuple[tuple[float, ...], ...]
    base: tuple[float | None, ...]


@dataclass(frozen=True)
class Angles:
    """Between each two of some adapters, at strength 1. `cosine`: ⟨ΔWᵢ, ΔWⱼ⟩ / (‖ΔWᵢ‖·‖ΔWⱼ‖) in
    −1 … 1. `null`: its standard deviation for independent directions of the same energies; what
    lies within `BEYOND_CHANCE` of it says nothing."""

    cosine: Matrix
    null: Matrix


@dataclass(frozen=True)
class Meeting:
    """Two rows in one weight where their cosine is beyond what chance gives. `shared`:
    2·sᵢsⱼ⟨ΔWᵢ, ΔWⱼ⟩, what their meeting adds to ‖S‖² there: positive where they pull the same way,
    negative where they cancel. `cosine`: as they are at their strengths."""

    first: int
    second: int
    """Places of the rows in the stack that was asked for."""
    weight: WeightName
    cosine: float
    null: float
    shared: float


@dataclass(frozen=True)
class Place:
    """Where to look: everywhere, in a component, in a block of it, or in one weight."""

    component: str = ""
    block: str = ""
    weight: str = ""


class LiveWeights(Protocol):
    """Lengths and angles of some adapters on one base, from Gram matrices: what follows from them
    follows a held fader. Any thread; no torch. Rows are applied adapters, of which all must be in
    `adapters` (`KeyError`); the same adapter may be in several rows."""

    @property
    def base_identity(self) -> str: ...

    @property
    def adapters(self) -> frozenset[str]:
        """sha256 of all that are known."""
        ...

    @property
    def blocks(self) -> tuple[BlockName, ...]:
        """All blocks that any of them touches, sorted as a network is walked."""
        ...

    @property
    def weights(self) -> tuple[WeightName, ...]:
        """All weights that any of them touches, sorted."""
        ...

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Of the weights, (out, n), convolutions flattened."""
        ...

    def block_of(self, weight: WeightName) -> BlockName: ...

    def energies(self, rows: Sequence[AppliedAdapter]) -> StackEnergies:
        """One tick of a fader."""
        ...

    def weight_norms(self, rows: Sequence[AppliedAdapter]) -> WeightNorms: ...

    def angles(self, adapters: Sequence[str], place: Place) -> Angles:
        """Between adapters by their sha256."""
        ...

    def norms_at_one(self, sha256: str, block_scales: BlockScales = ()) -> tuple[float, float]:
        """‖ΔW‖ at strength 1 in denoisers, and in text encoders."""
        ...

    def meetings(self, rows: Sequence[AppliedAdapter]) -> tuple[Meeting, ...]:
        """Where rows meet, the largest shared energies (either sign) first."""
        ...
