"""Weights of one byte each: fp8, with a scale or without, and whole numbers with a scale a row."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from loraviewer.adapters.packed.forms import PackedForm, PackedWeight

_ROUNDED_127TH = 1 / 127
"""Rows of whole numbers reach from −127 to 127; a row's scale is its largest number."""


@dataclass(frozen=True)
class ScaledBytes(PackedForm):
    """Parts: (codes,), or (scale, codes). A scale is float32, (1,) or (rows,); codes are
    (rows, …) in fp8 or int8."""

    def numbers(self, parts: Sequence[torch.Tensor], dtype: torch.dtype) -> torch.Tensor:
        *scales, codes = parts
        codes = codes.reshape(self.shape)
        if not scales:
            return _widened(codes, dtype)
        scale = scales[0].reshape(-1, *[1] * (len(self.shape) - 1))
        return (_widened(codes, torch.float32) * scale).to(dtype)

    def rows(
        self, parts: Sequence[torch.Tensor], start: int, stop: int
    ) -> tuple[PackedForm, Sequence[torch.Tensor]]:
        *scales, codes = parts
        own = [scale if len(scale) == 1 else scale[start:stop] for scale in scales]
        shape = (stop - start, *self.shape[1:])
        return ScaledBytes(shape, self.kind), (*own, codes.reshape(self.shape)[start:stop])


def fp8(codes: torch.Tensor, scale: torch.Tensor | None, dtype: torch.dtype) -> PackedWeight:
    """scale: float32, of the whole weight or of each row."""
    form = ScaledBytes(tuple(codes.shape), "fp8")
    parts = (codes,) if scale is None else (scale.reshape(-1), codes)
    return PackedWeight(form, parts, dtype)


def int8_rows(codes: torch.Tensor, largest: torch.Tensor, dtype: torch.dtype) -> PackedWeight:
    """As bitsandbytes keeps them (LLM.int8): codes (rows, columns), largest: float32, (rows,)."""
    form = ScaledBytes(tuple(codes.shape), "int8")
    return PackedWeight(form, (largest.float() * _ROUNDED_127TH, codes), dtype)


def _widened(codes: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Exact in every precision that is computed in. Apple's devices know no fp8."""
    if codes.device.type != "mps" or codes.dtype == torch.int8:
        return codes.to(dtype)
    every = torch.arange(256, dtype=torch.uint8).view(codes.dtype).to(dtype).to(codes.device)
    return every.index_select(0, codes.view(torch.uint8).reshape(-1).int()).reshape(codes.shape)
