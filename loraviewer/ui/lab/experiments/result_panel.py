"""The experiment that is looked at: its pictures as they come, and its curves."""

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from loraviewer.core.experiments.cells import Cell
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.experiments.progress import Phase
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from loraviewer.ui.lab.experiments.cell_table import CellTable
from loraviewer.ui.lab.experiments.cell_view import CellView
from loraviewer.ui.lab.experiments.curve_panel import CurvePanel
from loraviewer.ui.lab.experiments.picture_tip import PictureTip
from loraviewer.ui.lab.experiments.point_cells import condition_of
from loraviewer.ui.lab.experiments.result_bar import ResultBar
from loraviewer.ui.lab.experiments.shown_experiment import ShownExperiment
from loraviewer.ui.lab.ticks import Ticks
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.theme import GAP

_TICK_MS = 400
"""Curves that grow are drawn again no more often."""
_TALL = 1.15
"""From so much higher than wide, curves lie below the pictures, else beside them."""
_NARROW_PX, _LOW_PX = 480, 270
"""So narrow, too, where it is not too low for both: beside each other both would be cut."""
_LEAST_WIDTH_PX, _LEAST_HEIGHT_PX = 280, 160
_PICTURES, _CURVES = 3, 2


class ResultPanel(QWidget):
    cell_chosen = Signal(object)  # Cell: it is to be opened in a pane

    def __init__(
        self, shown: ShownExperiment, dialogs: ChartDialogs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._shown = shown
        self.table = CellTable(shown.pictures.find, self)
        self.view = CellView(self.table)
        self.curves = CurvePanel(dialogs)
        self.bar = ResultBar()
        self.tip = PictureTip(self)
        self._ticks = Ticks(_TICK_MS, self)
        self._told_phase: Phase = shown.phase
        """As the words beside the curves have it."""
        self._lay_out()
        self._connect()
        self._show()
        self._show_means()

    def _lay_out(self) -> None:
        # Not what its parts need as they lie now: in less room they lie otherwise.
        self.setMinimumSize(_LEAST_WIDTH_PX, _LEAST_HEIGHT_PX)
        self._sides = QSplitter(Qt.Orientation.Horizontal)
        self._sides.setChildrenCollapsible(False)
        self._sides.setHandleWidth(2 * GAP)
        self._sides.addWidget(self.view)
        self._sides.addWidget(self.curves)
        self._sides.setStretchFactor(0, _PICTURES)
        self._sides.setStretchFactor(1, _CURVES)
        self._sides.setSizes([1000 * _PICTURES, 1000 * _CURVES])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        self._nothing = QuietLabel(
            self.tr(
                "Pictures come here as they are made, and their curves beside them. Say on the "
                "left what is to be compared, and start."
            )
        )
        self._nothing.setWordWrap(True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.bar)
        column.addWidget(self._sides, 1)
        column.addWidget(self._nothing, 1)

    def _connect(self) -> None:
        self._shown.changed.connect(self._on_changed)
        self._shown.means_changed.connect(self._on_means_changed)
        self._shown.pictures.came.connect(self.table.refresh)
        self._ticks.due.connect(self._show_means)
        self.bar.run_wanted.connect(self._shown.show_run)
        self.bar.looked_at.connect(self.table.look_at)
        self.view.chosen.connect(self.cell_chosen)
        self.view.pointed.connect(self._on_cell_pointed)
        self.curves.point_chosen.connect(self._on_point_chosen)
        self.curves.point_looked_at.connect(self._on_point_looked_at)

    # -- what is shown ------------------------------------------------------------------------

    @Slot()
    def _on_changed(self) -> None:
        self._show()
        if self._shown.phase != self._told_phase:
            self._ticks.stop()
            self._show_means()

    @Slot()
    def _show(self) -> None:
        experiment = self._shown.experiment
        if experiment != self.table.experiment:
            self.tip.hide()
            self.table.show(experiment)
            self.bar.show_experiment(experiment, has_seeds=self.table.has_seeds)
        for part in (self.bar, self._sides):
            part.setVisible(experiment is not None)
        self._nothing.setVisible(experiment is None)
        self.bar.show_title(
            experiment,
            self._shown.folder,
            self._phase_words(),
            is_other=self._shown.has_other_run,
        )

    def _phase_words(self) -> str:
        if self._shown.is_calibrating:
            return self.tr("measuring what moves one step by as much")
        return {
            "running": self.tr("running"),
            "paused": self.tr("paused"),
            "finished": self.tr("finished"),
        }.get(self._shown.phase, self.tr("unfinished"))

    @Slot()
    def _on_means_changed(self) -> None:
        """While it runs now and then; what is whole at once."""
        if self._shown.phase == "running":
            self._ticks.ask()
        else:
            self._ticks.stop()
            self._show_means()

    @Slot()
    def _show_means(self) -> None:
        shown = self._shown
        self._told_phase = shown.phase
        self.curves.show_means(shown.experiment, shown.means, shown.verdicts, phase=shown.phase)
        self.curves.choices.show_choices(shown.experiment, shown.counted)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        is_tall = self.height() > _TALL * self.width()
        is_narrow = self.width() < _NARROW_PX and self.height() >= _LOW_PX
        is_below = is_tall or is_narrow
        wanted = Qt.Orientation.Vertical if is_below else Qt.Orientation.Horizontal
        if self._sides.orientation() is not wanted:
            self._sides.setOrientation(wanted)
            shares = (1, 1) if is_tall else (_PICTURES, _CURVES)
            self._sides.setSizes([1000 * share for share in shares])

    def hideEvent(self, event) -> None:
        super().hideEvent(event)
        self.tip.hide()

    # -- pointing and choosing ----------------------------------------------------------------

    @Slot(object, object)
    def _on_cell_pointed(self, cell: Cell | None, at: QPoint | None) -> None:
        if cell is None or at is None:
            self.tip.hide()
            return
        self.tip.show_picture(self._shown.pictures.find(cell), self._words(cell), at)

    @Slot(object, str, object)
    def _on_point_looked_at(self, mean: Mean | None, words: str, at: QPoint | None) -> None:
        if mean is None or at is None:
            self.tip.hide()
            return
        cell = self._cell_of(mean)
        image = self._shown.pictures.find(cell) if cell is not None else None
        self.tip.show_picture(image, words, at)

    @Slot(object)
    def _on_point_chosen(self, mean: Mean) -> None:
        cell = self._cell_of(mean)
        if cell is not None:
            self.view.setCurrentIndex(self.table.index_of(cell.condition.name))
            self.cell_chosen.emit(cell)

    def _cell_of(self, mean: Mean) -> Cell | None:
        """Of the prompt and seed that are looked at."""
        found = condition_of(mean, self.table.conditions)
        return self.table.cell_of(found.name) if found is not None else None

    def _words(self, cell: Cell) -> str:
        words = self.table.words_of(cell)
        if self._shown.pictures.is_lost(cell):
            return self.tr("{}\nIts numbers overflowed: there is no picture.").format(words)
        return words
