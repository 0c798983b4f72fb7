"""The unfolded part of a channel strip: the facts that matter, and the way to all others."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from loraviewer.bridge.languages import figures
from loraviewer.core.adapter_facts import AdapterFacts
from loraviewer.core.numbers import short_number
from loraviewer.ui.cards.adapter_sentences import key_facts
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.theme import GAP
from loraviewer.ui.widgets.trigger_words import TriggerWords


class StripDetails(QWidget):
    """A function of an adapter's facts; asks for everything it wants done."""

    trigger_word_chosen = Signal(str)
    strength_wanted = Signal(float)
    card_requested = Signal()
    rebuilt = Signal()
    """Its words are other buttons now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, GAP // 2, 0, 0)
        self._column.setSpacing(GAP // 2)
        self._content: QWidget | None = None
        self._shown: AdapterFacts | None = None
        self._column.addLayout(self._foot())

    def show_facts(self, facts: AdapterFacts, scale: float) -> None:
        self._show_suggestion(facts, scale)
        if facts == self._shown:
            return
        self._shown = facts
        if self._content is not None:
            self._column.removeWidget(self._content)
            self._content.hide()
            self._content.deleteLater()
        self._content = self._build(facts)
        self._column.insertWidget(0, self._content)
        self.rebuilt.emit()

    def tab_chain(self) -> list[QWidget]:
        words = self._content.findChildren(TriggerWords) if self._content else []
        return [*(button for row in words for button in row.buttons()), self._use, self._card]

    def _foot(self) -> QHBoxLayout:
        self._use = IconButton("check", self.tr("Use the suggested strength"))
        self._use.clicked.connect(self._on_use)
        self._card = IconButton("info", self.tr("Everything known about this adapter"))
        self._card.with_words(self.tr("Details…"))
        self._card.clicked.connect(self.card_requested)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP // 2)
        row.addWidget(self._card)
        row.addWidget(self._use)
        row.addStretch()
        return row

    def _build(self, facts: AdapterFacts) -> QWidget:
        content = QWidget()
        form = QFormLayout(content)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(GAP)
        form.setVerticalSpacing(GAP // 2)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for label, value in key_facts(facts):
            form.addRow(QuietLabel(label), _value_label(value))
        summary = facts.summary
        if summary is not None and summary.trigger_words:
            words = TriggerWords(summary.trigger_words)
            words.chosen.connect(self.trigger_word_chosen)
            form.addRow(QuietLabel(self.tr("Words")), words)
        return content

    def _show_suggestion(self, facts: AdapterFacts, scale: float) -> None:
        """Only where it would change something."""
        suggested = facts.summary.suggested_strength if facts.summary else None
        self._use.setVisible(suggested is not None and suggested != scale)
        if suggested is not None:
            self._use.with_words(
                self.tr("Use suggested {}").format(figures(short_number(suggested)))
            )

    @Slot()
    def _on_use(self) -> None:
        summary = self._shown.summary if self._shown else None
        if summary is not None and summary.suggested_strength is not None:
            self.strength_wanted.emit(summary.suggested_strength)


def _value_label(value: str) -> QLabel:
    label = QLabel(value, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setMinimumWidth(40)
    return label
