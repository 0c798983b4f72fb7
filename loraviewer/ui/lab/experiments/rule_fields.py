"""Which merge rules are compared, each with its number."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from loraviewer.bridge.languages import figures, shown
from loraviewer.core.merge_rules import RULES, MergeRule, RuleFacts, RuleName
from loraviewer.core.numbers import short_number
from loraviewer.ui.lab.experiments.form_fields import TickBox
from loraviewer.ui.widgets.number_field import NumberField, WholeNumberField
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP

_NUMBER_PX = 64


class RuleFields(QWidget):
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Merge rules"))
        self.boxes: dict[RuleName, TickBox] = {}
        self.numbers: dict[RuleName, NumberField] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        for row, facts in enumerate(RULES):
            box = self.boxes[facts.name] = TickBox(shown(facts.title), shown(facts.meaning))
            box.clicked.connect(self.changed)
            grid.addWidget(box, row, 0)
            if facts.amount:
                grid.addWidget(self._number(facts), row, 1)

    def _number(self, facts: RuleFacts) -> NumberField:
        kind = WholeNumberField if facts.is_whole else NumberField
        least = int(facts.least) if facts.is_whole else facts.least
        most = int(facts.most) if facts.is_whole else facts.most
        field = self.numbers[facts.name] = kind(least, most)
        field.show_number(int(facts.usual) if facts.is_whole else facts.usual)
        amount = shown(facts.amount)
        field.setAccessibleName(f"{shown(facts.title)}: {amount}")
        span = figures(f"{short_number(facts.least)} … {short_number(facts.most)}")
        field.setToolTip(f"{amount}, {span}")
        field.setFixedSize(_NUMBER_PX, FIELD_HEIGHT - 4)
        field.textEdited.connect(self.changed)
        return field

    def rules(self) -> tuple[MergeRule, ...]:
        """Of a number that is none, the last one that was."""
        return tuple(
            MergeRule(name, self._amount(name))
            for name, box in self.boxes.items()
            if box.isChecked()
        )

    def show_rules(self, rules: Sequence[MergeRule]) -> None:
        """Sends nothing. A rule that is there twice keeps its last number."""
        wanted = {rule.name: rule.amount for rule in rules}
        for name, box in self.boxes.items():
            box.setChecked(name in wanted)
            if name in wanted and name in self.numbers:
                field = self.numbers[name]
                is_whole = isinstance(field, WholeNumberField)
                field.show_number(int(wanted[name]) if is_whole else wanted[name])

    def problem(self) -> str:
        """Of the first number that cannot be used."""
        for name, field in self.numbers.items():
            if self.boxes[name].isChecked() and (words := field.problem(field.accessibleName())):
                return words
        return ""

    def _amount(self, name: RuleName) -> float:
        return float(self.numbers[name].number()) if name in self.numbers else 0.0
