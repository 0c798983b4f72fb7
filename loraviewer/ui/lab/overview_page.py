"""The stack at a glance: one sentence, where it changes what, and which adapters fight."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from loraviewer.bridge.weights.weights_desk import WeightsDesk
from loraviewer.core.weight_numbers import LiveWeights, StackEnergies, WeightName
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from loraviewer.ui.lab.charts.chart_frame import ChartFrame
from loraviewer.ui.lab.charts.heat_map import HeatMap
from loraviewer.ui.lab.charts.legends import ScaleLegend
from loraviewer.ui.lab.charts.scales import LogScale
from loraviewer.ui.lab.collision_lines import Line
from loraviewer.ui.lab.collision_report import CollisionReport
from loraviewer.ui.lab.live_state import why_nothing
from loraviewer.ui.lab.module_numbers import ModuleNumbers, ModuleReader
from loraviewer.ui.lab.overview_cells import Overview, of_blocks, of_weights, scale_of, widened
from loraviewer.ui.lab.row_names import row_names
from loraviewer.ui.lab.stack_words import headline
from loraviewer.ui.lab.ticks import Ticks
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.scroll_area import ScrollArea
from loraviewer.ui.widgets.theme import GAP

_WIDE_PX = 620
"""From here on the report stands beside the map."""
_TICK_MS = 16


class OverviewPage(QWidget):
    """Sentence and map follow a held fader; the report follows once it rests."""

    def __init__(
        self, desk: WeightsDesk, dialogs: ChartDialogs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._live = desk.live
        self._details = desk.details
        self._reader = ModuleReader()
        self._numbers = ModuleNumbers()
        self._overview: Overview | None = None
        self._scale: LogScale | None = None
        self._is_watched = False
        self._ticks = Ticks(_TICK_MS, self)
        # Names of files are in it: no markup, and no word that makes the page wider.
        self._headline = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._by = ChoiceBox()
        self.map = HeatMap(self.tr("How much each adapter changes each block"))
        self._legend = ScaleLegend()
        explanation = self.tr("How large each change is beside the base, at the strengths of now.")
        self.frame = ChartFrame(
            *(self.tr("Where the stack changes the base"), explanation),
            *(self.map, dialogs, self._legend),
        )
        self.report = CollisionReport(desk, dialogs)
        self._lay_out()
        self._connect(desk)

    @property
    def headline(self) -> str:
        return self._headline.text()

    @property
    def shows_weights(self) -> bool:
        """Each weight has a row of its own, instead of each block."""
        return self._by.currentIndex() == 1

    def watch(self, on: bool) -> None:
        self._is_watched = on
        self.report.watch(on)
        if on:
            self._begin_anew()
        else:
            self._ticks.stop()

    def show_weights(self, on: bool) -> None:
        self._by.setCurrentIndex(1 if on else 0)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        ways = QBoxLayout.Direction
        direction = ways.LeftToRight if self.width() >= _WIDE_PX else ways.TopToBottom
        self._head.setDirection(direction)
        self._sides.setDirection(direction)

    # -- building -----------------------------------------------------------------------------

    def _lay_out(self) -> None:
        policy = QSizePolicy.Policy
        self._headline.setSizePolicy(policy.Ignored, policy.Preferred)
        font = self._headline.font()
        font.setBold(True)
        self._headline.setFont(font)
        self._by.offer([self.tr("by block"), self.tr("by weight")], self.tr("by block"))
        self._by.setAccessibleName(self.tr("Rows of the map"))
        self._by.setToolTip(self.tr("Blocks, or every single weight."))
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._head.setSpacing(GAP)
        self._head.addWidget(self._headline, 1)
        self._head.addWidget(self._by, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._sides.setSpacing(2 * GAP)
        self._sides.addWidget(self.frame, 1)
        self._sides.addWidget(self.report, 1)
        content = QWidget()
        # All is as high as it needs to be here, whatever scrolls.
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, GAP // 2, 0)
        column.setSpacing(GAP)
        column.addLayout(self._head)
        column.addLayout(self._sides, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(ScrollArea(content))

    def _connect(self, desk: WeightsDesk) -> None:
        self._ticks.due.connect(self._show)
        desk.live.changed.connect(self._on_changed)
        desk.rows.settled.connect(self._on_settled)
        desk.details.selected_changed.connect(self._on_selected)
        self._by.currentIndexChanged.connect(self._on_by_changed)
        self.map.cell_chosen.connect(self._on_cell_chosen)
        self.report.line_chosen.connect(self._on_line_chosen)

    # -- what is shown ------------------------------------------------------------------------

    @Slot()
    def _on_changed(self) -> None:
        if self._is_watched:
            self._ticks.ask()

    @Slot()
    def _on_settled(self) -> None:
        if self._is_watched:
            self._begin_anew()

    @Slot()
    def _begin_anew(self) -> None:
        """With a scale around the numbers as they are now."""
        self._scale = None
        self._show()
        self._mark()

    @Slot()
    def _show(self) -> None:
        words, live, energies = why_nothing(self._live), self._live.live, self._live.energies
        if words != self.frame.sentence:
            self.frame.say(words)
        self._by.setEnabled(not words)
        if words or live is None or energies is None:
            self._headline.setText("")
            self._overview = None
            return
        names = row_names(tuple(self._live.rows.values()))
        self._headline.setText(headline(energies, names))
        self._draw(self._read(live, energies, names))

    def _read(self, live: LiveWeights, energies: StackEnergies, names: tuple[str, ...]) -> Overview:
        rows = tuple(self._live.rows.values())
        if self.shows_weights:
            self._numbers = self._reader.read(live, rows, names, {})
            return of_weights(names, self._numbers)
        self._numbers = self._reader.list(live, rows, names)
        return of_blocks(energies, live.blocks, names, self._numbers)

    def _draw(self, overview: Overview) -> None:
        self._overview = overview
        shown = [at for at in self.map.geometry_now().shown_rows if at < len(overview.full)]
        before = self._scale
        self._scale = scale_of(overview) if before is None else widened(before, overview, shown)
        self.map.show_cells(overview.cells, self._scale, overview.words)
        unit = self.tr("‖sΔW‖ / ‖W₀‖") if overview.is_relative else self.tr("‖sΔW‖")
        self._legend.show_scale(self._scale, unit)

    # -- one weight ---------------------------------------------------------------------------

    @Slot(int, int)
    def _on_cell_chosen(self, row: int, column: int) -> None:
        self._show()  # what is known may be a moment newer than what is seen
        weight = self._weight_at(row, column)
        if weight is not None:
            self._details.select(weight)

    def _weight_at(self, row: int, column: int) -> WeightName | None:
        """In a block, the one that this adapter, or the stack, changes most."""
        live, modules = self._live.live, self._numbers.modules
        if live is None or self._overview is None or row >= len(self._overview.full):
            return None
        if not self._overview.blocks:
            return modules.weights[row]
        rows = tuple(self._live.rows.values())
        norms = live.weight_norms(rows)
        own = norms.rows[column] if 0 <= column < len(rows) else norms.stack
        block = self._overview.blocks[row]
        there = [at for at, name in enumerate(modules.blocks) if name == block]
        most = max(there, key=lambda at: own[modules.places[at]])
        return modules.weights[most]

    @Slot()
    def _on_selected(self) -> None:
        if self._is_watched:
            self._mark()

    def _mark(self) -> None:
        selected, modules = self._details.selected, self._numbers.modules
        if self._overview is None or selected not in modules.weights:
            self.map.mark(None)
            return
        row = modules.weights.index(selected)
        if self._overview.blocks:
            row = self._overview.blocks.index(modules.blocks[row])
        self.map.mark((row, -1))

    @Slot()
    def _on_by_changed(self) -> None:
        if self._is_watched:
            self._begin_anew()

    @Slot(object)
    def _on_line_chosen(self, line: Line) -> None:
        if line.weight is not None:
            self._details.select(line.weight)
