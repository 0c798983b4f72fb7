"""What a pane shows, for tests in which it must show something."""

from loraviewer.core.outcome import Rendered
from loraviewer.core.pane import PaneState


def shown_by(state: PaneState | None) -> Rendered:
    """The finished image; fails without one, and without the state that a wait did not bring."""
    assert state is not None
    assert state.shown is not None
    return state.shown
