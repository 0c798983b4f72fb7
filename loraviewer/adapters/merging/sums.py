"""The one sum: W = round_once(W₀ + [c₁up₁ | c₂up₂ | …] @ [down₁; down₂; …] + Σ c·dense).

It runs in float32 in the order of its terms. What is rounded to two bytes is summed in blocks that
stay in the processor's cache on the way.
"""

from collections.abc import Sequence

import torch

from loraviewer.adapters.merging.rounding import Rounding, rounding_for
from loraviewer.adapters.merging.scratch import Scratch
from loraviewer.adapters.merging.stacked import Stacked
from loraviewer.adapters.merging.terms import Term

_ROW_STEP = 32
_BLOCK_ELEMENTS = 1 << 21
"""8 MB in float32: the product is as fast as on the whole, the two copies stay in the cache."""


def write_sum(
    out: torch.Tensor, base: torch.Tensor, terms: Sequence[Term], name: str, scratch: Scratch
) -> None:
    """Write W₀ + Σ c·ΔW to `out` in its own dtype and layout.

    `base` is contiguous, of the shape and dtype of `out`, and not `out` itself. `name` seeds
    roundings that need noise.
    """
    if not terms:
        out.copy_(base)
    elif out.dtype == torch.float32 and out.is_contiguous():
        _sum_whole(as_matrix(out), as_matrix(base), terms, scratch)
    else:
        stored = out if out.is_contiguous() else torch.empty_like(base)
        rounding = rounding_for(out.dtype, name, scratch)
        _sum_in_blocks(as_matrix(stored), as_matrix(base), terms, rounding, scratch)
        if stored is not out:
            out.copy_(stored)


def write_change(out: torch.Tensor, term: Term, scratch: Scratch) -> None:
    """Write ΔW of one term at coefficient 1 times its own scaling, in the dtype of `out`, which is
    contiguous."""
    whole = as_matrix(out)
    if isinstance(term.delta, torch.Tensor):
        whole.copy_(term.delta.mul(term.coefficient))
        return
    factors = Stacked.of([term], scratch)
    if factors is None:
        whole.zero_()
        return
    for rows in _blocks(whole):
        if whole.dtype == torch.float32:
            torch.mm(factors.up[rows], factors.down, out=whole[rows])
        else:
            block = _take_block(scratch, whole, rows)
            whole[rows].copy_(torch.mm(factors.up[rows], factors.down, out=block))


def as_matrix(weight: torch.Tensor) -> torch.Tensor:
    """(out, n); a vector is one column."""
    return weight.view(len(weight), -1)


def _sum_whole(
    out: torch.Tensor, base: torch.Tensor, terms: Sequence[Term], scratch: Scratch
) -> None:
    """All (out, n) in float32."""
    factors = Stacked.of(terms, scratch)
    if factors is None:
        out.copy_(base)
    else:
        torch.addmm(base, factors.up, factors.down, out=out)
    _add_matrices(out, terms, slice(None))


def _sum_in_blocks(
    stored: torch.Tensor,
    base: torch.Tensor,
    terms: Sequence[Term],
    rounding: Rounding,
    scratch: Scratch,
) -> None:
    factors = Stacked.of(terms, scratch)
    for rows in _blocks(base):
        block = _take_block(scratch, base, rows)
        block.copy_(base[rows])
        if factors is not None:
            block.addmm_(factors.up[rows], factors.down)
        _add_matrices(block, terms, rows)
        rounding.store(stored[rows], block)
        rounding.repair(stored, base, rows, terms, factors)


def _add_matrices(out: torch.Tensor, terms: Sequence[Term], rows: slice) -> None:
    """The terms without low-rank form, of these rows."""
    for term in terms:
        if isinstance(term.delta, torch.Tensor):
            out.add_(term.delta[rows], alpha=term.coefficient)


def _take_block(scratch: Scratch, matrix: torch.Tensor, rows: slice) -> torch.Tensor:
    return scratch.take("block", rows.stop - rows.start, matrix.shape[1], matrix.device)


def _block_rows(matrix: torch.Tensor) -> int:
    rows, n = matrix.shape
    fitting = _BLOCK_ELEMENTS // max(n, 1)
    return max(1, min(rows, fitting // _ROW_STEP * _ROW_STEP or fitting))


def _blocks(matrix: torch.Tensor) -> list[slice]:
    """Always the same for one shape: blocks decide the last bits of no element, but the noise of
    roundings that use some."""
    rows = _block_rows(matrix)
    return [slice(i, min(i + rows, len(matrix))) for i in range(0, len(matrix), rows)]
