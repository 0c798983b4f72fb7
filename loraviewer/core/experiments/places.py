"""What curves and the places on them are called, in words for people."""

from collections.abc import Sequence

from loraviewer.core.experiments.ablation import ALL, ALONE, PAIR, WITHOUT
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import WORDS, CountedShare, Mean
from loraviewer.core.experiments.seed_wall import NEGATIVE, STACK
from loraviewer.core.experiments.ways import AFTER, BEFORE, OFF, ON
from loraviewer.core.sentences import say

_ARMS = {
    "real": "the adapters",
    "random": "random twins",
    "copies": "copies of one",
    "base": "the base",
    ALL: "all together",
    ALONE: "each alone",
    WITHOUT: "all but one",
    PAIR: "two of them",
    STACK: "the stack",
    NEGATIVE: "the negative prompt",
    BEFORE: "before",
    ON: "on the way there",
    OFF: "on the way back",
    AFTER: "after",
    "weights-gaussian": "noise in weights",
    "weights-random": "random twin in weights",
    "activations-fresh": "fresh noise in layers",
    "activations-frozen": "frozen noise in layers",
    "guided-fresh": "fresh noise in the output",
    "guided-frozen": "frozen noise in the output",
}
_POLICIES = {"one": "each at 1", "mean": "each at 1/N", "sqrt": "each at 1/√N"}


def curve_name(experiment: Experiment, arm: str, policy: str) -> str:
    """Also what it is multiplied by, where an experiment has several such policies."""
    name = arm_name(arm)
    if policy and len(experiment.policies) > 1:
        return f"{name}, {policy_name(policy)}"
    return name


def arm_name(arm: str) -> str:
    return _ARMS.get(arm, arm)


def policy_name(policy: str) -> str:
    return _POLICIES.get(policy, policy)


def counted_in(one: CountedShare) -> str:
    """“the words”, “pictures of the base”."""
    if one.place == WORDS:
        return say("the words")
    arm, _, adapters = one.place.partition(" ")
    if not adapters:
        return say("pictures of {arm}", arm=arm_name(arm))
    return say("pictures of {arm} ({adapters})", arm=arm_name(arm), adapters=adapters)


def option_words(option: str) -> str:
    """An option may be nothing at all."""
    return option or say("(nothing)")


def place_name(experiment: Experiment, mean: Mean, alike: Sequence[Mean] = ()) -> str:
    """alike: all places that it must be told from; those of curves are told apart by `x`."""
    if mean.arm == "base":
        return _ARMS["base"]
    if experiment.kind == "ladder":
        return f"depth {mean.depth}"
    if experiment.kind == "sweep":
        return mean.at or mean.scales
    if mean.arm == PAIR:
        return mean.adapters
    if mean.arm in (ON, OFF):
        return f"{arm_name(mean.arm)}, {mean.depth} on"
    if mean.arm == ALONE:
        return f"{mean.adapters} alone"
    if mean.arm == WITHOUT:
        return f"without {_left_out(experiment, mean)}"
    return _told_apart(mean, alike)


def _left_out(experiment: Experiment, mean: Mean) -> str:
    names = [adapter.name for adapter in experiment.adapters]
    for at, name in enumerate(names):
        if " + ".join((*names[:at], *names[at + 1 :])) == mean.adapters:
            return name
    return f"one of them: {mean.adapters}"


def _told_apart(mean: Mean, alike: Sequence[Mean]) -> str:
    """By as much as it takes beside its arm."""
    words = [arm_name(mean.arm)]
    others = [one for one in alike if one.arm == mean.arm and one != mean]
    for name in ("at", "policy", "adapters", "depth", "scales"):
        own = getattr(mean, name)
        apart = [one for one in others if getattr(one, name) != own]
        if apart:
            words.append(f"depth {own}" if name == "depth" else str(own))
            others = [one for one in others if one not in apart]
    return " ".join(words)
