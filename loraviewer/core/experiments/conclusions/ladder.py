"""How deep stacks move a measure, and whether that is their size or what they learnt."""

from collections.abc import Iterator, Sequence

from loraviewer.core.experiments.conclusions.case import Case
from loraviewer.core.experiments.conclusions.estimates import Estimate, Evidence, in_spreads
from loraviewer.core.experiments.conclusions.movement import movement
from loraviewer.core.experiments.conclusions.verdict import SPREADS, Verdict, verdict
from loraviewer.core.experiments.conclusions.words import interval_words, noun_of, number
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.experiments.places import policy_name
from loraviewer.core.sentences import Sentence, say, together

_ALIKE = 0.5
"""The norm is told to do most of it only where the interval of what lies between the adapters and
the random ones stays within half of what the adapters do."""


def of_ladder(case: Case) -> Iterator[Verdict]:
    """Of the deepest stacks: by each policy, and against the first."""
    experiment, own, evidence = case.experiment, case.own, case.evidence
    deepest = [_deepest(own, "real", policy) for policy in experiment.policies]
    known = [mean for mean in deepest if mean is not None]
    if not known and (copies := _deepest(own, "copies", experiment.policies[0])):
        known = [copies]
    for mean in known:
        yield from _of_arm(experiment, own, mean, evidence)
    for mean in known[1:]:
        yield from _of_policy(known[0], mean, evidence)


def _deepest(own: Sequence[Mean], arm: str, policy: str) -> Mean | None:
    line = [mean for mean in own if (mean.arm, mean.policy) == (arm, policy)]
    return max(line, key=lambda mean: mean.depth, default=None)


def _of_arm(
    experiment: Experiment, own: Sequence[Mean], real: Mean, evidence: Evidence
) -> Iterator[Verdict]:
    by = in_spreads(real)
    if by is None:
        return
    where = _where(experiment, real)
    random = next((m for m in own if m.arm == "random" and _is_beside(m, real)), None)
    if random is None:
        yield movement(real.measure, by, where)
        return
    gap = evidence.difference(real, random)
    more, beyond = _beside_random(by, random, gap)
    yield movement(real.measure, by, where, more, beyond)


def _where(experiment: Experiment, real: Mean) -> Sentence:
    where = say("at depth {depth}", depth=real.depth)
    if len(experiment.policies) > 1:
        where = together([where, policy_name(real.policy)], ", ")
    if real.arm == "copies":
        where = say("{where} of copies of one adapter", where=where)
    return where


def _is_beside(mean: Mean, real: Mean) -> bool:
    return (mean.policy, mean.depth) == (real.policy, real.depth)


def _beside_random(by: Estimate, random: Mean, gap: Estimate | None) -> tuple[str, str]:
    """What follows from the random arm, and what would overturn that."""
    if gap is None or random.in_seed_spreads is None:
        return "", ""
    told = say(
        "; random adapters of the same spectrum: {by}, difference {gap} ({interval})",
        by=number(random.in_seed_spreads),
        gap=number(gap.value),
        interval=interval_words(gap),
    )
    if gap.prompts < 2 or gap.low is None or not by.is_sure:
        return told, ""
    follows, beyond = _what_follows(by, gap)
    return together([told, follows], ""), beyond


def _what_follows(by: Estimate, gap: Estimate) -> tuple[Sentence, Sentence]:
    if gap.is_within(_ALIKE * abs(by.value)):
        follows = say(": so most of it is the norm, not what was learnt")
        if _is_beyond(by, gap):
            follows = say(": so most of it is the norm, and the rest what was learnt")
        return follows, say(
            "A ladder whose random arm lies outside {low} to {high} of the adapters.",
            low=number(gap.low or 0.0),
            high=number(gap.high or 0.0),
        )
    if not gap.is_sure:
        return say(": too uncertain to tell the norm from what was learnt"), say(
            "More prompts, whose interval of the difference leaves out 0 or comes close around it."
        )
    follows = say(": that part is beyond what the norm does")
    if (gap.value < 0) != (by.value < 0):
        follows = say(": as much norm with nothing learnt moves it further")
    return follows, say(
        "A ladder whose random arm lies where the adapters do, in other random draws."
    )


def _of_policy(first: Mean, other: Mean, evidence: Evidence) -> Iterator[Verdict]:
    gap = evidence.difference(other, first)
    if gap is None or first.depth != other.depth or not gap.is_sure:
        return
    one, two = first.in_seed_spreads or 0.0, other.in_seed_spreads or 0.0
    yield verdict(
        say(
            "{title} at depth {depth} lies {by} seed spreads from the base {policy}, and {first} "
            "{first_policy}: a difference of {gap}",
            title=noun_of(first.measure),
            depth=first.depth,
            by=number(two),
            policy=policy_name(other.policy),
            first=number(one),
            first_policy=policy_name(first.policy),
            gap=number(gap.value),
        ),
        first.measure,
        gap,
        say("More prompts whose interval of the difference holds 0."),
        unit=SPREADS,
    )


def _is_beyond(by: Estimate, gap: Estimate) -> bool:
    """Whether the adapters lie further out than the random ones, for sure."""
    return gap.is_sure and (gap.value < 0) == (by.value < 0)
