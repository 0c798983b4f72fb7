"""What the sum of a stack looks like in one weight: its spectrum and how it spreads."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from loraviewer.adapters.kinds.linear_algebra import qr
from loraviewer.lab.weights.forms import Factors, Form, Kronecker

_MOST_VALUES = 8


@dataclass(frozen=True)
class WeightFacts:
    """Of S = Σ sᵢΔWᵢ in one weight, (out, n), convolutions flattened to out × in·kh·kw.

    `singular_values`: the 8 largest. `stable_rank`: ‖S‖²/σ₁². `effective_rank`: exp of the entropy
    of σ/Σσ (Roy and Vetterli 2007). Participation: (Σe)²/(n·Σe²) of the energies e of rows or
    columns; 1: all alike, 1/n: all in one. nan where S is 0.
    """

    singular_values: tuple[float, ...]
    stable_rank: float
    effective_rank: float
    row_participation: float
    column_participation: float


def weight_facts(forms: Sequence[Form], scales: Sequence[float]) -> WeightFacts:
    """At least one form; no full matrix is formed where all have factors of few columns."""
    total = _total(forms, scales)
    values = _singular_values(total)
    rows, columns = _line_energies(total)
    return WeightFacts(
        tuple(values[:_MOST_VALUES].tolist()),
        _stable_rank(values),
        _effective_rank(values),
        participation(rows),
        participation(columns),
    )


def spectral_norm(weight: Tensor) -> float:
    """σ₁ of (out, n), from the eigenvalues of its product with itself on the shorter side."""
    wide = weight.double().cpu()
    product = wide @ wide.T if wide.shape[0] <= wide.shape[1] else wide.T @ wide
    return math.sqrt(max(0.0, torch.linalg.eigvalsh(product)[-1].item())) if len(product) else 0.0


def participation(energies: Tensor) -> float:
    """(Σe)² / (n·Σe²) of the energies of n lines."""
    squares = len(energies) * energies.square().sum().item()
    return energies.sum().item() ** 2 / squares if squares else math.nan


def _total(forms: Sequence[Form], scales: Sequence[float]) -> Factors | Tensor:
    """The sum as factors, or as a float64 matrix where these would be no smaller."""
    factors = [form.wide() for form in forms if isinstance(form, Factors)]
    if len(factors) == len(forms):
        up = torch.cat([s * up for (up, _), s in zip(factors, scales, strict=True)], 1)
        down = torch.cat([down for _, down in factors])
        if up.shape[1] < min(len(up), down.shape[1]):
            return Factors(up, down)
        return up @ down
    return sum(
        (s * _matrix(form) for form, s in zip(forms, scales, strict=True)),
        torch.zeros((), dtype=torch.float64),
    )


def _matrix(form: Form) -> Tensor:
    if isinstance(form, Factors):
        up, down = form.wide()
        return up @ down
    return torch.kron(form.first, form.second) if isinstance(form, Kronecker) else form.double()


def _singular_values(total: Factors | Tensor) -> Tensor:
    """Of factors by QR of each: σ(BA) = σ(R_B·R_Aᵀ)."""
    if isinstance(total, Factors):
        total = qr(total.up)[1] @ qr(total.down.T)[1].T
    return torch.linalg.svdvals(total)


def _line_energies(total: Factors | Tensor) -> tuple[Tensor, Tensor]:
    """‖row‖² of each row (out,) and ‖column‖² of each column (n,)."""
    if not isinstance(total, Factors):
        squares = total.square()
        return squares.sum(1), squares.sum(0)
    rows = ((total.up @ (total.down @ total.down.T)) * total.up).sum(1)
    columns = ((total.up.T @ total.up @ total.down) * total.down).sum(0)
    return rows.clamp(min=0.0), columns.clamp(min=0.0)


def _stable_rank(values: Tensor) -> float:
    largest = values[0].item() if len(values) else 0.0
    return (values / largest).square().sum().item() if largest else math.nan


def _effective_rank(values: Tensor) -> float:
    total = values.sum().item()
    if not total:
        return math.nan
    shares = values / total
    return math.exp(-torch.special.xlogy(shares, shares).sum().item())
