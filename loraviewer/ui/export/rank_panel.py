"""One adapter file: which names it uses, and what a lower rank would lose."""

from collections.abc import Mapping
from typing import cast

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QLabel, QRadioButton, QWidget

from loraviewer.bridge.languages import figures
from loraviewer.core.exports import ExportNames, RanksTold
from loraviewer.core.numbers import short_number
from loraviewer.ui.lab.charts.curve_plot import Curve, CurvePlot
from loraviewer.ui.lab.charts.legends import Line
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.number_box import NumberBox
from loraviewer.ui.widgets.number_field import WholeNumberField
from loraviewer.ui.widgets.theme import GAP

_NAMES: tuple[ExportNames, ...] = ("auto", "kohya", "peft")
_MOST_RANK, _USUAL_RANK, _PLOT_PX = 1024, 16, 190


class RankPanel(QWidget):
    """`changed`: names or rank are others. `names_changed`: what a rank loses may be another."""

    changed = Signal()
    names_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tr = self.tr
        self._told: RanksTold | None = None
        self.names = ChoiceBox()
        self.names.addItems([tr("as suits the base"), tr("kohya's"), tr("PEFT's")])
        self.names.setAccessibleName(tr("Names of modules"))
        self.names.setToolTip(
            tr("kohya's: A1111, ComfyUI and others. PEFT's: diffusers, for transformers.")
        )
        self.exact = QRadioButton(tr("Exact"))
        self.exact.setChecked(True)
        self.ranked = QRadioButton(tr("At most rank"))
        self.rank = NumberBox(WholeNumberField(1, _MOST_RANK), 1)
        self.rank.setAccessibleName(tr("Rank"))
        self.rank.set_number(_USUAL_RANK)
        self._group = QButtonGroup(self)
        for button in (self.exact, self.ranked):
            self._group.addButton(button)
        self.plot = CurvePlot(tr("What a rank loses"), tr("rank"), tr("lost"), is_log=False)
        self.plot.setMinimumSize(200, _PLOT_PX)
        self.plot.setFixedHeight(_PLOT_PX)
        kept = self.plot.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # axes of nothing say nothing; what is below stays
        self.plot.setSizePolicy(kept)
        self._said = QuietLabel()
        self._said.setWordWrap(True)
        self._lay_out()
        self.names.currentIndexChanged.connect(self._on_names)
        self._group.buttonToggled.connect(self._on_changed)
        self.rank.edited.connect(self._on_rank_typed)
        self.plot.point_chosen.connect(self._on_point_chosen)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(GAP // 2)
        grid.addWidget(QLabel(self.tr("Names")), 0, 0)
        grid.addWidget(self.names, 0, 1)
        precision = QHBoxLayout()
        precision.setSpacing(GAP)
        precision.addWidget(self.exact)
        precision.addWidget(self.ranked)
        precision.addWidget(self.rank)
        precision.addStretch(1)
        grid.addWidget(QLabel(self.tr("Size")), 1, 0)
        grid.addLayout(precision, 1, 1)
        grid.addWidget(self.plot, 2, 0, 1, 2)
        grid.addWidget(self._said, 3, 0, 1, 2)
        grid.setColumnStretch(1, 1)

    @property
    def chosen_names(self) -> ExportNames:
        return _NAMES[max(0, self.names.currentIndex())]

    @property
    def chosen_rank(self) -> int | None:
        """None for the exact sum."""
        return int(self.rank.number()) if self.ranked.isChecked() else None

    @property
    def said(self) -> str:
        return self._said.text()

    def show_ranks(self, told: RanksTold) -> None:
        self._told = told
        known = {rank: error for rank, error in told.rank_errors.items() if error is not None}
        line = Line(self.tr("part of the change that is lost"), 0)
        ranks = sorted(known)
        values = [100 * known[rank] for rank in ranks]
        curves = [Curve(line, ranks, values, has_dots=True)] if ranks else []
        self.plot.name_axes(self.tr("rank"), self.tr("lost [%]"))
        self.plot.setVisible(bool(curves))
        self.plot.show_curves(curves, words=_words_of(ranks, known, self._point_words()))
        self._say()

    def show_nothing(self, sentence: str) -> None:
        self._told = None
        self.plot.hide()
        self.plot.show_curves(())
        self._said.setText(sentence)

    def _point_words(self) -> str:
        return self.tr("rank {}: {} % lost")

    def _say(self) -> None:
        if self._told is None:
            return
        rank, exact = self.chosen_rank, self._told.exact_rank
        self.plot.mark_x(rank)
        if rank is None or rank >= exact:
            words = self.tr("Nothing is lost at rank {}, the least that is exact.").format(exact)
        else:
            words = self._lost_words(rank, self._told.rank_errors)
        self._said.setText(words)

    def _lost_words(self, rank: int, errors: Mapping[int, float | None]) -> str:
        below = [one for one in errors if one <= rank]
        error = errors[max(below)] if below else None
        if error is None:
            return self.tr("How much is lost cannot be told: part of the stack has no place here.")
        share = figures(short_number(100 * error, 1))
        if rank in errors:
            return self.tr("At rank {}, {} % of the change is lost.").format(rank, share)
        return self.tr("At rank {}, at most {} % of the change is lost.").format(rank, share)

    @Slot()
    def _on_names(self) -> None:
        self.names_changed.emit()
        self.changed.emit()

    @Slot()
    def _on_changed(self, *_: object) -> None:
        self._say()
        self.changed.emit()

    @Slot()
    def _on_rank_typed(self) -> None:
        self.ranked.setChecked(True)
        self._on_changed()

    @Slot(int, int)
    def _on_point_chosen(self, curve: int, point: int) -> None:
        self.rank.set_number(cast(int, self.plot.curves[curve].x[point]))
        self._on_rank_typed()


def _words_of(ranks: list[int], errors: Mapping[int, float], words: str):
    """Of a point of the curve; never a method of the widget that holds it."""

    def told(curve: int, point: int) -> str:
        rank = ranks[point]
        return words.format(rank, figures(short_number(100 * errors[rank], 1)))

    return told
