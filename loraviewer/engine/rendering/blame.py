"""What to say of a picture whose numbers are infinite or undefined: the likeliest cause, and the
way out."""

import contextlib
from collections.abc import Iterable, Iterator

from loraviewer.core.outcome import NotFinite
from loraviewer.core.request import GenerationRequest
from loraviewer.core.sentences import say

USUAL_STRENGTH = 2.0
"""Up to here it is float16 that is too small, not the strength that is too high."""

Strengths = Iterable[tuple[str, float]]
"""(sha256, strength) of each row."""


@contextlib.contextmanager
def blaming(request: GenerationRequest, strengths: Strengths, base: str) -> Iterator[None]:
    """Says what it is likely to be in the place of any `NotFinite`. strengths: of what may be to
    blame. base: what the checkpoint is called."""
    try:
        yield
    except NotFinite as error:
        raise NotFinite(_sentence(request, strengths, base)) from error


def picture_strengths(request: GenerationRequest) -> list[tuple[str, float]]:
    """Of each adapter, the one of its two that lies farther from zero."""
    return [(a.sha256, max(a.scale, a.text_scale, key=abs)) for a in request.adapters]


def _sentence(request: GenerationRequest, strengths: Strengths, base: str) -> str:
    sha256, strength = _largest(strengths)
    is_narrow = request.dtype == "float16"
    if sha256 and (not is_narrow or abs(strength) > USUAL_STRENGTH):
        way_out = (
            say("lower it, or choose bfloat16 or float32")
            if is_narrow
            else say("lower or remove it")
        )
        return say(
            "“{name}” at strength {strength:g} makes numbers of this picture infinite or "
            "undefined in {dtype}; {way_out}.",
            name=_name(request, sha256),
            strength=strength,
            dtype=request.dtype,
            way_out=way_out,
        )
    if is_narrow:
        return say(
            "The numbers of this picture leave the range of float16; choose bfloat16 or float32 as "
            "the precision."
        )
    return say(
        "The numbers of this picture are infinite or undefined in {dtype} without any adapter, so "
        "“{base}” is likely damaged; load another copy of it.",
        dtype=request.dtype,
        base=base,
    )


def _largest(strengths: Strengths) -> tuple[str, float]:
    """Summed over rows of one adapter; ("", 0.0) where none is heard."""
    found: dict[str, float] = {}
    for sha256, strength in strengths:
        found[sha256] = found.get(sha256, 0.0) + strength
    return max(found.items(), key=lambda item: abs(item[1]), default=("", 0.0))


def _name(request: GenerationRequest, sha256: str) -> str:
    names = (a.name for a in request.adapters if a.sha256 == sha256)
    return next(names, "") or sha256[:12]
