"""The low-rank terms of one weight as one product: [c₁up₁ | c₂up₂ | …] @ [down₁; down₂; …]."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from loraviewer.adapters.kinds.base import LowRankDelta
from loraviewer.adapters.merging.scratch import Scratch
from loraviewer.adapters.merging.terms import Term


@dataclass(frozen=True)
class Stacked:
    """In scratch memory: valid until the next weight is stacked. Float32, but for `plain_up`."""

    up: torch.Tensor  # (out, Σrank), scaled
    down: torch.Tensor  # (Σrank, n)
    plain_up: torch.Tensor  # (out, Σrank), as the files have it
    coefficients: torch.Tensor  # (Σrank,) float64, of the columns of `plain_up`

    @classmethod
    def of(cls, terms: Sequence[Term], scratch: Scratch) -> "Stacked | None":
        """None without low-rank terms. Always copies, so that sums read memory of torch's own
        alignment."""
        parts = [(t.delta, t.coefficient) for t in terms if isinstance(t.delta, LowRankDelta)]
        if not any(delta.rank for delta, _ in parts):
            return None
        is_on_card = parts[0][0].up.device.type == "cuda"
        return stacked_jointly(parts, scratch) if is_on_card else stacked_singly(parts, scratch)

    def elements(self, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """Σ c·ΔW at single places in float64, on the CPU."""
        up = self.plain_up[rows].cpu().double() * self.coefficients
        return (up * self.down[:, columns].cpu().double().T).sum(1)


Parts = Sequence[tuple[LowRankDelta, float]]
"""Each with the coefficient of its columns."""


_JOINED = frozenset({torch.float32, torch.float16, torch.bfloat16})
"""What arithmetic of torch takes beside float32, and widens to it without loss."""


def stacked_singly(parts: Parts, scratch: Scratch) -> Stacked:
    """Each factor copied to its place."""
    coefficients = _coefficients(parts)
    out, n, device = _places(parts)
    plain_up = scratch.take("plain up", out, len(coefficients), device)
    down = scratch.take("down", len(coefficients), n, device)
    _fill([delta for delta, _ in parts], plain_up, down)
    up = scratch.take("up", out, len(coefficients), device)
    scale = scaled_at_once if device.type == "cpu" else scaled_in_parts
    scale(plain_up, parts, up)
    return Stacked(up, down, plain_up, coefficients)


def stacked_jointly(parts: Parts, scratch: Scratch) -> Stacked:
    """The same bytes in as many pieces of work for ten adapters as for one: a card is faster done
    with each of them than it is told of it."""
    if any(part.dtype not in _JOINED for delta, _ in parts for part in (delta.up, delta.down)):
        return stacked_singly(parts, scratch)
    coefficients = _coefficients(parts)
    out, n, device = _places(parts)
    plain_up = torch.cat([delta.up for delta, _ in parts], dim=1)
    down = scratch.take("down", len(coefficients), n, device)
    down.copy_(torch.cat([delta.down for delta, _ in parts]))
    up = scratch.take("up", out, len(coefficients), device)
    torch.mul(plain_up, _brought(coefficients.float(), device), out=up)
    return Stacked(up, down, plain_up, coefficients)


def _coefficients(parts: Parts) -> torch.Tensor:
    """Of each column, float64."""
    columns: list[float] = []
    for delta, coefficient in parts:
        columns += [coefficient] * delta.rank
    return torch.tensor(columns, dtype=torch.float64)


def _places(parts: Parts) -> tuple[int, int, torch.device]:
    first = parts[0][0]
    return first.up.shape[0], first.down.shape[1], first.up.device


def _brought(numbers: torch.Tensor, device: torch.device) -> torch.Tensor:
    """From memory that a card fetches it from by itself; from any other it would be waited for."""
    if device.type != "cuda":
        return numbers.to(device)
    return numbers.pin_memory().to(device, non_blocking=True)


def scaled_at_once(plain_up: torch.Tensor, parts: Parts, up: torch.Tensor) -> None:
    """Write c·up to `up`, in one pass."""
    columns = [coefficient for delta, coefficient in parts for _ in range(delta.rank)]
    torch.mul(plain_up, torch.tensor(columns, dtype=torch.float64).float(), out=up)


def scaled_in_parts(plain_up: torch.Tensor, parts: Parts, up: torch.Tensor) -> None:
    """The same bytes without a copy of the coefficients to a card, which would wait for it."""
    start = 0
    for delta, coefficient in parts:
        own = slice(start, start + delta.rank)
        torch.mul(plain_up[:, own], coefficient, out=up[:, own])
        start = own.stop


def _fill(deltas: Sequence[LowRankDelta], up: torch.Tensor, down: torch.Tensor) -> None:
    start = 0
    for delta in deltas:
        own = slice(start, start + delta.rank)
        up[:, own].copy_(delta.up)
        down[own].copy_(delta.down)
        start = own.stop
