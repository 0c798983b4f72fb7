"""Low-rank algebra for exporting: exact concatenation, best rank-R approximation, and its error.

All in float64. Products are never formed: QR of the factors gives their norms and their SVD
(Halko et al., arXiv:0909.4061, section 5.1).
"""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class LowRank:
    """ΔW = up @ down, float64."""

    up: torch.Tensor  # (out, r)
    down: torch.Tensor  # (r, n)

    @classmethod
    def of_matrix(cls, matrix: torch.Tensor) -> "LowRank":
        """An exact factorisation of a whole (out, n) float64 matrix, of rank min(out, n)."""
        out, n = matrix.shape
        identity = torch.eye(min(out, n), dtype=matrix.dtype)
        return cls(identity, matrix) if out <= n else cls(matrix, identity)

    @property
    def rank(self) -> int:
        return self.up.shape[1]

    def energy(self) -> float:
        """‖up @ down‖²_F."""
        if self.rank == 0:
            return 0.0
        core = torch.linalg.qr(self.up)[1] @ torch.linalg.qr(self.down.T)[1].T
        return core.square().sum().item()

    def minus(self, other: "LowRank") -> "LowRank":
        return LowRank(torch.cat([self.up, -other.up], 1), torch.cat([self.down, other.down], 0))

    def truncated(self, rank: int) -> "LowRank":
        """The best approximation of at most this rank; the larger factor pair is balanced."""
        if self.rank <= rank:
            return self
        left, r_left = torch.linalg.qr(self.up)  # (out, r), (r, r)
        right, r_right = torch.linalg.qr(self.down.T)  # (n, r), (r, r)
        u, s, vh = torch.linalg.svd(r_left @ r_right.T)
        root = s[:rank].sqrt()
        return LowRank(left @ (u[:, :rank] * root), (root[:, None] * vh[:rank]) @ right.T)

    def rounded(self, dtype: torch.dtype) -> "LowRank":
        """As it is after a round trip through a file of this dtype."""
        return LowRank(self.up.to(dtype).double(), self.down.to(dtype).double())
