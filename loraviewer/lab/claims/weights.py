"""Conclusions that take no pictures: what merging costs, and how changes lie in their weights."""

from __future__ import annotations

from collections.abc import Sequence

from loraviewer.core.experiments.claim_results import Finding, Holds
from loraviewer.core.numbers import short_number
from loraviewer.lab.claims.spread import Spread
from loraviewer.lab.claims.timing import Timed

FREE = 0.03
"""A picture that takes less than this share longer costs nothing that anybody notices."""

_EVEN = 0.5
"""Of what random directions have: a change that takes less part of its rows is uneven."""


def merged(times: Sequence[Timed], merged_way: str, beside_way: str) -> Finding:
    """times: of the same stacks both ways, the empty one among the merged."""
    inside = [one for one in times if one.way == merged_way and one.adapters]
    beside = [one for one in times if one.way == beside_way]
    is_dear = any(one.low > 1 + FREE for one in beside)
    base = next(one for one in times if not one.adapters)
    return Finding(
        name="merged",
        holds=_free(inside),
        sentences=(
            f"Merged, denoising takes {_ratios(inside)} of the base's "
            f"{short_number(base.denoise_ms, 0)} ms.",
            f"Computed beside the weights it takes {_ratios(beside)}"
            f"{', so each adapter is paid for in every picture' if is_dear else ''}.",
            f"The merge itself is paid once for each change of the stack: {_merges(inside)}.",
        ),
        overturned_by="a merged stack whose pictures take longer than the base's by more than "
        f"{FREE:.0%} beyond doubt.".replace("%", " %"),
    )


def rows(spreads: Sequence[Spread]) -> Finding:
    """What participation says of “whole rows and columns by a few deltas”."""
    is_even = all(
        one.rows >= _EVEN * one.random_rows and one.columns >= _EVEN * one.random_columns
        for one in spreads
    )
    return Finding(
        name="rows",
        holds="in part" if is_even else "yes",
        sentences=(
            f"Few deltas: the changes lie in {_range([one.directions for one in spreads])} of the "
            "directions that a weight has (medians over the weights of each adapter).",
            f"Rows and columns: {_range([one.rows for one in spreads])} of the rows take part, "
            f"where random changes of the same spectrum have "
            f"{_range([one.random_rows for one in spreads])}; of the columns "
            f"{_range([one.columns for one in spreads])}, random "
            f"{_range([one.random_columns for one in spreads])}.",
            f"The strongest hundredth of the rows holds "
            f"{_range([one.strongest for one in spreads])} of a change's energy.",
            "So the changes lie in few directions, spread over rows and columns about as evenly as "
            "random ones: no row or column is singled out."
            if is_even
            else "So some rows or columns take far more than random directions would give them.",
        ),
        overturned_by="an adapter that uses less than half as many rows as a random change of its "
        "spectrum.",
    )


def _free(times: Sequence[Timed]) -> Holds:
    if all(one.high <= 1 + FREE for one in times):
        return "yes"
    return "no" if any(one.low > 1 + FREE for one in times) else "open"


def _ratios(times: Sequence[Timed]) -> str:
    return ", ".join(
        f"{one.ratio:.2f} times ({one.low:.2f} … {one.high:.2f}) with {_count(one.adapters)}"
        for one in times
    )


def _merges(times: Sequence[Timed]) -> str:
    return ", ".join(f"{one.merge_ms:.0f} ms for {_count(one.adapters)}" for one in times)


def _count(adapters: int) -> str:
    return f"{adapters} adapter{'' if adapters == 1 else 's'}"


def _range(shares: Sequence[float]) -> str:
    """“12 to 40 %”, over the adapters."""
    low, high = 100 * min(shares), 100 * max(shares)
    if round(low) == round(high):
        return f"{low:.0f} %"
    return f"{low:.0f} to {high:.0f} %"
