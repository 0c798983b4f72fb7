"""Conclusions on deep stacks: what each adapter more costs, and what hundreds of them do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from loraviewer.core.experiments.claim_results import Finding, Holds
from loraviewer.core.experiments.numbers import Mean
from loraviewer.lab.claims.numbers import Numbers, lies_below, told, told_share

NONSENSE = 0.5
"""Of the base's fidelity: below this share what the prompt names is lost more often than not."""
_DECIDES: dict[Holds, str] = {
    "yes": "Their number decides it here, even where their sum is no stronger than one of them.",
    "in part": "So it is how strong their sum is that decides, and not how many they are.",
    "no": "Neither their number nor the strength of their sum makes nonsense here.",
}
_TWIN = "random adapters with the same singular values"


def details(numbers: Numbers) -> Finding:
    """Fine detail, and what the prompt names, over the depth of the stack."""
    detail = numbers.depths("detail", arm="real")
    fidelity = numbers.depths("fidelity", arm="real")
    base = numbers.base("fidelity")
    falls = _falls(detail)
    is_nonsense = fidelity[-1].mean < NONSENSE * base.mean
    return Finding(
        name="details",
        holds=_both(falls, is_nonsense),
        sentences=(
            "Fine detail, as the power of two of its share against the base, is "
            f"{_path(detail, told)}: {_way(detail, falls)}.",
            "The judge recognises what the prompt names with a probability of "
            f"{told_share(base)} in the base's pictures, and of {_path(fidelity, told_share)}: "
            f"{_end(is_nonsense, fidelity[-1])}.",
            _against_twins(numbers, "fidelity"),
            _against_twins(numbers, "detail"),
        ),
        overturned_by="detail that stays within the base's seeds while what the prompt names is "
        "lost, or random twins that leave the pictures as they are.",
    )


def hundreds(numbers: Numbers) -> Finding:
    """Whether their number decides, or the size of their sum."""
    base = numbers.base("fidelity")
    one, root, mean = (_deepest(numbers, "real", policy) for policy in ("one", "sqrt", "mean"))
    is_lost = [found.mean < NONSENSE * base.mean for found in (one, root)]
    holds: Holds = "no" if not is_lost[0] else "yes" if is_lost[1] else "in part"
    depth, farthest = one.depth, _deepest(numbers, "random", "sqrt")
    return Finding(
        name="hundreds",
        holds=holds,
        sentences=(
            f"Of {depth} trained adapters at full strength, what the prompt names is recognised "
            f"with a probability of {told_share(one)}; the base has {told_share(base)}.",
            f"At 1/√{depth} each, which keeps their sum about as strong as one of them, it is "
            f"{told_share(root)}; at 1/{depth} each {told_share(mean)}.",
            f"{farthest.depth} random twins at 1/√{farthest.depth} each leave "
            f"{told_share(farthest)}.",
            _DECIDES[holds],
            "Nothing is irrecoverable: switched off, the weights are the base's, bit for bit.",
        ),
        overturned_by="a stack of as many adapters at 1/√N each that is nonsense as well, or one "
        "at full strength that is not.",
    )


def _falls(means: Sequence[Mean]) -> bool:
    """Whether no step rises beyond doubt, and the last lies below the first beyond doubt."""
    rises = any(lies_below(one, other) for one, other in pairwise(means))
    return not rises and lies_below(means[-1], means[0])


def _both(falls: bool, is_nonsense: bool) -> Holds:
    if falls and is_nonsense:
        return "yes"
    return "in part" if falls or is_nonsense else "no"


def _path(means: Sequence[Mean], say: Callable[[Mean], str]) -> str:
    return ", ".join(f"{say(mean)} at depth {mean.depth}" for mean in means)


def _way(means: Sequence[Mean], falls: bool) -> str:
    if falls:
        return "it falls with the depth"
    if lies_below(means[0], means[-1]):
        return "it rises instead, which is grain and hard edges, not more of the scene"
    return "it does not fall step by step"


def _end(is_nonsense: bool, last: Mean) -> str:
    if is_nonsense:
        return f"at depth {last.depth} nonsense is left"
    return "it is not lost"


def _against_twins(numbers: Numbers, measure: str) -> str:
    real = numbers.depths(measure, arm="real")[-1]
    twin = numbers.depths(measure, arm="random")[-1]
    say = told_share if measure == "fidelity" else told
    start = f"At depth {twin.depth}, {_TWIN} give a {measure} of {say(twin)}"
    if lies_below(real, twin) or lies_below(twin, real):
        return f"{start} where the trained ones give {say(real)}: what was learnt matters."
    return f"{start}, which cannot be told from the trained ones' {say(real)}: it is the strength."


def _deepest(numbers: Numbers, arm: str, policy: str) -> Mean:
    return numbers.depths("fidelity", arm=arm, policy=policy)[-1]
