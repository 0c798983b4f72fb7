"""The second page of an adapter's card: every name of its file, and where it ended."""

import re
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QCoreApplication, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.core.adapter_facts import AdapterFacts
from loraviewer.core.outcome import Failure
from loraviewer.core.reports import AdapterReport
from loraviewer.ui.cards.adapter_sentences import trouble
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.text_table import Row, TextTable
from loraviewer.ui.widgets.theme import FIELD_HEIGHT, GAP

translate = QCoreApplication.translate
_LOST, _LANDED, _ALL = range(3)


def lost_rows(report: AdapterReport) -> Iterator[Row]:
    """(name, what happened, the reason where more is known) of all that did not land."""
    groups = (
        (report.shape_mismatch, translate("CardModules", "another shape")),
        (report.unsupported, translate("CardModules", "unsupported kind")),
        (report.unmatched, translate("CardModules", "no counterpart in this base")),
        (report.ignored, translate("CardModules", "ignored: no weights")),
    )
    for names, what in groups:
        for name in naturally(names):
            yield name, shown(report.reasons.get(name, what))


def naturally(names: Sequence[str]) -> list[str]:
    """Block 2 before block 10. A name from a file may hold more figures than `int` reads."""

    def words_and_numbers(name: str) -> list[tuple[int, str]]:
        parts = re.split(r"([0-9]+)", name)
        plain = (p.lstrip("0") if at % 2 else p for at, p in enumerate(parts))
        return [(len(p) if at % 2 else 0, p) for at, p in enumerate(plain)]

    return sorted(names, key=words_and_numbers)


class CardModules(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: AdapterReport | Failure | None = None
        self._facts = AdapterFacts()
        self._is_chosen = False
        self._choice = ChoiceBox()
        self._choice.setFixedHeight(FIELD_HEIGHT)
        self._choice.setAccessibleName(self.tr("Which modules"))
        self._choice.setSizeAdjustPolicy(ChoiceBox.SizeAdjustPolicy.AdjustToContents)
        for _ in (_LOST, _LANDED, _ALL):
            self._choice.addItem("")
        self.table = TextTable(
            self.tr("Modules"),
            [self.tr("Name in the file"), self.tr("What happened")],
            self._choice,
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, 2 * GAP, GAP, GAP)
        column.addWidget(self.table)
        self._choice.activated.connect(self._on_choice)

    @property
    def choice(self) -> ChoiceBox:
        return self._choice

    def show_facts(self, facts: AdapterFacts) -> None:
        is_shown = facts.report == self._report and isinstance(self._report, AdapterReport)
        self._facts, self._report = facts, facts.report
        if not is_shown:
            self._begin_with_what_is_there()
            self._fill()

    def _begin_with_what_is_there(self) -> None:
        """What did not land matters most; where all of it did, an empty list tells nothing. What
        a person chose stays."""
        if isinstance(self._report, AdapterReport) and not self._is_chosen:
            is_lost = any(True for _ in lost_rows(self._report))
            self._choice.setCurrentIndex(_LOST if is_lost else _ALL)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.table.view.setColumnWidth(0, round(self.table.width() * 0.6))

    def _count(self, report: AdapterReport) -> None:
        matched = len(report.matched)
        lost = report.total - matched + len(report.ignored)
        self._choice.setItemText(_LOST, self.tr("Did not land ({})").format(lost))
        self._choice.setItemText(_LANDED, self.tr("Landed ({})").format(matched))
        self._choice.setItemText(_ALL, self.tr("All ({})").format(matched + lost))

    def _fill(self) -> None:
        report = self._report
        if not isinstance(report, AdapterReport):
            words = trouble(self._facts) or self.tr("Not compared with a base yet.")
            self.table.show_rows((), words)
            self.table.show_head(False)
            return
        self.table.show_head(True)
        self._count(report)
        which = self._choice.currentIndex()
        rows = list(lost_rows(report)) if which != _LANDED else []
        if which != _LOST:
            rows += [(name, self.tr("landed")) for name in naturally(report.matched)]
        words = self.tr("Everything landed.") if which == _LOST else self.tr("Nothing landed.")
        self.table.show_rows(rows, words)

    @Slot()
    def _on_choice(self) -> None:
        self._is_chosen = True
        self._fill()
