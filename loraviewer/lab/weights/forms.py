"""Changes of one weight in the form in which their products cost least, all in float64.

⟨X, Y⟩_F = Σ X∘Y of two changes (out, n) of the same weight, without forming either where they have
factors:

low rank     ⟨BA, DC⟩ = Σ (BᵀD) ∘ (ACᵀ)
LoHa         (BA) ∘ (DC) = [rows of B ⊗ rows of D] · [columns of A ⊗ columns of C], of rank
             r₁·r₂ (Khatri and Rao), while that is cheaper than the matrix
LoKr         ⟨P⊗Q, R⊗S⟩ = ⟨P, R⟩·⟨Q, S⟩ for equal sides; ⟨P⊗Q, u·dᵀ⟩ = Σ (Pᵀ·U·Q) ∘ D
the others   as matrices, a band of rows at a time; kinds that depend on W₀ are what they make of it
"""

import torch
from torch import Tensor

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.kinds.loha import HadamardDelta, Product
from loraviewer.adapters.kinds.lokr import KroneckerDelta
from loraviewer.adapters.placement import BaseReader, PlacedDelta, WeightDelta
from loraviewer.lab.weights.factor_forms import Kronecker, flat_shape, khatri_rao, kronecker

_BAND_ELEMENTS = 1 << 16
"""Of a matrix that is widened to float64 at a time: what stays in the caches of one core, and is
not asked of the system anew each time. Up to twenty times the speed of bands of 16 MB."""

Form = LowRankDelta | Kronecker | Tensor
"""A LowRankDelta has the dtype of the file: only a product widens it. A Tensor is the change
itself, (out, n) in float32, on the CPU."""


def form_of(delta: WeightDelta, read_base: BaseReader | None) -> Form:
    """The change at strength 1 of the one weight that it was placed on. `ValueError` where it
    depends on W₀ and nobody can read that."""
    if isinstance(delta, LowRankDelta):
        return delta
    form = None
    if isinstance(delta.delta, HadamardDelta):
        halves = delta.delta.halves()
        if _are_cheap(halves):
            form = khatri_rao(delta, halves, delta.delta.scaling)
    elif isinstance(delta.delta, KroneckerDelta):
        form = kronecker(delta, delta.delta)
    form = matrix_of(delta, read_base) if form is None else form
    if form is None:
        raise ValueError("a change that depends on the base, and none to read")
    return form


def matrix_of(delta: PlacedDelta, read_base: BaseReader | None) -> Tensor | None:
    """The change as a matrix, (out, n) in float32 on the CPU. W₀ is only read where it counts;
    None where it does and cannot be."""
    if not delta.delta.needs_base:
        return delta.dense(lambda _: torch.empty(flat_shape(delta))).cpu()
    return None if read_base is None else delta.dense(read_base).cpu()


def _are_cheap(halves: tuple[Product, Product]) -> bool:
    """Where the product of the ranks is large, factors are dearer to multiply than the matrix."""
    (left, right), (other_left, _) = halves
    rows, columns = len(left), right.shape[1]
    rank = left.shape[1] * other_left.shape[1]
    forming = 2 * (left.shape[1] + other_left.shape[1]) * rows * columns
    return rank * rank * (rows + columns) <= forming


def wide(factors: LowRankDelta) -> tuple[Tensor, Tensor]:
    """In float64, `up` scaled: (out, r) and (r, n)."""
    return factors.up.double() * factors.scaling, factors.down.double()


def inner(first: Form, second: Form) -> float:
    """⟨first, second⟩_F of two changes of the same weight."""
    if isinstance(first, LowRankDelta) and isinstance(second, LowRankDelta):
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
    assert isinstance(first, LowRankDelta)
    assert isinstance(second, Kronecker)
    return _mixed(first, second)


def inner_row(first: LowRankDelta, others: list[LowRankDelta]) -> list[float]:
    """⟨first, other⟩_F of each: one product of joined factors instead of one for each."""
    up, down = wide(first)
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


def _mixed(factors: LowRankDelta, product: Kronecker) -> float:
    (o1, i1), (o2, i2) = product.first.shape, product.second.shape
    up, down = wide(factors)
    ups, downs = up.T.reshape(-1, o1, o2), down.reshape(-1, i1, i2)
    return ((product.first.T @ ups @ product.second) * downs).sum().item()


def _with_matrix(form: Form, matrix: Tensor) -> float:
    if isinstance(form, Kronecker):
        return _kronecker_with(form, matrix)
    up, down = wide(form) if isinstance(form, LowRankDelta) else (form, None)
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
