"""Below the master, while another rule than the sum is on: what it is, and its number."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.core.merge_rules import SUM, MergeRule
from loraviewer.ui.widgets.elided_lines import ElidedLines
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.number_edit import NumberEdit
from loraviewer.ui.widgets.theme import GAP, SignalColour

_STEP, _FINE_STEP = 0.05, 0.01
_DIGITS = 12


class MergeRuleLine(QWidget):
    """Says below itself why a number was not taken."""

    rule_wanted = Signal(object, int)
    """A `MergeRule` with another number, and the burst of keys that it belongs to: all steps of
    one are one edit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rule = SUM
        self._burst = 1
        self._name = ElidedLines()
        self._name.set_look(signal=SignalColour.WARNING)
        self._number = NumberEdit("")
        self._refusal = QuietLabel()
        self._refusal.setWordWrap(True)
        self._refusal.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(2)
        grid.addWidget(self._name, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self._number, 0, 1)
        grid.addWidget(self._refusal, 1, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        self._number.value_entered.connect(self._on_entered)
        self._number.refused.connect(self._refuse)
        self._number.nudged.connect(self._on_nudged)
        self._number.nudges_ended.connect(self._on_nudges_ended)
        # Letters are for the window again: B shows the base.
        self._number.returnPressed.connect(self.clearFocus, Qt.ConnectionType.QueuedConnection)
        self.show_rule(SUM)

    @property
    def words(self) -> str:
        return self._name.text()

    @property
    def number(self) -> NumberEdit:
        return self._number

    @property
    def refusal(self) -> str:
        """One sentence about what was typed last; empty where it was taken."""
        return self._refusal.text()

    def tab_chain(self) -> tuple[QWidget, ...]:
        return (self._number,)

    def show_rule(self, rule: MergeRule) -> None:
        """Sends nothing."""
        facts = rule.facts
        if rule != self._rule:
            self._refuse("")
        self._rule = rule
        title, amount = shown(facts.title), shown(facts.amount)
        words = self.tr("{} (experimental)").format(title)
        if amount:
            words = self.tr("{}: {}").format(words, amount)
        self._name.set_text(words)
        self._name.set_tip(facts.meaning)
        self._number.setVisible(bool(facts.amount))
        self._number.setAccessibleName(f"{title}, {amount}")
        self._number.setToolTip(amount)
        self._number.set_value(rule.amount)
        self.setVisible(not rule.is_sum)

    @Slot(float)
    def _on_entered(self, value: float) -> None:
        wanted = MergeRule(self._rule.name, value)
        problem = shown(wanted.problem() or "")
        self._refuse(problem)
        if not problem:
            self.rule_wanted.emit(wanted, 0)

    @Slot(int, bool)
    def _on_nudged(self, direction: int, is_fine: bool) -> None:
        facts = self._rule.facts
        step = 1.0 if facts.is_whole else (_FINE_STEP if is_fine else _STEP)
        moved = round(self._rule.amount + direction * step, _DIGITS)
        amount = max(facts.least, min(facts.most, moved))
        if amount != self._rule.amount:
            self.rule_wanted.emit(MergeRule(self._rule.name, amount), self._burst)

    @Slot()
    def _on_nudges_ended(self) -> None:
        self._burst += 1

    @Slot(str)
    def _refuse(self, sentence: str) -> None:
        """An empty sentence: what is there now is fine."""
        self._refusal.setText(sentence)
        self._refusal.setVisible(bool(sentence))
