"""Short words about the state of a pane, beside its name."""

from PySide6.QtCore import QCoreApplication

from loraviewer.bridge.languages import shown
from loraviewer.core.captions import draft_words
from loraviewer.core.pane import PaneState


def badge_of(state: PaneState) -> str:
    """Why its picture is not the one that is wished for; empty where it is, or none is finished."""
    if state.preview is not None or state.shown is None:
        return ""
    if state.shown.request.is_draft:  # also while the next one is under way
        return shown(draft_words(state.shown.request, state.shown_stack))
    return QCoreApplication.translate("PaneWords", "outdated") if state.is_outdated else ""
