"""What pictures are measured by where nobody chooses."""

from collections.abc import Mapping

from loraviewer.core.experiments.description import Kind
from loraviewer.core.picture_measures import (
    DEFAULT_MEASURES,
    FIDELITY,
    RETURN_MEASURES,
    SEED_MEASURES,
)
from loraviewer.core.request import GenerationRequest
from loraviewer.core.resources import DEMO

_JUDGED_SIDE = 128
_OF_KINDS: Mapping[Kind, tuple[str, ...]] = {"seeds": SEED_MEASURES, "return": RETURN_MEASURES}
_RED = "share-red"
"""What the demo shows most where nobody asked for a colour."""


def usual_measures(kind: Kind, base: GenerationRequest) -> tuple[str, ...]:
    usual = _OF_KINDS.get(kind, DEFAULT_MEASURES)
    if not is_judged(base):
        return usual
    return (*usual, FIDELITY.name, *([_RED] if kind in _OF_KINDS else []))


def is_judged(base: GenerationRequest) -> bool:
    """Whether the demo's judge knows such pictures."""
    size = (base.sampling.width, base.sampling.height)
    return base.checkpoint.path == DEMO and size == (_JUDGED_SIDE, _JUDGED_SIDE)
