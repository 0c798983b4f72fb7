"""Singular values and vectors: of a change by QR of its factors, of a large matrix from products
with a few vectors (Golub and Kahan's bidiagonalisation with full reorthogonalisation)."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from loraviewer.core.cancel import CancelToken
from loraviewer.lab.one_thread import one_thread
from loraviewer.lab.weights.changes import Change, Factors

TOLERANCE = 1e-4
"""Of singular values found by products, relative to the largest; where nothing lies close to them,
they are far nearer."""

RESIDUAL = 1e-6
"""How far a triplet may be from one, relative to the largest value. Hundred times less than what is
promised: a start that hardly knows the first of two close directions finds the second first."""

_MOST_STEPS = 200
_LOOK_EVERY = 4


@dataclass(frozen=True)
class Directions:
    """The largest singular triplets of a matrix, or all that are not zero; float64, descending."""

    left: torch.Tensor  # (out, r)
    values: torch.Tensor  # (r,)
    right: torch.Tensor  # (n, r)

    @property
    def rank(self) -> int:
        return len(self.values)

    @property
    def norm(self) -> float:
        return self.values.norm().item()

    def top(self, count: int) -> "Directions":
        return Directions(self.left[:, :count], self.values[:count], self.right[:, :count])


def singular_values(change: Change) -> torch.Tensor:
    """All min(r, out, n) of them, descending; from an r × r core for factors."""
    if isinstance(change, Factors):
        return torch.linalg.svdvals(_core(change))
    return torch.linalg.svdvals(change.values)


def _core(change: Factors) -> torch.Tensor:
    left = torch.linalg.qr(change.up, mode="r")[1]
    return left @ torch.linalg.qr(change.down.T, mode="r")[1].T  # (r, r)


def numeric_rank(values: torch.Tensor, change: Change) -> int:
    """How many singular values are more than rounding: of the decomposition, in float64, and of the
    numbers that it was given, ‖rounding‖ ≤ ε/2 · ‖ΔW‖ ≤ ε · σ₁ · √(out or n)."""
    if not len(values):
        return 0
    size = max(change.shape)
    share = max(size * torch.finfo(torch.float64).eps, math.sqrt(size) * change.epsilon)
    return int((values > share * values[0]).sum().item())


@one_thread()
def directions(change: Change) -> Directions:
    """Those of its numeric rank."""
    if isinstance(change, Factors):
        left, r_left = torch.linalg.qr(change.up)  # (out, r), (r, r)
        right, r_right = torch.linalg.qr(change.down.T)  # (n, r), (r, r)
        u, s, vh = torch.linalg.svd(r_left @ r_right.T)
        found = Directions(left @ u, s, right @ vh.T)
    else:
        u, s, vh = torch.linalg.svd(change.values, full_matrices=False)
        found = Directions(u, s, vh.T)
    return found.top(numeric_rank(found.values, change))


Product = Callable[[torch.Tensor], torch.Tensor]
"""A vector in float64 → the matrix, or its transpose, times it."""


@dataclass(frozen=True)
class Operator:
    """A matrix (out, n) that is only known by its products with vectors."""

    shape: tuple[int, int]
    times: Product  # (n,) → (out,)
    transposed_times: Product  # (out,) → (n,)

    @classmethod
    def of(cls, matrix: torch.Tensor) -> "Operator":
        """Products are formed in the dtype of the matrix."""
        rows, columns = matrix.shape
        dtype, transposed = matrix.dtype, matrix.T
        return cls(
            (rows, columns),
            lambda x: (matrix @ x.to(dtype)).double(),
            lambda y: (transposed @ y.to(dtype)).double(),
        )

    @property
    def transposed(self) -> "Operator":
        rows, columns = self.shape
        return Operator((columns, rows), self.transposed_times, self.times)

    def plus(self, change: Change) -> "Operator":
        left, right = _sides(change)
        return Operator(
            self.shape,
            lambda x: self.times(x) + left @ (right @ x),
            lambda y: self.transposed_times(y) + right.T @ (left.T @ y),
        )


def _sides(change: Change) -> tuple[torch.Tensor, torch.Tensor]:
    if isinstance(change, Factors):
        return change.up, change.down
    return torch.eye(change.shape[0], dtype=torch.float64), change.values


@one_thread()
def largest(
    operator: Operator,
    count: int = 1,
    token: CancelToken | None = None,
    residual: float = RESIDUAL,
) -> Directions:
    """The `count` largest singular triplets, from a fixed start.

    Ends once each is within `residual`, when the space is exhausted (then they are exact), or
    after 200 steps. Of values that are exactly equal only one is found.
    """
    if operator.shape[0] < operator.shape[1]:  # the start must lie on the shorter side
        found = largest(operator.transposed, count, token, residual)
        return Directions(found.right, found.values, found.left)
    token = token or CancelToken()
    steps = min(_MOST_STEPS, operator.shape[1])
    lanczos = _Bidiagonal(operator, steps)
    goes_on = True
    while goes_on and len(lanczos.alphas) < steps:
        token.raise_if_cancelled()
        goes_on = lanczos.step()
        if goes_on and len(lanczos.alphas) % _LOOK_EVERY == 0 and lanczos.error(count) <= residual:
            break
    return lanczos.triplets(count)


class _Bidiagonal:
    """M V = U B, B upper bidiagonal with `alphas` and, above them, `betas`."""

    def __init__(self, operator: Operator, steps: int) -> None:
        self._operator = operator
        rows, columns = operator.shape
        self._left = torch.zeros(steps, rows, dtype=torch.float64)
        self._right = torch.zeros(steps + 1, columns, dtype=torch.float64)
        start = torch.randn(
            columns, generator=torch.Generator().manual_seed(0), dtype=torch.float64
        )
        self._right[0] = start / start.norm()
        self.alphas: list[float] = []
        self.betas: list[float] = []

    def step(self) -> bool:
        """Whether there may be more to find."""
        k = len(self.alphas)
        u = _without(self._operator.times(self._right[k]), self._left[:k])
        alpha = u.norm().item()
        if alpha <= self._nothing():
            return False
        self._left[k] = u / alpha
        self.alphas.append(alpha)
        v = self._operator.transposed_times(self._left[k])
        v = _without(v, self._right[: k + 1])
        beta = v.norm().item()
        self.betas.append(beta)
        if beta <= self._nothing():
            return False
        self._right[k + 1] = v / beta
        return True

    def triplets(self, count: int) -> Directions:
        k = len(self.alphas)
        u, s, vh = self._small()
        left, right = self._left[:k].T @ u[:, :count], self._right[:k].T @ vh[:count].T
        return Directions(left, s[:count], right)

    def error(self, count: int) -> float:
        """The largest residual over σ₁, which bounds the distance of each value to a true one.

        Its square over the gap would be nearer, but believes a mixture of two close directions.
        """
        u, s, _ = self._small()
        if len(s) < count:
            return math.inf
        return (self.betas[-1] * u[-1, :count].abs().max() / s[0]).item()

    def _small(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        k = len(self.alphas)
        b = torch.diag(torch.tensor(self.alphas, dtype=torch.float64))
        if k > 1:
            b += torch.diag(torch.tensor(self.betas[: k - 1], dtype=torch.float64), 1)
        u, s, vh = torch.linalg.svd(b)
        return u, s, vh

    def _nothing(self) -> float:
        """Below this a new vector is rounding."""
        return max(self.alphas, default=0.0) * 1e-14


def _without(vector: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """What is orthogonal to orthonormal `rows`; twice is enough (Kahan)."""
    for _ in range(2):
        vector = vector - rows.T @ (rows @ vector)
    return vector
