"""Adapters for few steps that come into the stack: whether to use them for drafts only."""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.adapters.adapter_intake import AdapterIntake
from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.document.row_edits import RowEdits
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core.accelerations import recognised
from loraviewer.core.draft_ways import DraftWay
from loraviewer.core.stack import AdapterStack, StackEntry


class DraftOffer(msgspec.Struct, frozen=True):
    """`name`: of the row. `title`: of its kind, as “LCM”. `evidence`: a sentence."""

    entry_id: str
    name: str
    title: str
    evidence: str
    way: DraftWay


class DraftOffers(QObject):
    """Of what is added together the first that is recognised, once; what is no longer true is
    withdrawn. GUI thread only."""

    offered = Signal(object)  # DraftOffer
    withdrawn = Signal(str)  # entry_id

    def __init__(
        self,
        intake: AdapterIntake,
        adapters: AdapterModel,
        stack: StackModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._adapters = adapters
        self._stack = stack
        self._edits = RowEdits(stack, self)
        self._open: set[str] = set()
        intake.added.connect(self._on_added)
        stack.stack_changed.connect(self._on_stack_changed)

    def accept(self, offer: DraftOffer) -> None:
        """One step; nothing where the row is gone."""
        self._edits.set_for_drafts({offer.entry_id: offer.way}, self._adapters.base_family)

    @Slot(object)
    def _on_added(self, rows: Sequence[StackEntry]) -> None:
        offer = next(filter(None, map(self._offer, rows)), None)
        if offer is not None:
            self._open.add(offer.entry_id)
            self.offered.emit(offer)

    def _offer(self, row: StackEntry) -> DraftOffer | None:
        summary = self._adapters.facts(row.sha256).summary
        found = recognised(summary) if summary else None
        if found is None:
            return None
        return DraftOffer(row.entry_id, row.name, found.title, found.evidence, found.way)

    @Slot(object)
    def _on_stack_changed(self, stack: AdapterStack) -> None:
        plain = {row.entry_id for row in stack.entries if row.for_drafts is None}
        for gone in self._open - plain:
            self._open.discard(gone)
            self.withdrawn.emit(gone)
