"""Two panes that are compared with each other in one place, and how the pair follows the document.

The one whose stack the strips edit is always one of them: nobody moves a fader of what is not seen.
"""

import msgspec

from loraviewer.core.document import Document, PaneId


class PanePair(msgspec.Struct, frozen=True):
    """Two ids that are never equal, of panes of the document."""

    left: PaneId
    right: PaneId

    @property
    def ids(self) -> tuple[PaneId, PaneId]:
        return self.left, self.right

    def swapped(self) -> "PanePair":
        return PanePair(self.right, self.left)


def usual_pair(document: Document) -> PanePair:
    """The reference beside the active pane; where that is one pane, beside the first other one that
    is seen, else that there is."""
    if document.reference != document.active:
        return PanePair(document.reference, document.active)
    others = [*document.visible(), *document.panes]
    return PanePair(
        document.reference, next(p.pane_id for p in others if p.pane_id != document.reference)
    )


def followed(pair: PanePair, was_active: PaneId, document: Document) -> PanePair:
    """The pair after the document changed: a pane that is active now takes the place of one that is
    gone, else of the one that was active; the reference, or whatever is left, that of another."""
    left = [pane.pane_id for pane in document.panes]
    kept = [pane_id if pane_id in left else None for pane_id in pair.ids]
    if document.active not in kept:
        place = kept.index(None) if None in kept else int(pair.left != was_active)
        kept[place] = document.active
    free = (pane_id for pane_id in (document.reference, *left) if pane_id not in kept)
    return PanePair(*(pane_id if pane_id is not None else next(free) for pane_id in kept))


def chosen(pair: PanePair, place: int, pane_id: PaneId) -> PanePair:
    """With a pane in a place, 0 or 1; one that is in the other place changes with it."""
    if pane_id == pair.ids[place]:
        return pair
    if pane_id in pair.ids:
        return pair.swapped()
    return PanePair(pane_id, pair.right) if place == 0 else PanePair(pair.left, pane_id)


def stepped(pair: PanePair, document: Document, step: int) -> PanePair:
    """With the next pane, or the previous one, in the place of the one that is not active; those
    that are in the pair are passed over."""
    place = int(pair.left == document.active)
    ids = [pane.pane_id for pane in document.panes]
    start = ids.index(pair.ids[place])
    round_it = (ids[(start + step * n) % len(ids)] for n in range(1, len(ids)))
    return chosen(pair, place, next((p for p in round_it if p not in pair.ids), ids[start]))
