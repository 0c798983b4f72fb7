"""One weight: which of its rows and columns the stack changes, and what is left of it once it is
rounded."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from loraviewer.bridge.weights.weights_desk import WeightsDesk
from loraviewer.core.weight_measurements import WeightDetails
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from loraviewer.ui.lab.charts.chart_frame import ChartFrame
from loraviewer.ui.lab.charts.legends import ScaleLegend
from loraviewer.ui.lab.charts.number_table import NumberTable
from loraviewer.ui.lab.charts.strip_chart import StripChart
from loraviewer.ui.lab.detail_state import weight_text, why_no_details
from loraviewer.ui.lab.row_names import row_names
from loraviewer.ui.lab.strongest_weight import StrongestButton
from loraviewer.ui.lab.two_columns import TwoColumns, line
from loraviewer.ui.lab.weight_words import (
    columns_sentence,
    intruder_columns,
    intruder_rows,
    intruder_sentence,
    rounding_sentence,
    rows_sentence,
    spread_columns,
    spread_rows,
    strip_scale,
    strips_of,
)
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.labels import QuietLabel


class WeightPage(QWidget):
    """Of the selected weight, measured once faders rest, while somebody looks."""

    def __init__(
        self, desk: WeightsDesk, dialogs: ChartDialogs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._live = desk.live
        self._details = desk.details
        self._is_watched = False
        self._is_sought = False  # by a click whose answer was not seen yet
        self._drawn: WeightDetails | None = None
        self.rows = StripChart(self.tr("Change of each row"), self.tr("row"))
        self.columns = StripChart(self.tr("Change of each column"), self.tr("column"))
        self.spread = NumberTable(self.tr("Spread and alignment"), spread_columns())
        self.intruders = NumberTable(self.tr("Intruders"), intruder_columns())
        self.look_button = IconButton("search", self.tr("Look for intruders, which takes seconds"))
        self._legends = ScaleLegend(), ScaleLegend()
        self._make_frames(dialogs)
        self._weight = QuietLabel()
        self.strongest = StrongestButton(desk)
        self._state = QuietLabel()
        self._rounding = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._found = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._lay_out()
        self.look_button.clicked.connect(self._on_look)
        self._live.changed.connect(self._on_live_changed)
        self._details.changed.connect(self._on_details_changed)
        self._details.selected_changed.connect(self._on_details_changed)

    @property
    def rounding(self) -> str:
        return self._rounding.text()

    @property
    def found(self) -> str:
        """What is said of intruders."""
        return self._found.text()

    @property
    def state(self) -> str:
        return self._state.text()

    def watch(self, on: bool) -> None:
        """Whether anybody looks: nothing is measured else."""
        self._is_watched = on
        self._details.watch(on)
        if on:
            self._show()

    # -- building -----------------------------------------------------------------------------

    def _make_frames(self, dialogs: ChartDialogs) -> None:
        self.rows_frame = ChartFrame(
            self.tr("Rows: what it writes"), "", self.rows, dialogs, self._legends[0]
        )
        self.columns_frame = ChartFrame(
            self.tr("Columns: what it listens to"), "", self.columns, dialogs, self._legends[1]
        )
        self.spread_frame = ChartFrame(
            self.tr("Spread and alignment"),
            self.tr("In brackets: what random directions of its size would give."),
            *(self.spread, dialogs),
        )
        self.intruders_frame = ChartFrame(
            self.tr("Intruders"),
            self.tr("Strong directions of the changed weight that the base does not have."),
            *(self.intruders, dialogs),
        )

    def _lay_out(self) -> None:
        self.look_button.with_words(self.tr("Look for intruders (seconds)"))
        self._weight.setWordWrap(True)
        self._state.setWordWrap(True)
        rows = self._weight, self._state, self.rows_frame, line(self.strongest)
        strips = *rows, self.columns_frame, self._rounding
        look = line(self.look_button)
        tables = self.spread_frame, look, self._found, self.intruders_frame
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self._body = TwoColumns(strips, tables)
        whole.addWidget(self._body)

    # -- what is shown ------------------------------------------------------------------------

    @Slot()
    def _on_live_changed(self) -> None:
        """Rows came or went; strengths are told by the details."""
        if not self._is_watched:
            return
        self.strongest.refresh()
        if self._why_nothing() != self.rows_frame.sentence:
            self._show()

    @Slot()
    def _on_details_changed(self) -> None:
        if self._is_watched:
            self._show()

    @Slot()
    def _on_look(self) -> None:
        self._is_sought = True
        self._details.look_for_intruders()

    def _why_nothing(self) -> str:
        return why_no_details(self._live, self._details)

    def _show(self) -> None:
        words, details = self._why_nothing(), self._details.details
        self._weight.setText(weight_text(self._details))
        self._weight.setVisible(bool(self._weight.text()))
        self.strongest.refresh()
        self._show_state()
        for part in (self.columns_frame, self._rounding, self.spread_frame, self.look_button):
            part.setVisible(not words)
        if words or details is None:
            self._drawn = None
            self.rows_frame.rename(self.rows_frame.title, "")
            self.rows_frame.say(words)
            self._show_intruders(None)
            return
        self._show_intruders(details)
        if details is not self._drawn:
            self._drawn = details
            self._draw(details)

    def _show_state(self) -> None:
        is_old = self._details.is_outdated
        self._state.setText(
            self.tr("Of the strengths before; measured again once faders rest.") if is_old else ""
        )
        self._state.setVisible(is_old)

    def _draw(self, details: WeightDetails) -> None:
        every = row_names(self._details.rows)
        names = [every[place] for place, _ in details.rows]
        unit = self.tr("‖·‖² over the mean, 1 = all alike")
        sides = (
            (self.rows_frame, self.rows, self._legends[0], True),
            (self.columns_frame, self.columns, self._legends[1], False),
        )
        for frame, chart, legend, of_rows in sides:
            strips = strips_of(details, names, of_rows=of_rows)
            scale = strip_scale(strips)
            chart.show_strips(strips, scale)
            legend.show_scale(scale, unit)
            side = details.stack.rows if of_rows else details.stack.columns
            frame.rename(frame.title, rows_sentence(side) if of_rows else columns_sentence(side))
            if frame.sentence:
                frame.say("")
        self._rounding.setText(rounding_sentence(details.rounding))
        self.spread.show_rows(spread_rows(details, names))

    def _show_intruders(self, details: WeightDetails | None) -> None:
        table = details.intruders if details is not None else None
        asked = self._details.asked
        is_looking = (
            asked is not None
            and asked.with_intruders
            and (table is None or self._details.is_outdated)
            and self._details.failure is None
        )
        self.look_button.setEnabled(not is_looking and bool(details and details.base_values))
        self.intruders_frame.setVisible(table is not None)
        words = self.tr("Looking for intruders…") if is_looking else ""
        if table is not None:
            words = words or intruder_sentence(table)
            self.intruders.show_rows(intruder_rows(table, row_names(self._details.rows)))
        self._found.setText(words)
        self._found.setVisible(bool(words))
        if words and self._is_sought:
            self._is_sought = is_looking
            self._body.reveal(self._found)
