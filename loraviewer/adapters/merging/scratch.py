"""Memory that one merge uses again and again: fresh pages cost more than the sums in them."""

import torch


class Scratch:
    """Buffers by role. What was taken under a role before is overwritten."""

    def __init__(self) -> None:
        self._buffers: dict[tuple[str, torch.device], torch.Tensor] = {}

    def take(
        self,
        role: str,
        rows: int,
        columns: int,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
    ) -> torch.Tensor:
        """(rows, columns), contiguous, of torch's own alignment, with anything in it. A role has
        one dtype."""
        size = rows * columns
        known = self._buffers.get((role, device))
        if known is None or known.numel() < size:
            known = self._buffers[role, device] = torch.empty(size, device=device, dtype=dtype)
        return known[:size].view(rows, columns)

    def clear(self) -> None:
        self._buffers.clear()
