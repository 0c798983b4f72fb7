"""Conclusions that take no pictures: what merging costs, and how changes lie in their weights."""

from __future__ import annotations

from collections.abc import Sequence

from loraviewer.core.experiments.claim_results import Finding, Holds
from loraviewer.core.numbers import short_number
from loraviewer.core.sentences import Sentence, figure, say, together
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
    base = next(one for one in times if not one.adapters)
    return Finding(
        name="merged",
        holds=_free(inside),
        sentences=(
            say(
                "Merged, denoising takes {ratios} of the base's {base} ms.",
                ratios=_ratios(inside),
                base=short_number(base.denoise_ms, 0),
            ),
            _of_beside(beside),
            say(
                "The merge itself is paid once for each change of the stack: {merges}.",
                merges=_merges(inside),
            ),
        ),
        overturned_by=say(
            "a merged stack whose pictures take longer than the base's by more than {share} % "
            "beyond doubt.",
            share=f"{100 * FREE:.0f}",
        ),
    )


def _of_beside(times: Sequence[Timed]) -> Sentence:
    if any(one.low > 1 + FREE for one in times):
        return say(
            "Computed beside the weights it takes {ratios}, so each adapter is paid for in every "
            "picture.",
            ratios=_ratios(times),
        )
    return say("Computed beside the weights it takes {ratios}.", ratios=_ratios(times))


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
            say(
                "Few deltas: the changes lie in {share} of the directions that a weight has "
                "(medians over the weights of each adapter).",
                share=_range([one.directions for one in spreads]),
            ),
            say(
                "Rows and columns: {rows} of the rows take part, where random changes of the same "
                "spectrum have {random_rows}; of the columns {columns}, random {random_columns}.",
                rows=_range([one.rows for one in spreads]),
                random_rows=_range([one.random_rows for one in spreads]),
                columns=_range([one.columns for one in spreads]),
                random_columns=_range([one.random_columns for one in spreads]),
            ),
            say(
                "The strongest hundredth of the rows holds {share} of a change's energy.",
                share=_range([one.strongest for one in spreads]),
            ),
            _what_follows(is_even),
        ),
        overturned_by=say(
            "an adapter that uses less than half as many rows as a random change of its spectrum."
        ),
    )


def _what_follows(is_even: bool) -> Sentence:
    if is_even:
        return say(
            "So the changes lie in few directions, spread over rows and columns about as evenly as "
            "random ones: no row or column is singled out."
        )
    return say("So some rows or columns take far more than random directions would give them.")


def _free(times: Sequence[Timed]) -> Holds:
    if all(one.high <= 1 + FREE for one in times):
        return "yes"
    return "no" if any(one.low > 1 + FREE for one in times) else "open"


def _ratios(times: Sequence[Timed]) -> Sentence:
    return together(map(_ratio, times), ", ")


def _ratio(one: Timed) -> Sentence:
    ratio, low, high = (figure(f"{n:.2f}") for n in (one.ratio, one.low, one.high))
    if one.adapters == 1:
        return say("{ratio} times ({low} … {high}) with 1 adapter", ratio=ratio, low=low, high=high)
    return say(
        "{ratio} times ({low} … {high}) with {count} adapters",
        ratio=ratio,
        low=low,
        high=high,
        count=one.adapters,
    )


def _merges(times: Sequence[Timed]) -> Sentence:
    return together(map(_merge, times), ", ")


def _merge(one: Timed) -> Sentence:
    ms = f"{one.merge_ms:.0f}"
    if one.adapters == 1:
        return say("{ms} ms for 1 adapter", ms=ms)
    return say("{ms} ms for {count} adapters", ms=ms, count=one.adapters)


def _range(shares: Sequence[float]) -> str:
    """“12 to 40 %”, over the adapters."""
    low, high = 100 * min(shares), 100 * max(shares)
    if round(low) == round(high):
        return f"{low:.0f} %"
    return say("{low} to {high} %", low=f"{low:.0f}", high=f"{high:.0f}")
