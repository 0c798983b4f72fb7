"""The cards that are open: at most one per row of the stack."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.controller import StudioController
from loraviewer.ui.adapter_card import AdapterCard


class AdapterCards(QObject):
    trigger_word_chosen = Signal(str)

    def __init__(self, controller: StudioController, window: QWidget) -> None:
        super().__init__(window)
        self._controller = controller
        self._window = window

    @Slot(str)
    def open(self, entry_id: str) -> None:
        """Show the card of a row; one that is open already comes to the front."""
        for card in self._window.findChildren(AdapterCard):
            if card.entry_id == entry_id and card.isVisible():
                card.raise_()
                card.activateWindow()
                return
        card = AdapterCard(self._controller, entry_id, self._window)
        card.trigger_word_chosen.connect(self.trigger_word_chosen)
        card.show()
