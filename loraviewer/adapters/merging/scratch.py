"""Memory that one merge uses again and again: fresh pages cost more than the sums in them."""

import torch


class Scratch:
    """Float32 buffers by role. What was taken under a role before is overwritten."""

    def __init__(self) -> None:
        self._buffers: dict[tuple[str, torch.device], torch.Tensor] = {}

    def take(self, role: str, rows: int, columns: int, device: torch.device) -> torch.Tensor:
        """(rows, columns), contiguous, of torch's own alignment, with anything in it."""
        known = self._buffers.get((role, device))
        if known is None or known.numel() < rows * columns:
            known = self._buffers[role, device] = torch.empty(rows * columns, device=device)
        return known[: rows * columns].view(rows, columns)

    def clear(self) -> None:
        self._buffers.clear()
