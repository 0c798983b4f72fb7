"""What pictures are measured by where nobody chooses."""

from loraviewer.core.picture_measures import DEFAULT_MEASURES, FIDELITY
from loraviewer.core.request import GenerationRequest
from loraviewer.core.resources import DEMO

_JUDGED_SIDE = 128


def usual_measures(base: GenerationRequest) -> tuple[str, ...]:
    return (*DEFAULT_MEASURES, FIDELITY.name) if is_judged(base) else DEFAULT_MEASURES


def is_judged(base: GenerationRequest) -> bool:
    """Whether the demo's judge knows such pictures."""
    size = (base.sampling.width, base.sampling.height)
    return base.checkpoint.path == DEMO and size == (_JUDGED_SIDE, _JUDGED_SIDE)
