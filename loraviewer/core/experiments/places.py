"""What curves and the places on them are called, in words for people."""

from collections.abc import Sequence

from loraviewer.core.experiments.ablation import ALL, ALONE, PAIR, WITHOUT
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import WORDS, CountedShare, Mean
from loraviewer.core.experiments.seed_wall import NEGATIVE, STACK
from loraviewer.core.experiments.ways import AFTER, BEFORE, OFF, ON
from loraviewer.core.sentences import say, together

_ARMS = {
    "real": say("the adapters"),
    "random": say("random twins"),
    "copies": say("copies of one"),
    "base": say("the base"),
    ALL: say("all together"),
    ALONE: say("each alone"),
    WITHOUT: say("all but one"),
    PAIR: say("two of them"),
    STACK: say("the stack"),
    NEGATIVE: say("the negative prompt"),
    BEFORE: say("before"),
    ON: say("on the way there"),
    OFF: say("on the way back"),
    AFTER: say("after"),
    "weights-gaussian": say("noise in weights"),
    "weights-random": say("random twin in weights"),
    "activations-fresh": say("fresh noise in layers"),
    "activations-frozen": say("frozen noise in layers"),
    "guided-fresh": say("fresh noise in the output"),
    "guided-frozen": say("frozen noise in the output"),
}
_POLICIES = {"one": say("each at 1"), "mean": say("each at 1/N"), "sqrt": say("each at 1/√N")}


def curve_name(experiment: Experiment, arm: str, policy: str) -> str:
    """Also what it is multiplied by, where an experiment has several such policies."""
    name = arm_name(arm)
    if policy and len(experiment.policies) > 1:
        return together([name, policy_name(policy)], ", ")
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
        return say("depth {depth}", depth=mean.depth)
    if experiment.kind == "sweep":
        return mean.at or mean.scales
    if mean.arm == PAIR:
        return mean.adapters
    if mean.arm in (ON, OFF):
        return say("{way}, {depth} on", way=arm_name(mean.arm), depth=mean.depth)
    if mean.arm == ALONE:
        return say("{adapters} alone", adapters=mean.adapters)
    if mean.arm == WITHOUT:
        return say("without {adapter}", adapter=_left_out(experiment, mean))
    return _told_apart(mean, alike)


def _left_out(experiment: Experiment, mean: Mean) -> str:
    names = [adapter.name for adapter in experiment.adapters]
    for at, name in enumerate(names):
        if " + ".join((*names[:at], *names[at + 1 :])) == mean.adapters:
            return name
    return say("one of them: {adapters}", adapters=mean.adapters)


def _told_apart(mean: Mean, alike: Sequence[Mean]) -> str:
    """By as much as it takes beside its arm."""
    words = [arm_name(mean.arm)]
    others = [one for one in alike if one.arm == mean.arm and one != mean]
    for name in ("at", "policy", "adapters", "depth", "scales"):
        own = getattr(mean, name)
        apart = [one for one in others if getattr(one, name) != own]
        if apart:
            words.append(say("depth {depth}", depth=own) if name == "depth" else str(own))
            others = [one for one in others if one not in apart]
    return together(words)
