"""The conclusion on weights and outputs, disturbed by the same measured change of one step."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from loraviewer.core.experiments.claim_results import Finding, Holds
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.sentences import Sentence, figure, say, together
from loraviewer.lab.claims.numbers import Numbers, lies_below, told

IN_WEIGHTS = ("weights-gaussian", "weights-random")
IN_OUTPUTS = ("activations-fresh", "activations-frozen", "guided-fresh", "guided-frozen")
_WORDS = {
    "weights-gaussian": say("noise in the weights"),
    "weights-random": say("random directions in the weights"),
    "activations-fresh": say("fresh noise in layers' outputs"),
    "activations-frozen": say("the same noise in layers' outputs at each step"),
    "guided-fresh": say("fresh noise in the guided output"),
    "guided-frozen": say("the same noise in the guided output at each step"),
}


def outputs(numbers: Numbers) -> Finding:
    """By SSIM to the base's picture, at the largest change that all arms were given."""
    at = max((mean.at for mean in numbers.all("ssim") if mean.at), key=float)
    likeness = {arm: numbers.mean("ssim", arm=arm, at=at) for arm in IN_WEIGHTS + IN_OUTPUTS}
    inside, outside = ([likeness[arm] for arm in arms] for arms in (IN_WEIGHTS, IN_OUTPUTS))
    ordered = sorted(likeness, key=lambda arm: likeness[arm].mean)
    frozen = [likeness[arm] for arm in IN_OUTPUTS if arm.endswith("frozen")]
    fresh = [likeness[arm] for arm in IN_OUTPUTS if arm.endswith("fresh")]
    return Finding(
        name="outputs",
        holds=_holds(outside, inside),
        sentences=(
            say(
                "All were given so much that one step changes by {change} of the output's own "
                "size. Likeness to the base's picture (SSIM, 1 is the same) is then {found}.",
                change=figure(at),
                found=together((_found(arm, likeness[arm]) for arm in ordered), ", "),
            ),
            _ordering(fresh, frozen),
        ),
        overturned_by=say(
            "at the same measured change, every disturbance of outputs beyond doubt on the other "
            "side of every disturbance of weights."
        ),
    )


def _found(arm: str, mean: Mean) -> Sentence:
    return say("{likeness} with {disturbance}", likeness=told(mean), disturbance=_WORDS[arm])


def _holds(outside: Sequence[Mean], inside: Sequence[Mean]) -> Holds:
    """Whether outputs harm more: all of them, some, or none beyond doubt."""
    pairs = list(product(outside, inside))
    worse = [lies_below(out, weights) for out, weights in pairs]
    if all(worse):
        return "yes"
    return "in part" if any(worse) else "no"


def _ordering(fresh: Sequence[Mean], frozen: Sequence[Mean]) -> Sentence:
    if all(lies_below(still, new) for still, new in zip(frozen, fresh, strict=True)):
        return say(
            "What stays the same from step to step harms more than what is drawn anew: errors that "
            "repeat add up, others cancel."
        )
    if all(lies_below(new, still) for still, new in zip(frozen, fresh, strict=True)):
        return say("What is drawn anew at each step harms more than what stays the same.")
    return say("Whether a disturbance is drawn anew at each step makes no clear difference.")
