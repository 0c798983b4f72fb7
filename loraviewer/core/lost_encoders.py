"""Which text encoders the modules belong to that found no place in a base, in words."""

from collections.abc import Mapping

from loraviewer.core.reports import AdapterReport, LostEncoder

ADVICE = "--components FOLDER gives it"
"""For the command line; the window has a menu for it."""

_TITLES: Mapping[str, str] = {
    "clip": "the text encoder CLIP",
    "t5": "the text encoder T5",
    "llm": "a language model",
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
    words = [
        f"{encoder.modules} of {_title(encoder)}" for encoder in lost if not encoder.is_lacking
    ]
    lacking = [f"{encoder.modules} of {_title(encoder)}" for encoder in lost if encoder.is_lacking]
    others = len(report.unmatched) - sum(encoder.modules for encoder in lost)
    if others:
        words.append(f"{others} others")
    if lacking:
        words.append(f"{' and '.join(lacking)}, which the base does not have")
    text = ", ".join(words)
    given = _GIVEN.get(base_family, ())
    helps = any(encoder.is_lacking and encoder.sort in given for encoder in lost)
    return f"{text}; {advice}" if helps and advice else text


def _title(encoder: LostEncoder) -> str:
    return _TITLES.get(encoder.sort, "a text encoder")
