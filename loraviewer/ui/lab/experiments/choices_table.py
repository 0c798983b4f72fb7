"""What prompts left to the seed: how often each option was asked for, and how often it came."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import WORDS, CountedShare
from loraviewer.core.experiments.places import counted_in, option_words
from loraviewer.core.numbers import short_number
from loraviewer.ui.lab.charts.number_table import Column, NumberTable, TableCell
from loraviewer.ui.widgets.theme import GAP

_AS_ASKED = "✓"


class ChoicesTable(QWidget):
    """Under a heading for each place that is counted in: the words that were drawn, and what a
    judge sees in pictures. Hidden where no prompt leaves anything open. Until all pictures are
    there it counts the words that were drawn, which are known before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tr = self.tr
        title = QLabel(tr("Asked and counted, in %"))
        self.table = NumberTable(
            tr("Options that were asked for, and how often they came"),
            (
                Column(tr("Option"), tr("What the prompt leaves to the seed.")),
                Column(tr("Asked"), tr("The share that the prompt asks for."), is_share=True),
                Column(tr("Came"), tr("The share that came."), is_share=True),
                Column(tr("Interval"), tr("Wilson’s at 95 %; ✓ where what was asked lies in.")),
            ),
            is_narrow=True,
        )
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP // 2, 0, 0)
        column.setSpacing(GAP // 2)
        column.addWidget(title)
        column.addWidget(self.table)
        self.hide()

    def show_choices(
        self, experiment: Experiment | None, counted: Sequence[CountedShare] = ()
    ) -> None:
        """counted: of an experiment that is finished."""
        if counted:
            told = [(one, self._told(one)) for one in counted]
        else:
            told = [(one, "") for one in _drawn(experiment)]
        if told:
            self.table.show_rows(list(self._under_headings(told)))
        self.setVisible(bool(told))

    def _under_headings(
        self, told: Sequence[tuple[CountedShare, str]]
    ) -> Iterator[tuple[TableCell, ...]]:
        """Each with its interval, in words."""
        places: dict[tuple[str, int], list[tuple[TableCell, ...]]] = {}
        for one, interval in told:
            row = shown(option_words(one.option)), one.asked, one.share, interval
            places.setdefault((shown(counted_in(one)), one.n), []).append(row)
        for (place, n), rows in places.items():
            yield (self.tr("{}: {} counted").format(place, n),)
            yield from rows

    def _told(self, one: CountedShare) -> str:
        ends = (short_number(100 * end, 0) for end in (one.low, one.high))
        mark = f" {_AS_ASKED}" if one.is_as_asked else ""
        return self.tr("{} to {}").format(*ends) + mark


def _drawn(experiment: Experiment | None) -> Iterator[CountedShare]:
    """Without intervals: those are of what is finished."""
    for wording in experiment.wordings if experiment is not None else ():
        for asked in wording.shares:
            share = asked.drawn / asked.seeds
            told = (wording.template, asked.choice, asked.option, asked.asked, WORDS, "")
            yield CountedShare(*told, asked.drawn, asked.seeds, share, share, share)
