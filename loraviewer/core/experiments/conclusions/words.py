"""Words and numbers that conclusions are told in."""

from loraviewer.core.experiments.conclusions.estimates import Estimate
from loraviewer.core.picture_measures import MEASURES, MeasureFacts

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
        return f"Share of {measure.removeprefix('share-')}"
    return _OTHERS.get(measure, measure)


_OTHERS = {
    "finite": "Is a picture",
    "one-step": "Change of one step",
    "bytes-equal": "The same picture again",
    "weights-equal": "The same weights again",
}


def number(value: float) -> str:
    """About two figures: 0.14, 1.8, 12."""
    size = abs(value)
    if size > _MOST_PLAIN:
        text = f"{value:.1e}"
    else:
        digits = 2 if size < 0.95 else 1 if size < 9.95 else 0
        text = f"{value + 0.0:.{digits}f}"
    plain = "0" if text.strip("-0.") == "" else text
    return plain.replace("-", "−")


def numbered(by: Estimate) -> str:
    """“(95 %: 1.5 to 2.1; 8 prompts, 64 pictures)”."""
    count = f"{plural(by.prompts, 'prompt')}, {plural(by.n, 'picture')}"
    return f"({interval_words(by)}; {count})"


def interval_words(by: Estimate) -> str:
    """“95 %: 1.5 to 2.1”."""
    if by.low is None and by.high is None:
        return "no interval"
    if by.low is None:
        limits = f"up to {number(by.high or 0.0)}"
    elif by.high is None:
        limits = f"{number(by.low)} or more"
    else:
        limits = f"{number(by.low)} to {number(by.high)}"
    return f"{by.level * 100:g} %: {limits}"


def moved(title: str, value: float, where: str) -> str:
    """“Grain rises by 1.8 seed spreads at depth 5”."""
    verb = "falls" if value < 0 else "rises"
    return f"{title} {verb} by {number(abs(value))} seed spreads {where}".rstrip()


def damage(measure: str, value: float) -> str:
    """What the direction says of the pictures; "" where both ways may be damage."""
    facts = facts_of(measure)
    if facts is None or facts.damage == "either":
        return ""
    is_damage = (value < 0) == (facts.damage == "falls")
    if is_damage:
        return ", the way that it goes as pictures get worse"
    return ", away from where it goes as pictures get worse"


def plural(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def listed(names: list[str]) -> str:
    """“a, b and c”."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def with_small_first(text: str) -> str:
    return text[:1].lower() + text[1:]
