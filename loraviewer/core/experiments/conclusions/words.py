"""Words and numbers that conclusions are told in."""

from loraviewer.core.experiments.conclusions.estimates import Estimate
from loraviewer.core.experiments.outputs import ONE_STEP
from loraviewer.core.picture_measures import MEASURES, MeasureFacts
from loraviewer.core.sentences import Sentence, figure, say, together

_MOST_PLAIN = 9999


def facts_of(measure: str) -> MeasureFacts | None:
    """Also of those on other features, such as `drift-latents`."""
    for facts in MEASURES:
        if measure == facts.name:
            return facts
        if measure.startswith(f"{facts.name}-"):
            return facts.on(measure.removeprefix(f"{facts.name}-"))
    return None


def title_of(measure: str) -> str:
    facts = facts_of(measure)
    if facts is not None:
        return facts.title
    if measure.startswith("share-"):
        return say("Share of “{answer}”", answer=measure.removeprefix("share-"))
    return _OTHERS.get(measure, measure)


def noun_of(measure: str) -> str:
    """What rises and falls, where the title would be no noun, or more than one."""
    return _NOUNS.get(measure) or title_of(measure)


def unit_words(unit: str) -> str:
    """As a sentence that can be said in other languages, where it is words. unit: as measures and
    the tables in files have it."""
    return _UNITS.get(unit, unit)


_NOUNS = {
    "shadows": say("The share of burnt shadows"),
    "highlights": say("The share of burnt highlights"),
    "fidelity": say("Fidelity to what was asked for"),
    "vendi": say("The number of different pictures over seeds"),
}
_OTHERS = {
    "finite": say("Is a picture"),
    "one-step": ONE_STEP.title,
    "bytes-equal": say("The same picture again"),
    "weights-equal": say("The same weights again"),
}
_UNITS = {
    str(unit): unit
    for unit in (
        say("levels"),
        say("levels²"),
        say("of pictures"),
        say("pictures"),
        say("share"),
        ONE_STEP.unit,
    )
}
"""Others, such as ΔE, are the same in all languages."""


def number(value: float) -> Sentence:
    """About two figures: 0.14, 1.8, 12."""
    size = abs(value)
    if size > _MOST_PLAIN:
        text = f"{value:.1e}"
    else:
        digits = 2 if size < 0.95 else 1 if size < 9.95 else 0
        text = f"{value + 0.0:.{digits}f}"
    plain = "0" if text.strip("-0.") == "" else text
    return figure(plain.replace("-", "−"))


def place_on(axis: str, x: float) -> Sentence:
    """“at “strength of manga” = 1.25”."""
    return say("at “{axis}” = {place}", axis=axis, place=figure(f"{x:.3g}".replace("-", "−")))


def numbered(by: Estimate, note: str = "") -> Sentence:
    """“(95 %: 1.5 to 2.1; 8 prompts, 64 pictures)”."""
    counts = together([_prompts(by.prompts), _pictures(by.n)], ", ")
    told = together(filter(None, (interval_words(by), counts, note)), "; ")
    return say("({told})", told=told)


def _prompts(count: int) -> Sentence:
    return say("1 prompt") if count == 1 else say("{count} prompts", count=count)


def _pictures(count: int) -> Sentence:
    return say("1 picture") if count == 1 else say("{count} pictures", count=count)


def interval_words(by: Estimate) -> Sentence:
    """“95 %: 1.5 to 2.1”."""
    level = f"{by.level * 100:g}"
    if by.low is None and by.high is None:
        return say("no interval")
    if by.low is None:
        return say("{level} %: up to {high}", level=level, high=number(by.high or 0.0))
    if by.high is None:
        return say("{level} %: {low} or more", level=level, low=number(by.low))
    return say("{level} %: {low} to {high}", level=level, low=number(by.low), high=number(by.high))


def moved(title: str, value: float, where: str) -> Sentence:
    """“Grain rises by 1.8 seed spreads at depth 5”."""
    by = number(abs(value))
    if value < 0:
        return say("{title} falls by {by} seed spreads {where}", title=title, by=by, where=where)
    return say("{title} rises by {by} seed spreads {where}", title=title, by=by, where=where)


def damage(measure: str, value: float) -> str:
    """What the direction says of the pictures; "" where both ways may be damage."""
    facts = facts_of(measure)
    if facts is None or facts.damage == "either":
        return ""
    is_damage = (value < 0) == (facts.damage == "falls")
    if is_damage:
        return say(", the way that it goes as pictures get worse")
    return say(", away from where it goes as pictures get worse")


def listed(names: list[str]) -> str:
    """“a, b and c”."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""
