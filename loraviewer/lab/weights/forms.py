"""Changes of one weight in the form in which their products cost least, all in float64.

⟨X, Y⟩_F = Σ X∘Y of two changes (out, n) of the same weight, without forming either where they have
factors:

low rank     ⟨BA, DC⟩ = Σ (BᵀD) ∘ (ACᵀ)
LoHa         (BA) ∘ (DC) = [rows of B ⊗ rows of D] · [columns of A ⊗ columns of C], of rank
             r₁·r₂ (Khatri and Rao), while that is cheaper than the matrix
LoKr         ⟨P⊗Q, R⊗S⟩ = ⟨P, R⟩·⟨Q, S⟩ for equal sides; ⟨P⊗Q, u·dᵀ⟩ = Σ (Pᵀ·U·Q) ∘ D
the others   as matrices, a band of rows at a time; kinds that depend on W₀ are what they make of it
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.kinds.loha import HadamardDelta
from loraviewer.adapters.kinds.lokr import KroneckerDelta
from loraviewer.adapters.kinds.tucker import flat
from loraviewer.adapters.placement import BaseReader, PlacedDelta, WeightDelta, own_rows

_BAND_ELEMENTS = 1 << 16
"""Of a matrix that is widened to float64 at a time: what stays in the caches of one core, and is
not asked of the system anew each time. Up to twenty times the speed of bands of 16 MB."""


@dataclass(frozen=True)
class Factors:
    """scaling · up @ down, in the dtype of the file: only a product widens them."""

    up: Tensor  # (out, r)
    down: Tensor  # (r, n)
    scaling: float = 1.0

    def wide(self) -> tuple[Tensor, Tensor]:
        """In float64, `up` scaled."""
        return self.up.double() * self.scaling, self.down.double()


@dataclass(frozen=True)
class Kronecker:
    """first ⊗ second."""

    first: Tensor  # (o1, i1), scaled
    second: Tensor  # (o2, i2)


Form = Factors | Kronecker | Tensor
"""A Tensor is the change itself, (out, n) in float32, on the CPU."""


def form_of(delta: WeightDelta, read_base: BaseReader) -> Form:
    """The change at strength 1 of the one weight that it was placed on."""
    if isinstance(delta, LowRankDelta):
        return Factors(delta.up, delta.down, delta.scaling)
    form = None
    if isinstance(delta.delta, HadamardDelta):
        form = _hadamard(delta, delta.delta)
    elif isinstance(delta.delta, KroneckerDelta):
        form = _kronecker(delta, delta.delta)
    return delta.dense(read_base).cpu() if form is None else form


def _hadamard(placed: PlacedDelta, delta: HadamardDelta) -> Factors | None:
    """None where the product of the ranks makes factors dearer than the matrix."""
    (left, right), (other_left, other_right) = delta.halves()
    rank = left.shape[1] * other_left.shape[1]
    rows, columns = len(left), right.shape[1]
    forming = 2 * (left.shape[1] + other_left.shape[1]) * rows * columns
    if rank * rank * (rows + columns) > forming:
        return None
    up = torch.einsum(
        "pa,pb->pab", own_rows(left, placed.landing), own_rows(other_left, placed.landing)
    ).flatten(1)
    down = torch.einsum("aq,bq->abq", right, other_right).flatten(0, 1)
    missing = _columns(placed) - columns
    down = torch.nn.functional.pad(down, (0, missing)) if missing else down
    return Factors(up, down, delta.scaling)


def _kronecker(placed: PlacedDelta, delta: KroneckerDelta) -> Kronecker | None:
    """None where the weight takes part of a block of rows, or more columns than the file has."""
    first, second = delta.sides()
    size = len(second)
    rows = own_rows(torch.arange(len(first) * size), placed.landing)
    if len(rows) % size or first.shape[1] * second.shape[1] != _columns(placed):
        return None
    blocks = rows.reshape(-1, size)
    starts = blocks[:, 0]
    is_whole = torch.equal(blocks, starts[:, None] + torch.arange(size))
    if not is_whole or bool((starts % size).any()):
        return None
    return Kronecker(delta.scaling * first[starts // size], second)


def _columns(placed: PlacedDelta) -> int:
    """Of the weight in the base."""
    return flat(placed.landing.target.shapes[placed.role])[1]


def inner(first: Form, second: Form) -> float:
    """⟨first, second⟩_F of two changes of the same weight."""
    if isinstance(first, Factors) and isinstance(second, Factors):
        return inner_row(first, [second])[0]
    if isinstance(first, Kronecker) and isinstance(second, Kronecker):
        if first.first.shape == second.first.shape:
            sides = (first.first * second.first).sum(), (first.second * second.second).sum()
            return (sides[0] * sides[1]).item()
        return _with_matrix(first, torch.kron(second.first, second.second))
    if isinstance(first, Tensor):
        return _with_matrix(second, first)
    if isinstance(second, Tensor):
        return _with_matrix(first, second)
    if isinstance(first, Kronecker):
        first, second = second, first
    assert isinstance(first, Factors)
    assert isinstance(second, Kronecker)
    return _mixed(first, second)


def inner_row(first: Factors, others: list[Factors]) -> list[float]:
    """⟨first, other⟩_F of each: one product of joined factors instead of one for each."""
    up, down = first.wide()
    ups = torch.cat([_plain(o.up) for o in others], 1).double()  # (out, Σ r)
    downs = torch.cat([_plain(o.down) for o in others]).double()  # (Σ r, n)
    elements = (up.T @ ups) * (down @ downs.T)  # (r, Σ r)
    sums = elements.sum(0).split([o.up.shape[1] for o in others])
    return [o.scaling * part.sum().item() for o, part in zip(others, sums, strict=True)]


def _plain(factor: Tensor) -> Tensor:
    """What can be joined: fp8 cannot."""
    return factor.float() if factor.dtype.itemsize == 1 else factor


def energy_of(weight: Tensor) -> float:
    """‖W‖²_F of a weight of any dtype, (out, n)."""
    total, band = 0.0, max(1, _BAND_ELEMENTS // max(1, 2 * weight.shape[1]))
    for start in range(0, len(weight), band):
        rows = weight[start : start + band].double().flatten()
        total += torch.dot(rows, rows).item()
    return total


def _mixed(factors: Factors, kronecker: Kronecker) -> float:
    (o1, i1), (o2, i2) = kronecker.first.shape, kronecker.second.shape
    up, down = factors.wide()
    ups, downs = up.T.reshape(-1, o1, o2), down.reshape(-1, i1, i2)
    return ((kronecker.first.T @ ups @ kronecker.second) * downs).sum().item()


def _with_matrix(form: Form, matrix: Tensor) -> float:
    if isinstance(form, Kronecker):
        return _kronecker_with(form, matrix)
    up, down = form.wide() if isinstance(form, Factors) else (form, None)
    total, band = 0.0, max(1, _BAND_ELEMENTS // max(1, matrix.shape[1]))
    for start in range(0, len(matrix), band):
        rows, own = matrix[start : start + band].double(), up[start : start + band].double()
        product = own * rows if down is None else (own.T @ rows) * down
        total += product.sum().item()
    return total


def _kronecker_with(form: Kronecker, matrix: Tensor) -> float:
    """Σ over rows a of `first`: first[a] · ⟨second, blocks of the matrix in these rows⟩."""
    (o2, i2), total = form.second.shape, 0.0
    for a, row in enumerate(form.first):
        blocks = matrix[a * o2 : (a + 1) * o2].double().reshape(o2, -1, i2)  # (o2, i1, i2)
        total += (torch.einsum("bce,be->c", blocks, form.second) * row).sum().item()
    return total
