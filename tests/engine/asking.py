"""How tests ask an engine for a picture."""

from collections.abc import Callable

from loraviewer.core.cancel import CancelToken
from loraviewer.core.outcome import Progress, Rendered
from loraviewer.core.request import GenerationRequest
from loraviewer.engine.studio_engine import StudioEngine
from tests.listeners import silent


def render(
    engine: StudioEngine,
    request: GenerationRequest,
    *,
    token: CancelToken | None = None,
    on_progress: Callable[[Progress], None] = silent,
) -> Rendered:
    return engine.render(request, token or CancelToken(), on_progress)


def forget_adapters(engine: StudioEngine) -> None:
    """They are read from their files again."""
    assert engine._loaded
    engine._loaded.adapters._kept.clear()
