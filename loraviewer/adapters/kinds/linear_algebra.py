"""What the kinds need of `torch.linalg`, with types: its functions are C’s and have no stubs."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def vector_norm(tensor: torch.Tensor, axis: int | None = None) -> torch.Tensor:
    """√Σx² along an axis; None: over all elements, a tensor without axes."""
    import torch

    return torch.linalg.vector_norm(tensor, dim=axis)


def solve_right(matrix: torch.Tensor, product: torch.Tensor) -> torch.Tensor:
    """X of X · matrix = product, (…, b, b)."""
    import torch

    return torch.linalg.solve(matrix, product, left=False)


def eigenvectors(symmetric: torch.Tensor) -> torch.Tensor:
    """As columns, (b, b), by rising eigenvalues."""
    import torch

    return torch.linalg.eigh(symmetric).eigenvectors


def qr(matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The reduced decomposition of (out, n): (out, k) and (k, n), k = min(out, n)."""
    import torch

    orthogonal, upper = torch.linalg.qr(matrix)
    return orthogonal, upper
