"""Conclusions on deep stacks: what each adapter more costs, and what hundreds of them do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

from loraviewer.core.experiments.claim_results import Finding, Holds
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.sentences import Sentence, say, together
from loraviewer.lab.claims.numbers import Numbers, lies_below, told, told_share

NONSENSE = 0.5
"""Of the base's fidelity: below this share what the prompt names is lost more often than not."""
_STRENGTH = say(
    "So it is how strong their sum is that decides, and not how many they are: at 1/√N even "
    "hundreds leave the prompt alone."
)
_LEARNT = say(
    "So it is not their number: as many random directions at 1/√N cancel out, while trained ones "
    "add up, for they learnt to pull the same ways."
)
_NUMBER = say("So their number decides it here, even at 1/√N each and for random directions too.")
_NEITHER = say("Neither their number nor their strength makes nonsense here.")


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
            say(
                "Fine detail, as the power of two of its share against the base, is {path}: {way}.",
                path=_path(detail, told),
                way=_way(detail, falls),
            ),
            say(
                "The judge recognises what the prompt names with a probability of {base} in the "
                "base's pictures, and of {path}: {end}.",
                base=told_share(base),
                path=_path(fidelity, told_share),
                end=_end(is_nonsense, fidelity[-1]),
            ),
            _against_twins(numbers, "fidelity", told_share),
            _against_twins(numbers, "detail", told),
        ),
        overturned_by=say(
            "detail that stays within the base's seeds while what the prompt names is lost, or "
            "random twins that leave the pictures as they are."
        ),
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
            say(
                "What the prompt names is recognised with a probability of {base} without "
                "adapters, of {first} with one (many of them were trained to change the subject), "
                "and of {all} with {count} at full strength.",
                base=told_share(base),
                first=told_share(first),
                all=told_share(one),
                count=one.depth,
            ),
            say(
                "At 1/√{root_count} each it is {root}, at 1/{count} each {mean}.",
                root_count=root.depth,
                root=told_share(root),
                count=mean.depth,
                mean=told_share(mean),
            ),
            _left_by_twins(twins, calm),
            sentence,
            say("Nothing is irrecoverable: switched off, the weights are the base's, bit for bit."),
        ),
        overturned_by=say(
            "random twins at 1/√N each that lose the prompt as trained ones do, or a stack at full "
            "strength that keeps it."
        ),
    )


def _left_by_twins(full: Mean, calm: Mean) -> Sentence:
    return say(
        "Random twins with the same singular values leave {twins} with {count} at full strength, "
        "and {calm} with {calm_count} at 1/√{calm_count} each.",
        twins=told_share(full),
        count=full.depth,
        calm=told_share(calm),
        calm_count=calm.depth,
    )


def _decided(is_lost: bool, root_is_lost: bool, calm_is_lost: bool) -> tuple[Holds, Sentence]:
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


def _path(means: Sequence[Mean], tell: Callable[[Mean], str]) -> Sentence:
    steps = (
        say("{number} at depth {depth}", number=tell(mean), depth=mean.depth) for mean in means
    )
    return together(steps, ", ")


def _way(means: Sequence[Mean], falls: bool) -> Sentence:
    if falls:
        return say("it falls with the depth")
    if lies_below(means[0], means[-1]):
        return say(
            "it does not fall step by step, and ends higher than it began, which is grain and hard "
            "edges, not more of the scene"
        )
    return say("it does not fall step by step")


def _end(is_nonsense: bool, last: Mean) -> Sentence:
    if is_nonsense:
        return say("at depth {depth} nonsense is left", depth=last.depth)
    return say("it is not lost")


def _against_twins(
    numbers: Numbers, measure: Literal["fidelity", "detail"], tell: Callable[[Mean], str]
) -> Sentence:
    real = numbers.depths(measure, arm="real")[-1]
    twin = numbers.depths(measure, arm="random")[-1]
    start = _of_twins(measure, twin.depth, tell(twin))
    if lies_below(real, twin) or lies_below(twin, real):
        return say(
            "{start} where the trained ones give {real}: what was learnt matters.",
            start=start,
            real=tell(real),
        )
    return say(
        "{start}, which cannot be told from the trained ones' {real}: it is the strength.",
        start=start,
        real=tell(real),
    )


def _of_twins(measure: Literal["fidelity", "detail"], depth: int, found: str) -> Sentence:
    if measure == "fidelity":
        return say(
            "At depth {depth}, random adapters with the same singular values give a fidelity of "
            "{found}",
            depth=depth,
            found=found,
        )
    return say(
        "At depth {depth}, random adapters with the same singular values give a detail of {found}",
        depth=depth,
        found=found,
    )


def _deepest(numbers: Numbers, arm: str, policy: str) -> Mean:
    return numbers.depths("fidelity", arm=arm, policy=policy)[-1]
