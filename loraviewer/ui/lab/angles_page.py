"""Which adapters pull the same way, which cancel, and which share their directions."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from loraviewer.bridge.weights.weights_desk import WeightsDesk
from loraviewer.core.weight_measurements import WeightDetails
from loraviewer.core.weight_numbers import Place
from loraviewer.ui.lab.angle_cells import PairCells, of_angles, of_overlap, summary
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from loraviewer.ui.lab.charts.chart_frame import ChartFrame
from loraviewer.ui.lab.charts.heat_map import HeatMap
from loraviewer.ui.lab.charts.legends import ScaleLegend
from loraviewer.ui.lab.charts.scales import RootScale
from loraviewer.ui.lab.detail_state import weight_text, why_no_details
from loraviewer.ui.lab.live_state import why_nothing
from loraviewer.ui.lab.places import places_of
from loraviewer.ui.lab.row_names import row_names
from loraviewer.ui.lab.strongest_weight import StrongestButton
from loraviewer.ui.lab.two_columns import TwoColumns, line
from loraviewer.ui.widgets.choice_box import ChoiceBox
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.theme import FIELD_HEIGHT


class AnglesPage(QWidget):
    """Angles follow the rows that are on; overlaps, of the selected weight, follow once faders
    rest."""

    def __init__(
        self, desk: WeightsDesk, dialogs: ChartDialogs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._live = desk.live
        self._details = desk.details
        self._is_watched = False
        self._places: list[tuple[str, Place]] = []
        self._shown: object = None
        """What the angles were drawn of."""
        self._drawn: WeightDetails | None = None
        self.place = ChoiceBox()
        self.sentence = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.angles = HeatMap(self.tr("Cosines between adapters"))
        self.output = HeatMap(self.tr("Shared output directions"))
        self.input = HeatMap(self.tr("Shared input directions"))
        self._legends = [ScaleLegend() for _ in range(3)]
        self.angles_frame = self._angles_frame(dialogs)
        self.output_frame, self.input_frame = self._overlap_frames(dialogs)
        self._weight = QuietLabel()
        self.strongest = StrongestButton(desk)
        self._lay_out()
        self.place.activated.connect(self._on_place_chosen)
        self._live.changed.connect(self._on_changed)
        self._details.changed.connect(self._on_details_changed)
        self._details.selected_changed.connect(self._on_selected)

    def watch(self, on: bool) -> None:
        """Whether anybody looks: only then is the selected weight measured."""
        self._is_watched = on
        self._details.watch(on)
        if on:
            self._shown = None
            self._on_selected()

    # -- building -----------------------------------------------------------------------------

    def _angles_frame(self, dialogs: ChartDialogs) -> ChartFrame:
        words = self.tr(
            "+1: the same change; 0: nothing in common; −1: they cancel. At strength 1: a negative "
            "strength turns the sign around."
        )
        title = self.tr("Angles between adapters")
        self._legends[0].show_scale(RootScale(), self.tr("cosine, no unit"), _faint_words(self))
        return ChartFrame(title, words, self.angles, dialogs, self._legends[0])

    def _overlap_frames(self, dialogs: ChartDialogs) -> tuple[ChartFrame, ChartFrame]:
        unit = self.tr("share of directions above chance, no unit")
        for legend in self._legends[1:]:
            legend.show_scale(RootScale(), unit, _faint_words(self))
        output = ChartFrame(
            self.tr("Shared output directions"),
            self.tr("What they write: 1 means that both write in the same directions."),
            *(self.output, dialogs, self._legends[1]),
        )
        listening = ChartFrame(
            self.tr("Shared input directions"),
            self.tr(
                "What they listen to. Adapters that began from one random seed share much of it "
                "from the start."
            ),
            *(self.input, dialogs, self._legends[2]),
        )
        return output, listening

    def _lay_out(self) -> None:
        self.place.setAccessibleName(self.tr("Where to compare"))
        self.place.setToolTip(self.tr("The whole network, a part of it, or the selected weight."))
        self.place.setFixedHeight(FIELD_HEIGHT)
        self._weight.setWordWrap(True)
        head = line(QLabel(self.tr("Where")), self.place, stretched=self.place)
        way_in = line(self.strongest)
        overlaps = self._weight, self.output_frame, way_in, self.input_frame
        body = TwoColumns((head, self.sentence, self.angles_frame), overlaps)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(body)

    # -- angles -------------------------------------------------------------------------------

    @Slot()
    def _on_changed(self) -> None:
        if self._is_watched:
            self._show_angles()
            self._show_overlaps()

    @Slot(int)
    def _on_place_chosen(self, _: int) -> None:
        self._show_angles()

    def _chosen(self) -> Place:
        index = self.place.currentIndex()
        return self._places[index][1] if 0 <= index < len(self._places) else Place()

    def _offer_places(self) -> None:
        live = self._live.live
        places = places_of(live, self._details.selected) if live is not None else []
        if places == self._places:
            return
        index = self.place.currentIndex()
        chosen = self._places[index][0] if 0 <= index < len(self._places) else ""
        self._places = places
        self.place.offer([words for words, _ in places], chosen)
        if self.place.currentIndex() < 0 and places:
            self.place.setCurrentIndex(0)

    def _show_angles(self) -> None:
        """Strengths do not change angles: a tick of a fader draws nothing."""
        words, live = why_nothing(self._live), self._live.live
        self._offer_places()
        self.place.setEnabled(not words)
        if words or live is None:
            self._shown = None
            self.sentence.setText("")
            self.angles_frame.say(words)
            return
        rows = tuple(self._live.rows.values())
        wanted = live, self._chosen(), tuple((row.sha256, row.name) for row in rows)
        if wanted == self._shown:
            return
        self._shown = wanted
        angles = live.angles([row.sha256 for row in rows], self._chosen())
        pairs = of_angles(angles, row_names(rows))
        self.sentence.setText(summary(pairs.cells))
        _show(self.angles_frame, self.angles, pairs)

    # -- the selected weight ------------------------------------------------------------------

    @Slot()
    def _on_selected(self) -> None:
        if self._is_watched:
            self._show_angles()
            self._show_overlaps()

    @Slot()
    def _on_details_changed(self) -> None:
        if self._is_watched:
            self._show_overlaps()

    def _show_overlaps(self) -> None:
        words, details = why_no_details(self._live, self._details), self._details.details
        self._weight.setText(weight_text(self._details))
        self._weight.setVisible(bool(self._weight.text()))
        self.strongest.refresh()
        self.input_frame.setVisible(not words)
        if words or details is None:
            self._drawn = None
            self.output_frame.say(words)
            return
        if details is self._drawn:
            return
        self._drawn = details
        every = row_names(self._details.rows)
        names = [every[place] for place, _ in details.rows]
        output = of_overlap(details, names, is_output=True)
        listening = of_overlap(details, names, is_output=False)
        _show(self.output_frame, self.output, output)
        _show(self.input_frame, self.input, listening)


def _show(frame: ChartFrame, chart: HeatMap, pairs: PairCells) -> None:
    chart.show_cells(pairs.cells, RootScale(), pairs.words)
    if frame.sentence:
        frame.say("")


def _faint_words(page: QWidget) -> str:
    return page.tr("hatched: no more than chance gives")
