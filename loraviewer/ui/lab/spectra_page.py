"""In how many directions the stack changes weights, and how strong these are beside the base."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.bridge.weights.weights_desk import WeightsDesk
from loraviewer.core.weight_measurements import WeightDetails
from loraviewer.core.weight_spectra import SPIKE_RELATIVE, WeightSpectra
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from loraviewer.ui.lab.charts.chart_frame import ChartFrame
from loraviewer.ui.lab.charts.curve_plot import CurvePlot, Level
from loraviewer.ui.lab.charts.legends import Line, LineLegend
from loraviewer.ui.lab.charts.number_table import NumberTable
from loraviewer.ui.lab.detail_state import weight_text, why_no_details
from loraviewer.ui.lab.live_state import why_nothing
from loraviewer.ui.lab.places import component_words
from loraviewer.ui.lab.row_names import row_names
from loraviewer.ui.lab.spectra_curves import (
    AllWeights,
    all_weights,
    beside_base,
    fact_columns,
    fact_rows,
    sentence,
    spike_tip,
    weight_curves,
)
from loraviewer.ui.lab.strongest_weight import StrongestButton
from loraviewer.ui.lab.two_columns import TwoColumns, line
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.painting import Card
from loraviewer.ui.widgets.theme import GAP, SignalColour

_STEPS = 1000


class SpectraPage(QWidget):
    """All weights above, the selected one below; both are measured only while somebody looks."""

    def __init__(
        self, desk: WeightsDesk, dialogs: ChartDialogs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._live = desk.live
        self._spectra = desk.spectra
        self._details = desk.details
        self._is_watched = False
        self._all: AllWeights | None = None
        self._drawn_spectra: tuple[WeightSpectra, ...] = ()
        """A tick of a fader changes none of them, and draws none again."""
        self._drawn: WeightDetails | None = None
        self.bar = QProgressBar(textVisible=False)
        self.stop_button = IconButton("stop", self.tr("Stop measuring")).with_words(self.tr("Stop"))
        self._state = QuietLabel()
        self.weights = self._weights_plot()
        self.values = self._values_plot()
        self.facts = NumberTable(self.tr("Numbers of the selected weight"), fact_columns())
        self._legends = LineLegend(), LineLegend()
        self._make_frames(dialogs)
        self._sentence = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._weight = QuietLabel()
        self.strongest = StrongestButton(desk)
        self.badge = SpikeBadge()
        self._lay_out()
        self._connect()

    @property
    def state(self) -> str:
        """What is said of the measuring, "" at rest."""
        return self._state.text()

    @property
    def sentence(self) -> str:
        return self._sentence.text()

    def watch(self, on: bool) -> None:
        """Whether anybody looks: nothing is measured else."""
        self._is_watched = on
        self._spectra.watch(on)
        self._details.watch(on)
        if on:
            self._show_all()
            self._show_weight()
            self._mark()

    # -- building -----------------------------------------------------------------------------

    def _weights_plot(self) -> CurvePlot:
        number = self.tr("number of the weight, from input to output")
        return CurvePlot(self.tr("Strongest direction of every weight"), number, "σ₁(S) / σ₁(W₀)")

    def _values_plot(self) -> CurvePlot:
        number = self.tr("number of the direction, strongest first")
        name = self.tr("Singular values of the selected weight")
        return CurvePlot(name, number, self.tr("singular value σ"))

    def _make_frames(self, dialogs: ChartDialogs) -> None:
        self.all_frame = ChartFrame(
            self.tr("Strongest direction of every weight"),
            self.tr("How hard the stack pulls in its strongest direction, beside the base. Click "
                    "a dot to select its weight."),
            *(self.weights, dialogs, self._legends[0]),
        )  # fmt: skip
        self.one_frame = ChartFrame(
            self.tr("Singular values"),
            self.tr("How strong each direction of the change is. A steep line: few directions do "
                    "most of it."),
            *(self.values, dialogs, self._legends[1]),
        )  # fmt: skip
        self.facts_frame = ChartFrame(
            self.tr("In numbers"),
            self.tr("The stack, and each adapter alone at its strength."),
            *(self.facts, dialogs),
        )

    def _lay_out(self) -> None:
        self.bar.setRange(0, _STEPS)
        self.bar.setFixedHeight(GAP)
        self.bar.setAccessibleName(self.tr("Measuring spectra"))
        self._state.setWordWrap(True)
        self._weight.setWordWrap(True)
        progress = line(self._state, self.bar, self.stop_button, stretched=self.bar)
        head = self._weight, self._sentence, self.badge
        one = *head, self.one_frame, line(self.strongest), self.facts_frame
        body = TwoColumns((progress, self.all_frame), one)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(body)

    def _connect(self) -> None:
        self.stop_button.clicked.connect(self._spectra.stop)
        self.weights.point_chosen.connect(self._on_point_chosen)
        self._live.changed.connect(self._on_live_changed)
        self._spectra.changed.connect(self._on_spectra_changed)
        self._details.changed.connect(self._on_details_changed)
        self._details.selected_changed.connect(self._on_details_changed)

    # -- all weights --------------------------------------------------------------------------

    @Slot()
    def _on_live_changed(self) -> None:
        """Rows came or went, or were measured: strengths are told by the spectra."""
        if self._is_watched and why_nothing(self._live) != self.all_frame.sentence:
            self._show_all()
            self._show_weight()

    @Slot()
    def _on_spectra_changed(self) -> None:
        if self._is_watched:
            self._show_all()

    def _show_all(self) -> None:
        self._show_progress()
        live, words = self._live.live, self._why_no_spectra()
        if words or live is None:
            self._all, self._drawn_spectra = None, ()
            self.all_frame.say(words or self.tr("Measuring…"))
            return
        found = tuple(self._spectra.spectra.values())
        if found == self._drawn_spectra:
            return
        self._drawn_spectra = found
        self._all = all_weights(self._spectra.spectra, live.blocks, live.block_of, component_words)
        words = self.tr("a spike lies above, if it is nearly one direction")
        limit = Level(SPIKE_RELATIVE, Line(words, dash=Qt.PenStyle.DotLine, width=1.0))
        levels = (limit,) if self._all.is_relative and self._has_near_limit() else ()
        self.weights.show_curves(self._all.curves, levels, self._all.words, self._all.numbers)
        lines = [curve.line for curve in self._all.curves]
        self._legends[0].show_lines([*lines, *(level.line for level in levels)])
        self._mark()
        if self.all_frame.sentence:
            self.all_frame.say("")

    def _mark(self) -> None:
        if self._all is not None:
            self.weights.mark_x(self._all.x_of(self._details.selected))

    def _has_near_limit(self) -> bool:
        """The limit is drawn where some dot is within a tenth of it: else it would press all dots
        to the bottom."""
        assert self._all is not None
        values = [y for curve in self._all.curves for y in curve.y if y is not None]
        return max(values, default=0.0) > SPIKE_RELATIVE / 10

    def _why_no_spectra(self) -> str:
        words = why_nothing(self._live)
        if words or self._spectra.spectra:
            return words
        if self._spectra.failure is not None:
            return shown(self._spectra.failure.message)
        if self._spectra.progress is None and not self._live.failure:
            return self.tr("Measured once faders rest.")
        return self.tr("Measuring…")

    def _show_progress(self) -> None:
        progress = self._spectra.progress
        self.bar.setVisible(progress is not None)
        self.stop_button.setVisible(progress is not None)
        if progress is not None:
            self.bar.setValue(round(_STEPS * progress))
            self._state.setText(self.tr("Measuring spectra…"))
        elif self._spectra.failure is not None and self._spectra.spectra:
            self._state.setText(shown(self._spectra.failure.message))
        elif self._spectra.is_outdated and self._spectra.spectra:
            self._state.setText(self.tr("Of the strengths before; measured again at rest."))
        else:
            self._state.setText("")
        self._state.setVisible(bool(self._state.text()))

    @Slot(int, int)
    def _on_point_chosen(self, curve: int, point: int) -> None:
        if self._all is not None:
            self._details.select(self._all.weight(curve, point))

    # -- the selected weight ------------------------------------------------------------------

    @Slot()
    def _on_details_changed(self) -> None:
        if self._is_watched:
            self._show_weight()
            self._mark()

    def _show_weight(self) -> None:
        words, details = why_no_details(self._live, self._details), self._details.details
        self._weight.setText(weight_text(self._details))
        self._weight.setVisible(bool(self._weight.text()))
        self.strongest.refresh()
        for part in (self.facts_frame, self._sentence):
            part.setVisible(not words)
        if words or details is None:
            self._drawn = None
            self.badge.hide()
            self.one_frame.say(words)
            return
        if details is not self._drawn:
            self._drawn = details
            self._draw(details)

    def _draw(self, details: WeightDetails) -> None:
        every = row_names(self._details.rows)
        names = [every[place] for place, _ in details.rows]
        curves = weight_curves(details, names)
        self.values.show_curves(curves)
        self._legends[1].show_lines([curve.line for curve in curves])
        self.facts.show_rows(fact_rows(details, names))
        self._sentence.setText(sentence(details))
        self.badge.setVisible(bool(beside_base(details.stack, details).is_spike))
        if self.one_frame.sentence:
            self.one_frame.say("")


class SpikeBadge(Card):
    """Says of a change that it is nearly a single direction, and strong."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.set_signal(SignalColour.WARNING)
        words = QLabel(self.tr("Spike: the stack pulls this weight almost in one direction."))
        words.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, GAP // 2, GAP, GAP // 2)
        row.addWidget(words)
        self.setToolTip(spike_tip())
        self.setAccessibleName(words.text())
        self.setAccessibleDescription(spike_tip())
        self.hide()
