"""By which rule several adapters become one change of the weights, or take turns.

The sum is what everybody means by a stack, and the default. The others are experiments from papers
and tools; each is a pure function of (base, stack, rule), too.
"""

from typing import Literal

import msgspec

from loraviewer.core.numbers import short_number
from loraviewer.core.sentences import figure, say

RuleName = Literal[
    "sum", "svd", "clip", "ties", "dare", "knots-ties", "iso-c", "switch", "composite"
]

AT_DECODING: frozenset[RuleName] = frozenset({"switch", "composite"})
"""They act while a picture is denoised; the weights are then of single adapters, one after the
other."""


class RuleFacts(msgspec.Struct, frozen=True, kw_only=True):
    """`amount`: what its number is, "" where it has none; `usual`, from `least` to `most`."""

    name: RuleName
    title: str
    meaning: str
    amount: str = ""
    usual: float = 0.0
    least: float = 0.0
    most: float = 0.0
    is_whole: bool = False


RULES: tuple[RuleFacts, ...] = (
    RuleFacts(
        name="sum",
        title=say("Sum"),
        meaning=say("W₀ + Σ sᵢ·ΔWᵢ: what LoRA stacks are everywhere."),
    ),
    RuleFacts(
        name="svd",
        title=say("Rank cap (SVD)"),
        meaning=say("The sum, of which each weight keeps its strongest directions only."),
        amount=say("directions kept in each weight"),
        usual=16,
        least=1,
        most=4096,
        is_whole=True,
    ),
    RuleFacts(
        name="clip",
        title=say("Spectral clip"),
        meaning=say(
            "The sum, in which no direction is stronger than a share of the base weight's "
            "strongest one."
        ),
        amount=say("largest σ, as a share of σ₁(W₀)"),
        usual=0.1,
        least=0.0,
        most=1e6,
    ),
    RuleFacts(
        name="ties",
        title=say("TIES"),
        meaning=say(
            "Each adapter keeps its largest entries, signs are put to the vote, and those that "
            "agree are averaged (Yadav et al. 2023)."
        ),
        amount=say("share of entries kept"),
        usual=0.2,
        least=0.01,
        most=1.0,
    ),
    RuleFacts(
        name="dare",
        title=say("DARE"),
        meaning=say(
            "Of each adapter a random share of entries is kept and made stronger to match, "
            "then summed (Yu et al. 2023)."
        ),
        amount=say("share of entries kept"),
        usual=0.5,
        least=0.01,
        most=1.0,
    ),
    RuleFacts(
        name="knots-ties",
        title=say("KnOTS-TIES"),
        meaning=say("TIES in the directions that the adapters share (Stoica et al. 2024)."),
        amount=say("share of entries kept"),
        usual=0.2,
        least=0.01,
        most=1.0,
    ),
    RuleFacts(
        name="iso-c",
        title=say("Iso-C"),
        meaning=say(
            "The sum, all of whose directions are made equally strong (Marczak et al. 2025)."
        ),
    ),
    RuleFacts(
        name="switch",
        title=say("LoRA Switch"),
        meaning=say("The adapters take turns while a picture is denoised (Zhong et al. 2024)."),
        amount=say("steps of a turn"),
        usual=1,
        least=1,
        most=1000,
        is_whole=True,
    ),
    RuleFacts(
        name="composite",
        title=say("LoRA Composite"),
        meaning=say(
            "Each adapter denoises alone at each step, and their guidance is averaged (Zhong "
            "et al. 2024). A picture takes as many times longer as there are adapters."
        ),
    ),
)


class MergeRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`amount`: as `RuleFacts.amount` says; 0 where the rule has none."""

    name: RuleName = "sum"
    amount: float = 0.0

    @property
    def facts(self) -> RuleFacts:
        return next(facts for facts in RULES if facts.name == self.name)

    @property
    def is_sum(self) -> bool:
        return self.name == "sum"

    @property
    def acts_at_decoding(self) -> bool:
        return self.name in AT_DECODING

    @property
    def in_weights(self) -> "MergeRule":
        """What weights obey: where single adapters act, one after the other, each is in force as in
        a sum."""
        return SUM if self.acts_at_decoding else self

    @property
    def text(self) -> str:
        """As people type it: `ties:0.2`."""
        return f"{self.name}:{short_number(self.amount)}" if self.facts.amount else self.name

    def problem(self) -> str | None:
        """One sentence about a number that the rule cannot take, or None."""
        facts = self.facts
        if not facts.amount:
            return (
                say("The merge rule “{rule}” takes no number.", rule=self.name)
                if self.amount
                else None
            )
        is_within = facts.least <= self.amount <= facts.most
        if is_within and (not facts.is_whole or self.amount == int(self.amount)):
            return None
        kind = say("a whole number") if facts.is_whole else say("a number")
        least, most = (figure(short_number(end)) for end in (facts.least, facts.most))
        return say(
            "“{rule}” takes {kind} from {least} to {most}: {amount}.",
            rule=self.name,
            kind=kind,
            least=least,
            most=most,
            amount=facts.amount,
        )


SUM = MergeRule()


def usual_rule(name: RuleName) -> MergeRule:
    return MergeRule(name, MergeRule(name).facts.usual)


def read_rule(text: str) -> MergeRule:
    """`NAME` or `NAME:NUMBER`. Raises `ValueError` with one sentence."""
    name, _, number = text.strip().partition(":")
    facts = next((facts for facts in RULES if facts.name == name), None)
    if facts is None:
        known = ", ".join(facts.name for facts in RULES)
        raise ValueError(f"There is no merge rule “{name}”; choose one of {known}.")
    try:
        rule = MergeRule(facts.name, float(number) if number else facts.usual)
    except ValueError:
        raise ValueError(f"“{number}” is no number for the merge rule “{name}”.") from None
    if problem := rule.problem():
        raise ValueError(problem)
    return rule
