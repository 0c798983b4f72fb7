"""Asks whether an adapter for few steps is to be for drafts only, where it was just added."""

from functools import partial

from PySide6.QtCore import QObject, Slot

from loraviewer.bridge.adapters.draft_offers import DraftOffer, DraftOffers
from loraviewer.ui.message_bar import MessageBar
from loraviewer.ui.notices import Notices


class DraftNotices(QObject):
    """A question with one button over the pictures; it goes with the row and with its answer."""

    def __init__(
        self, offers: DraftOffers, notices: Notices, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._offers = offers
        self._notices = notices
        self._bars: dict[str, MessageBar] = {}
        offers.offered.connect(self._on_offered)
        offers.withdrawn.connect(self._on_withdrawn)

    @Slot(object)
    def _on_offered(self, offer: DraftOffer) -> None:
        words = self.tr(
            "“{name}” looks like an adapter for few steps ({kind}). Use it for drafts only?"
        )
        question = words.format(name=offer.name, kind=offer.title)
        accept = partial(self._offers.accept, offer)
        bar = self._notices.ask(question, self.tr("For drafts only"), "check", accept)
        bar.set_whole(offer.evidence)
        self._bars[offer.entry_id] = bar

    @Slot(str)
    def _on_withdrawn(self, entry_id: str) -> None:
        bar = self._bars.pop(entry_id, None)
        if bar is not None:
            self._notices.take_away(bar)
