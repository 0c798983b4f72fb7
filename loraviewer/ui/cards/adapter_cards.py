"""The cards that are open: at most one per row of the stack, and per file that is in none."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.adapters.preview_images import PreviewImages
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.core.stack import StackEntry
from loraviewer.ui.cards.adapter_card import AdapterCard


class AdapterCards(QObject):
    trigger_word_chosen = Signal(str)

    def __init__(
        self, stack: StackModel, adapters: AdapterModel, previews: PreviewImages, window: QWidget
    ) -> None:
        super().__init__(window)
        self._models = (stack, adapters, previews)
        self._window = window

    @Slot(str, bool)
    def open(self, entry_id: str, is_about_modules: bool = False) -> None:
        """Show the card of a row; one that is open already comes to the front."""
        card = self._found(entry_id) or self._made(entry_id)
        if is_about_modules:
            card.tabs.setCurrentWidget(card.modules)
        card.show()
        card.raise_()
        card.activateWindow()

    @Slot(object)
    def open_file(self, file: StackEntry) -> None:
        """The card of a file that is in no stack."""
        card = self._found(file.entry_id)
        if card is None:
            card = self._connected(
                AdapterCard(*self._models, file.entry_id, self._window, file=file)
            )
        card.show()
        card.raise_()
        card.activateWindow()

    def _found(self, entry_id: str) -> AdapterCard | None:
        cards = self._window.findChildren(AdapterCard)
        return next((c for c in cards if c.entry_id == entry_id and c.isVisible()), None)

    def _made(self, entry_id: str) -> AdapterCard:
        return self._connected(AdapterCard(*self._models, entry_id, self._window))

    def _connected(self, card: AdapterCard) -> AdapterCard:
        card.trigger_word_chosen.connect(self.trigger_word_chosen)
        return card
