"""What panes are called: by their places, so that a caption can speak of another one."""

import string

from loraviewer.core.document import Document, PaneId
from loraviewer.core.sentences import say


def pane_letter(document: Document, pane_id: PaneId) -> str:
    """By its place: A, B, C …"""
    return string.ascii_uppercase[document.panes.index(document.pane(pane_id))]


def pane_name(document: Document, pane_id: PaneId) -> str:
    """“Base” for the base, “Current” for the only other pane, else its letter."""
    if document.pane(pane_id).is_base:
        return say("Base")
    if len(document.panes) == 2:
        return say("Current")
    return pane_letter(document, pane_id)
