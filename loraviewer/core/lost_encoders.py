"""Which text encoders the modules belong to that found no place in a base, in words."""

from collections.abc import Mapping

from loraviewer.core.reports import AdapterReport, LostEncoder
from loraviewer.core.sentences import say, together, with_and

ADVICE = "--components FOLDER gives it"
"""For the command line; the window has a menu for it."""

_TITLES: Mapping[str, str] = {
    "clip": say("the text encoder CLIP"),
    "t5": say("the text encoder T5"),
    "llm": say("a language model"),
}
_GIVEN: Mapping[str, tuple[str, ...]] = {
    "sd1": ("clip",),
    "sd2": ("clip",),
    "sdxl": ("clip",),
    "sd3": ("clip", "t5"),
    "flux1": ("clip", "t5"),
}
"""Family → sorts of text encoders that its single files may lack, and a folder of components may
give."""


def lost_words(report: AdapterReport, base_family: str = "", advice: str = ADVICE) -> str:
    """Of the modules that are not in the base, how many belong to which text encoder: “240 of the
    text encoder T5”. Says where the base has no such encoder, with `advice` where that helps. Empty
    where none is a text encoder's."""
    lost = report.lost_encoders
    if not lost:
        return ""
    words = [_counted(encoder) for encoder in lost if not encoder.is_lacking]
    lacking = [_counted(encoder) for encoder in lost if encoder.is_lacking]
    others = len(report.unmatched) - sum(encoder.modules for encoder in lost)
    if others:
        words.append(say("{count} others", count=others))
    if lacking:
        words.append(say("{lacking}, which the base does not have", lacking=with_and(lacking)))
    text = together(words, ", ")
    given = _GIVEN.get(base_family, ())
    helps = any(encoder.is_lacking and encoder.sort in given for encoder in lost)
    return together((text, advice), "; ") if helps and advice else text


def _counted(encoder: LostEncoder) -> str:
    return say("{count} of {encoder}", count=encoder.modules, encoder=_title(encoder))


def _title(encoder: LostEncoder) -> str:
    return _TITLES.get(encoder.sort, say("a text encoder"))
