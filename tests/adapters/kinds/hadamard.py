"""LoHa and LoKr: products of two low-rank matrices, element by element or block by block."""

import math

import torch
from torch import Tensor

from tests.adapters.kinds.module import Draw, Module, product


def loha(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    n = math.prod(shape[1:])
    a1, b1, a2, b2 = draw(shape[0], 4), draw(4, n), draw(shape[0], 4), draw(4, n)
    tensors = {"hada_w1_a": a1, "hada_w1_b": b1, "hada_w2_a": a2, "hada_w2_b": b2}
    raw = product(a1, b1, shape) * product(a2, b2, shape)
    return {
        "loha": Module("loha", tensors | {"alpha": torch.tensor(8.0)}, lambda w: raw * 2.0),
    }


def _kron(first: Tensor, second: Tensor, shape: tuple[int, ...]) -> Tensor:
    """(a, b) ⊗ (c, d, k) → (a·c, b·d, k) by definition."""
    second = second.double().reshape(second.shape[0], second.shape[1], -1)
    return torch.einsum("ab,cdk->acbdk", first.double(), second).reshape(shape)


def lokr(shape: tuple[int, ...], draw: Draw) -> dict[str, Module]:
    o1, i1, o2, i2 = 2, 2, shape[0] // 2, shape[1] // 2
    kernel = shape[2:]
    w1, w1a, w1b = draw(o1, i1), draw(o1, 3), draw(3, i1)
    w2, w2a, w2b = draw(o2, i2, *kernel), draw(o2, 3), draw(3, i2 * math.prod(kernel))
    small = w1a.double() @ w1b.double()
    large = (w2a.double() @ w2b.double()).reshape(o2, i2, -1)
    alpha, absurd = {"alpha": torch.tensor(2.0)}, {"alpha": torch.tensor(1e10)}
    return {
        "lokr whole": Module(
            "lokr", {"lokr_w1": w1, "lokr_w2": w2} | absurd, lambda w: _kron(w1, w2, shape)
        ),
        "lokr w2 factored": Module(
            "lokr",
            {"lokr_w1": w1, "lokr_w2_a": w2a, "lokr_w2_b": w2b} | alpha,
            lambda w: _kron(w1, large, shape) * 2 / 3,
        ),
        "lokr w1 factored": Module(
            "lokr",
            {"lokr_w1_a": w1a, "lokr_w1_b": w1b, "lokr_w2": w2} | alpha,
            lambda w: _kron(small, w2, shape) * 2 / 3,
        ),
        "lokr both factored": Module(
            "lokr",
            {"lokr_w1_a": w1a, "lokr_w1_b": w1b, "lokr_w2_a": w2a, "lokr_w2_b": w2b} | alpha,
            lambda w: _kron(small, large, shape) * 2 / 3,
        ),
    }
