"""Rounding a float32 sum to the dtype that a weight is stored in, once."""

import math
from collections.abc import Sequence

import torch
import xxhash

from loraviewer.adapters.merging.scratch import Scratch
from loraviewer.adapters.merging.stacked import Stacked
from loraviewer.adapters.merging.terms import Term

_SPAN = 32
"""Rows of a block that are looked at together."""

FP8_DTYPES = (torch.float8_e4m3fn, torch.float8_e5m2)


class Rounding:
    """Stores blocks of rows of one weight, in their order. This one loses nothing: it is for
    float32 in another layout, and for wider formats."""

    def store(self, stored: torch.Tensor, exact: torch.Tensor) -> None:
        """Round `exact` (rows, n), float32, into `stored`."""
        stored.copy_(exact)

    def repair(
        self,
        stored: torch.Tensor,
        base: torch.Tensor,
        rows: slice,
        terms: Sequence[Term],
        factors: Stacked | None,
    ) -> None:
        """Sum again, in float64, those elements of `rows` whose float32 sum may be too rough for
        `stored`. stored, base: (out, n). factors: the low-rank ones of `terms`."""


def rounding_for(dtype: torch.dtype, name: str, scratch: Scratch) -> Rounding:
    """`name` of the weight, for roundings that need noise."""
    if dtype in FP8_DTYPES:
        return StochasticRounding(dtype, name)
    if dtype in (torch.float16, torch.bfloat16):
        return NearestRounding(dtype, scratch)
    return Rounding()


class NearestRounding(Rounding):
    """To the nearest, ties to even. Where terms cancel, what is left of a float32 sum may be off by
    more than one step of the stored format; those few elements are summed again."""

    _SUM_ERROR = 4 * 2.0**-24
    """Of a float32 sum, relative to the bound of Σ|c·ΔW|: roundings of a product of hundreds of
    terms add up as the root of their number, while the bound lies several times above the sum."""

    _CHUNK = 1 << 16

    def __init__(self, dtype: torch.dtype, scratch: Scratch) -> None:
        self._dtype = dtype
        self._scratch = scratch
        self._info = torch.finfo(dtype)

    def repair(
        self,
        stored: torch.Tensor,
        base: torch.Tensor,
        rows: slice,
        terms: Sequence[Term],
        factors: Stacked | None,
    ) -> None:
        error = self._SUM_ERROR * sum(term.reach for term in terms)
        if error <= 0.5 * self._info.smallest_normal * self._info.eps or not math.isfinite(error):
            return  # half the step of the smallest numbers
        places = self._smaller_than(stored[rows], 2.0 * error / self._info.eps)
        if places is None:
            return
        for start in range(0, len(places[0]), self._CHUNK):
            own, columns = (axis[start : start + self._CHUNK] for axis in places)
            exact = _exact(base, own + rows.start, columns, terms, factors)
            stored[own + rows.start, columns] = exact.to(self._dtype).to(stored.device)

    def _smaller_than(
        self, block: torch.Tensor, limit: float
    ) -> tuple[torch.Tensor, torch.Tensor] | None:
        """Rows and columns of elements below `limit` in magnitude.

        Bits of magnitudes order as integers, and minima of short columns are far cheaper than a
        mask of everything.
        """
        highest = torch.tensor(min(limit, self._info.max), dtype=self._dtype)
        limit_bits = int(highest.view(torch.int16).item())
        height, width = block.shape
        bits = self._scratch.take("bits", height, width, block.device, torch.int16)
        torch.bitwise_and(block.view(torch.int16), 0x7FFF, out=bits)
        span = _SPAN if height % _SPAN == 0 else height
        spans = bits.view(height // span, span, width)
        found = (spans.amin(1) < limit_bits).nonzero()  # (count, 2): span, column
        if not len(found):
            return None
        hits = (spans[found[:, 0], :, found[:, 1]] < limit_bits).nonzero()  # (count, 2): which, row
        which = found[hits[:, 0]]
        return which[:, 0] * span + hits[:, 1], which[:, 1]


class StochasticRounding(Rounding):
    """To one of the two neighbours, the nearer more often: the mean over many weights keeps a
    change that is smaller than a step, which to-nearest would drop. The noise is seeded by the
    weight's name, so the same stack gives the same bytes."""

    def __init__(self, dtype: torch.dtype, name: str) -> None:
        info = torch.finfo(dtype)
        self._largest = info.max
        self._smallest_step = info.smallest_normal * info.eps
        self._eps = info.eps
        self._seed = xxhash.xxh3_64_intdigest(name.encode()) >> 1
        self._generator: torch.Generator | None = None

    def store(self, stored: torch.Tensor, exact: torch.Tensor) -> None:
        if self._generator is None:
            self._generator = torch.Generator(exact.device).manual_seed(self._seed)
        noise = torch.rand(exact.shape, generator=self._generator, device=exact.device)
        _, exponent = torch.frexp(exact)  # exact = mantissa · 2^exponent, mantissa in ½ … 1
        step = torch.ldexp(torch.full_like(exact, 0.5 * self._eps), exponent)
        step.clamp_(min=self._smallest_step)
        rounded = torch.floor(exact / step + noise) * step
        # A cast may saturate: what is too large must be seen, and is refused.
        stored.copy_(rounded.masked_fill_(rounded.abs() > self._largest, math.nan))


def _exact(
    base: torch.Tensor,
    rows: torch.Tensor,
    columns: torch.Tensor,
    terms: Sequence[Term],
    factors: Stacked | None,
) -> torch.Tensor:
    """Single elements of the sum in float64, on the CPU: not every device has that."""
    total = base[rows, columns].cpu().double()
    if factors is not None:
        total += factors.elements(rows, columns)
    for term in terms:
        if isinstance(term.delta, torch.Tensor):
            total += term.coefficient * term.delta[rows, columns].cpu().double()
    return total
