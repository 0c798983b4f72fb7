"""How far one place lies from the base, told as what its interval allows."""

from loraviewer.core.experiments.conclusions.estimates import Estimate
from loraviewer.core.experiments.conclusions.inner import inner
from loraviewer.core.experiments.conclusions.verdict import Verdict, verdict
from loraviewer.core.experiments.conclusions.words import damage, moved, noun_of, number
from loraviewer.core.sentences import say, together

ONE_SPREAD = 1.0
"""What another seed does: less is seen by nobody who does not compare seed with seed."""


def movement(measure: str, by: Estimate, where: str, more: str = "", beyond: str = "") -> Verdict:
    """by: from the base, in seed spreads. where: “at depth 5”. more: what follows, told unless
    nothing can be said; beyond: what would overturn that."""
    title = noun_of(measure)
    if by.is_sure and number(abs(by.value)) != "0":  # a fall by nothing is none
        small = say(", less than another seed may do") if by.is_within(ONE_SPREAD) else ""
        return verdict(
            together([moved(title, by.value, where), damage(measure, by.value), small], ""),
            measure,
            by,
            beyond or say("More prompts whose interval {where} holds 0.", where=where),
            more=more,
        )
    if by.is_within(ONE_SPREAD):
        return verdict(
            say(
                "{title} {where} stays within one seed spread of the base, at {by}",
                title=title,
                where=where,
                by=number(by.value),
            ),
            measure,
            by,
            say("More prompts whose interval {where} leaves −1 to 1.", where=where),
            more=more,
        )
    return undecided(measure, by, where)


def undecided(measure: str, by: Estimate, where: str, what: str = "", why: str = "") -> Verdict:
    """what: “which …”, where the question is not how far the measure moves; why: likewise."""
    why = why or say("the interval holds a rise as well as a fall")
    if by.low is None:
        why = say("one number alone has no interval")
    told = say("It cannot be told {what}: {why}", what=what, why=why)
    if not what:
        title = inner(noun_of(measure))
        told = say(
            "Nothing can be said of {title} {where}: {why}", title=title, where=where, why=why
        )
    return verdict(
        told,
        measure,
        by,
        say("More prompts, whose interval leaves out 0 or lies within −1 to 1."),
        is_decided=False,
    )
