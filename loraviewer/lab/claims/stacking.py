"""Conclusions on deep stacks: what each adapter more costs, and what hundreds of them do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from loraviewer.core.experiments.claim_results import Finding, Holds
from loraviewer.core.experiments.numbers import Mean
from loraviewer.lab.claims.numbers import Numbers, lies_below, told, told_share

NONSENSE = 0.5
"""Of the base's fidelity: below this share what the prompt names is lost more often than not."""
_STRENGTH = (
    "So it is how strong their sum is that decides, and not how many they are: at 1/√N even "
    "hundreds leave the prompt alone."
)
_LEARNT = (
    "So it is not their number: as many random directions at 1/√N cancel out, while trained ones "
    "add up, for they learnt to pull the same ways."
)
_NUMBER = "So their number decides it here, even at 1/√N each and for random directions too."
_NEITHER = "Neither their number nor their strength makes nonsense here."
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
    """Whether their number decides, the strength of their sum, or what they learnt."""
    base, first = numbers.base("fidelity"), numbers.mean("fidelity", arm="real", depth=1)
    one, root, mean = (_deepest(numbers, "real", policy) for policy in ("one", "sqrt", "mean"))
    twins, calm = (_deepest(numbers, "random", policy) for policy in ("one", "sqrt"))
    holds, sentence = _decided(*(found.mean < NONSENSE * base.mean for found in (one, root, calm)))
    return Finding(
        name="hundreds",
        holds=holds,
        sentences=(
            f"What the prompt names is recognised with a probability of {told_share(base)} without "
            f"adapters, of {told_share(first)} with one (many of them were trained to change the "
            f"subject), and of {told_share(one)} with {one.depth} at full strength.",
            f"At 1/√{root.depth} each it is {told_share(root)}, at 1/{mean.depth} each "
            f"{told_share(mean)}.",
            f"Random twins with the same singular values leave {told_share(twins)} with "
            f"{twins.depth} at full strength, and {told_share(calm)} with {calm.depth} at "
            f"1/√{calm.depth} each.",
            sentence,
            "Nothing is irrecoverable: switched off, the weights are the base's, bit for bit.",
        ),
        overturned_by="random twins at 1/√N each that lose the prompt as trained ones do, or a "
        "stack at full strength that keeps it.",
    )


def _decided(is_lost: bool, root_is_lost: bool, calm_is_lost: bool) -> tuple[Holds, str]:
    """is_lost: the prompt, at full strength; at 1/√N; at 1/√N of random twins."""
    if not is_lost:
        return "no", _NEITHER
    if not root_is_lost:
        return "in part", _STRENGTH
    return ("yes", _NUMBER) if calm_is_lost else ("in part", _LEARNT)


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
        return (
            "it does not fall step by step, and ends higher than it began, which is grain and hard "
            "edges, not more of the scene"
        )
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
