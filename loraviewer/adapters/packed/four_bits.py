"""Weights of four bits as bitsandbytes keeps them: numbers of a table of 16, times the largest of
their block. Two stand in a byte, the first in its upper half.

The formats are those of QLoRA (Dettmers et al., 2023), whose scales may be packed once more, in
bytes that stand for numbers of a table of 256.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from loraviewer.adapters.packed.forms import PackedForm


@dataclass(frozen=True)
class FourBits(PackedForm):
    """Parts: (table, largest, codes), or (table, outer_table, outer_largest, offset, largest,
    codes) where scales are packed as well. All of it float32, (16,), (blocks,), (256,),
    (outer blocks,), (1,); codes, and packed scales, are uint8. `block`: weights that share a
    scale; `outer_block`: scales that share one, 0 for none."""

    block: int
    outer_block: int = 0

    def numbers(self, parts: Sequence[torch.Tensor], dtype: torch.dtype) -> torch.Tensor:
        table, codes = parts[0], parts[-1]
        pairs = torch.cartesian_prod(table, table)  # (256, 2)
        values = pairs.index_select(0, codes.int()).reshape(-1)
        values = _times(values, self._largest(parts), self.block)
        return values[: _count(self.shape)].reshape(self.shape).to(dtype)

    def _largest(self, parts: Sequence[torch.Tensor]) -> torch.Tensor:
        """(blocks,) in float32."""
        if not self.outer_block:
            return parts[1]
        _, outer_table, outer_largest, offset, codes, _ = parts
        values = outer_table.index_select(0, codes.int())
        return _times(values, outer_largest, self.outer_block) + offset

    def rows(
        self, parts: Sequence[torch.Tensor], start: int, stop: int
    ) -> tuple[PackedForm, Sequence[torch.Tensor]] | None:
        row = _count(self.shape[1:])
        begin, end = start * row, stop * row
        if begin % self.block or end % self.block:
            return None
        blocks = slice(begin // self.block, end // self.block)
        form = replace(self, shape=(stop - start, *self.shape[1:]), outer_block=0)
        codes = parts[-1][begin // 2 : end // 2]
        return form, (parts[0], self._largest(parts)[blocks], codes)


def _times(values: torch.Tensor, largest: torch.Tensor, block: int) -> torch.Tensor:
    """The last block may be shorter."""
    whole = len(values) // block
    head = values[: whole * block].view(-1, block) * largest[:whole, None]
    tail = values[whole * block :]
    return torch.cat([head.reshape(-1), tail * largest[whole]]) if len(tail) else head.reshape(-1)


def _count(shape: Sequence[int]) -> int:
    return torch.Size(shape).numel()
