"""The choice of what an adapter was made for: as found in its file, or as a person says."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.languages import shown
from loraviewer.core.adapter_facts import AdapterFacts
from loraviewer.core.families import DEMO, FAMILY_TITLES, family_title, is_known
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.theme import FIELD_HEIGHT

_AS_FOUND = ""


class FamilyBox(ChoiceBox):
    """Shows facts; a choice only asks for the change."""

    family_chosen = Signal(str)
    """A family, or "" to go back to what was found."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[str, str] | None = None
        self.setFixedHeight(FIELD_HEIGHT)
        self.setSizeAdjustPolicy(ChoiceBox.SizeAdjustPolicy.AdjustToContents)
        self.setAccessibleName(self.tr("Made for"))
        self.setToolTip(
            self.tr("The family of bases it was made for. Your choice is remembered for this file.")
        )
        self.activated.connect(self._on_activated)

    def show_facts(self, facts: AdapterFacts) -> None:
        wanted = (facts.found_family, facts.family_override)
        if wanted == self._shown:
            return
        self._shown = wanted
        self.clear()
        self.addItem(self._found_words(facts.found_family), _AS_FOUND)
        self.insertSeparator(1)
        for family, title in FAMILY_TITLES.items():
            if family != DEMO:
                self.addItem(shown(title), family)
        if facts.family_override:
            self._mark_chosen(facts.family_override)
        else:
            self.setCurrentIndex(0)

    def _found_words(self, found: str) -> str:
        if is_known(found):
            return self.tr("{} (found)").format(shown(family_title(found)))
        return self.tr("Not known")

    def _mark_chosen(self, family: str) -> None:
        """A family that this version does not list any more is still shown."""
        words = self.tr("{} (by you)").format(shown(family_title(family)))
        index = self.findData(family)
        if index < 0:
            self.addItem(words, family)
            index = self.count() - 1
        self.setItemText(index, words)
        self.setCurrentIndex(index)

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self.family_chosen.emit(self.itemData(index) or _AS_FOUND)
