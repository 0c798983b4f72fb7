"""Equal energy: strengths at which each adapter changes the weights as much as the others.

What an adapter changes is ‖sΔW‖, over all weights: its picture part by its strength, its text part
by the text strength. Each row is multiplied by one factor, so that signs and the ratio of its two
strengths stay, and the factors keep Σ‖sᵢΔWᵢ‖², the energy of all together where they do not
interfere. The master multiplies all alike and leaves the factors as they are.
"""

import math
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec

from loraviewer.core.stack import AdapterStack, StackEntry

Norms = tuple[float, float]
"""‖ΔW‖ of an adapter at strength 1, its block strengths counted: over the denoiser, and over the
text encoders. Frobenius norms, ≥ 0."""

WhyLeft = Literal["", "unknown", "empty", "silent", "beyond"]
"""Why a row keeps its strengths: its norms are not known, it changes nothing at any strength, its
strength is 0, or no finite strength would do."""

FEWEST = 2
"""One row alone is in balance with itself."""
_DIGITS = 4
_CLOSE = 1e-3
"""So far may strengths be from each other that were rounded."""


class AdapterNorms(Protocol):
    """Whoever knows how large adapters are."""

    def norms(self, entry: StackEntry) -> Norms | None:
        """None while that is not known."""
        ...


class BalancedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row with the strengths that are proposed for it: its own where it is `left` as it is."""

    row: StackEntry
    norms: Norms | None
    scale: float
    text_scale: float | None
    left: WhyLeft = ""

    @property
    def size(self) -> float | None:
        """‖sΔW‖ now; None where it is not known."""
        return _size(self.norms, self.row.scale, self.row.text_scale)

    @property
    def proposed_size(self) -> float | None:
        """‖sΔW‖ at the proposed strengths."""
        return _size(self.norms, self.scale, self.text_scale)


def rows_to_balance(
    stack: AdapterStack, selected: Sequence[str], applied: Sequence[StackEntry]
) -> tuple[str, ...]:
    """Ids, in the order of the rows: of those that are selected, or where those are fewer than two,
    of those that the weights see."""
    rows = stack.without_draft_rows().entries
    own = tuple(e.entry_id for e in rows if e.entry_id in selected)
    return own if len(own) >= FEWEST else tuple(e.entry_id for e in applied)


def balanced(
    rows: Sequence[StackEntry], norms: Callable[[StackEntry], Norms | None]
) -> tuple[BalancedRow, ...]:
    """Each row as it would be; all are as they are where fewer than two can be balanced."""
    kept = [_kept(row, norms(row)) for row in rows]
    while True:
        target = _target([one.size for one in kept if not one.left])
        moved = [one if one.left else _moved(one, target) for one in kept]
        beyond = [one.left == "beyond" for one in moved]
        if beyond == [one.left == "beyond" for one in kept]:
            return tuple(moved)
        # What cannot follow counts no more, or the others would not keep the energy of all.
        kept = [m if m.left else k for m, k in zip(moved, kept, strict=True)]


def rounded(row: BalancedRow) -> BalancedRow:
    """With strengths of four figures, as people read them; its own where those are as close."""
    own = row.row
    if _is_close(row.scale, own.scale) and _is_close(row.text_scale or 0.0, own.text_scale or 0.0):
        return msgspec.structs.replace(row, scale=own.scale, text_scale=own.text_scale)
    text_scale = None if row.text_scale is None else _figures(row.text_scale)
    return msgspec.structs.replace(row, scale=_figures(row.scale), text_scale=text_scale)


def _target(sizes: Sequence[float | None]) -> float | None:
    """Root of the mean of the squares; None for fewer than two."""
    known = [size for size in sizes if size is not None]
    if len(known) < FEWEST:
        return None
    largest = max(known)  # squares of large numbers are beyond all numbers
    return largest * math.hypot(*(size / largest for size in known)) / math.sqrt(len(known))


def _kept(row: StackEntry, norms: Norms | None) -> BalancedRow:
    known = norms if norms is None or all(math.isfinite(n) and n >= 0.0 for n in norms) else None
    as_it_is = BalancedRow(row=row, norms=known, scale=row.scale, text_scale=row.text_scale)
    return msgspec.structs.replace(as_it_is, left=_why_left(as_it_is))


def _why_left(row: BalancedRow) -> WhyLeft:
    if row.norms is None or row.size is None:
        return "unknown"
    if math.isinf(row.size):
        return "beyond"
    if row.size > 0.0:
        return ""
    return "silent" if any(row.norms) else "empty"


def _moved(row: BalancedRow, target: float | None) -> BalancedRow:
    if target is None or not row.size:
        return row
    factor = target / row.size
    scale = row.scale * factor
    text_scale = None if row.text_scale is None else row.text_scale * factor
    if not (math.isfinite(scale) and math.isfinite(text_scale or 0.0)):
        return msgspec.structs.replace(row, left="beyond")
    return msgspec.structs.replace(row, scale=scale, text_scale=text_scale)


def _size(norms: Norms | None, scale: float, text_scale: float | None) -> float | None:
    if norms is None:
        return None
    text = scale if text_scale is None else text_scale
    return math.hypot(scale * norms[0], text * norms[1])


def _is_close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_CLOSE)


def _figures(number: float) -> float:
    return float(f"{number:.{_DIGITS}g}") + 0.0
