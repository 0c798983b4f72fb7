"""The unfolded part of a channel strip: facts about the file and its trigger words."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from loraviewer.ui.flow_layout import FlowLayout
from loraviewer.ui.labels import QuietLabel
from loraviewer.ui.theme import GAP


class StripDetails(QWidget):
    """Rebuilt by `show_facts`; a click on a trigger word asks for it to go into the prompt."""

    trigger_word_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._content: QWidget | None = None
        self._shown: tuple[object, ...] | None = None

    def show_facts(self, facts: Sequence[tuple[str, str]], trigger_words: Sequence[str]) -> None:
        wanted = (tuple(facts), tuple(trigger_words))
        if wanted == self._shown:
            return
        self._shown = wanted
        if self._content is not None:
            self._column.removeWidget(self._content)
            self._content.hide()
            self._content.deleteLater()
        self._content = self._build(facts, trigger_words)
        self._column.addWidget(self._content)

    def _build(self, facts: Sequence[tuple[str, str]], trigger_words: Sequence[str]) -> QWidget:
        content = QWidget()
        form = QFormLayout(content)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(GAP)
        form.setVerticalSpacing(GAP // 2)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for label, value in facts:
            form.addRow(QuietLabel(label), _value_label(value))
        if trigger_words:
            form.addRow(QuietLabel(self.tr("Words")), self._word_buttons(trigger_words))
        return content

    def _word_buttons(self, words: Sequence[str]) -> QWidget:
        holder = QWidget()
        flow = FlowLayout(holder, GAP // 2)
        for word in words:
            button = QPushButton(word, autoDefault=True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setToolTip(self.tr("A word it was trained on: click to put it into the prompt"))
            button.clicked.connect(self._on_word_clicked)
            flow.addWidget(button)
        return holder

    def _on_word_clicked(self) -> None:
        button = self.sender()
        if isinstance(button, QPushButton):
            self.trigger_word_chosen.emit(button.text())


def _value_label(value: str) -> QLabel:
    # Paths have no spaces to break at; a zero-width space after each slash lets them wrap.
    label = QLabel(value.replace("/", "/\u200b"), wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setMinimumWidth(40)
    return label
