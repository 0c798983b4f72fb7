"""Curves of an experiment, one measure at a time, and what they say."""

from collections.abc import Callable, Sequence
from typing import Protocol, cast

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.core.experiments.conclusions.words import facts_of, title_of
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.numbers import Mean
from loraviewer.core.experiments.progress import Phase
from loraviewer.core.experiments.remarks import remarks
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from loraviewer.ui.lab.charts.chart_frame import ChartFrame
from loraviewer.ui.lab.charts.curve_plot import CurvePlot, Level, Zone
from loraviewer.ui.lab.charts.legends import Line, LineLegend
from loraviewer.ui.lab.experiments.choices_table import ChoicesTable
from loraviewer.ui.lab.experiments.form_fields import Choice, TickBox
from loraviewer.ui.lab.experiments.measure_curves import (
    DrawnCurves,
    drawn_curves,
    has_spreads,
    measures_in,
)
from loraviewer.ui.lab.two_columns import line
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.scroll_area import ScrollArea
from loraviewer.ui.widgets.theme import GAP

_SEED = Zone(-1.0, 1.0)
"""How much the base differs from seed to seed, in that unit."""


_LEAST_PX, _LEAST_WIDTH_PX = 156, 264
_NAME_PX = 110
_ROOMY_PX = 460
"""From this height the words about a measure leave the curve enough room."""


class Conclusion(Protocol):
    """As `core.experiments.verdicts` draws them. `value`: the number that decides, in `unit`; of a
    place on the curve, the unit is what x counts."""

    @property
    def sentence(self) -> str: ...
    @property
    def measure(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def unit(self) -> str: ...
    @property
    def is_decided(self) -> bool: ...


class PicturePlot(CurvePlot):
    """What is under the pointer is told, for a picture beside it."""

    pointed = Signal(object, object)  # (curve, point) or None, QPoint of the screen

    def sizeHint(self) -> QSize:
        """What is around gives it more, where there is more."""
        return QSize(_LEAST_PX, _LEAST_PX)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(self.nearest(event.position()), event.globalPosition().toPoint())

    def leaveEvent(self, event) -> None:
        super().leaveEvent(event)
        self.pointed.emit(None, None)


class CurvePanel(QWidget):
    """Nothing is drawn while it is hidden."""

    point_chosen = Signal(object)  # Mean
    point_looked_at = Signal(object, str, object)  # Mean or None, words, QPoint of the screen

    def __init__(self, dialogs: ChartDialogs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._experiment: Experiment | None = None
        self._means: tuple[Mean, ...] = ()
        self._said: tuple[Conclusion, ...] = ()
        self._drawn: DrawnCurves | None = None
        self._phase: Phase = "idle"
        self.measure = Choice(self.tr("Measure"))
        self.own_unit = TickBox(
            self.tr("own unit"),
            self.tr("Instead of in spreads: how much the base differs from seed to seed."),
        )
        self.plot = PicturePlot(self.tr("Curves of the experiment"), "", "", is_log=False)
        self.plot.setMinimumSize(180, _LEAST_PX)
        self._legend = LineLegend()
        self.frame = ChartFrame("", "", self.plot, dialogs, self._legend)
        self._told = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._told.setAccessibleName(self.tr("What the numbers say"))
        self.choices = ChoicesTable()
        self._lay_out()
        self.measure.changed.connect(self._show_measure)
        self.own_unit.clicked.connect(self._show_measure)
        self.plot.point_chosen.connect(self._on_point_chosen)
        self.plot.pointed.connect(self._on_pointed)
        self.frame.say(self.tr("Curves come with the first numbers."))

    def _lay_out(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(2, 2, GAP // 2, 2)
        column.setSpacing(GAP // 2)
        column.addLayout(line(self.measure, self.own_unit, stretched=self.measure))
        column.addWidget(self.frame, 1)
        column.addWidget(self.choices)
        column.addWidget(self._told)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(ScrollArea(content))
        self.setMinimumWidth(_LEAST_WIDTH_PX)

    @property
    def told(self) -> str:
        """The sentences under the curves."""
        return self._told.text()

    @property
    def drawn(self) -> DrawnCurves | None:
        return self._drawn

    def show_means(
        self,
        experiment: Experiment | None,
        means: Sequence[Mean],
        said: Sequence[Conclusion] = (),
        *,
        phase: Phase,
    ) -> None:
        """said: sentences of what is finished only: before, numbers move. phase: of the experiment;
        idle is one that ended before it was finished."""
        self._experiment, self._means = experiment, tuple(means)
        self._phase = phase
        self._said = tuple(said) if phase == "finished" else ()
        self.measure.show_values(measures_in(self._means), _title)
        self._show_measure()

    @Slot()
    def _show_measure(self) -> None:
        measure = self.measure.value()
        experiment = self._experiment
        self.measure.setEnabled(bool(self._means))
        if experiment is None or not isinstance(measure, str):
            self._drawn = None
            self.own_unit.setEnabled(False)
            self.frame.rename(self.tr("Curves"), "")
            self.frame.say(self._without_numbers())
            self._told.setText("")
            return
        spreads = has_spreads(self._means, measure)
        self.own_unit.setEnabled(spreads)
        in_spreads = spreads and not self.own_unit.isChecked()
        self._draw(experiment, measure, in_spreads=in_spreads)
        self._tell(measure)

    def _draw(self, experiment: Experiment, measure: str, *, in_spreads: bool) -> None:
        most = max(2, self.width() // _NAME_PX)
        drawn = drawn_curves(
            experiment, self._means, measure, in_spreads=in_spreads, most_names=most
        )
        self._drawn = drawn
        self._name_measure(measure)
        if not drawn.curves:
            self.frame.say(self._without_curve())
            return
        self.plot.name_axes(shown(drawn.x_words), drawn.y_words, drawn.x_names)
        level = Level(0.0, Line(self.tr("base"), None, Qt.PenStyle.SolidLine, 1.0))
        self.plot.show_curves(
            drawn.curves,
            (level,) if in_spreads else (),
            _words_of(drawn),
            drawn.numbers,
            (_SEED,) if in_spreads else (),
        )
        lines = [curve.line for curve in drawn.curves]
        if in_spreads:
            lines.append(Line(self.tr("grey: other seeds"), None, width=0.0))
        self._legend.show_lines(lines)
        self.plot.mark_x(self._knee(measure, drawn))
        if self.frame.sentence:
            self.frame.say("")

    def _without_numbers(self) -> str:
        if self._experiment is None or self._phase == "running":
            return self.tr("Curves come with the first numbers.")
        if self._phase == "paused":
            return self.tr("It was paused before the first numbers.")
        if self._phase == "finished":
            return self.tr("It ended without numbers.")
        return self.tr("It ended before the first numbers.")

    def _without_curve(self) -> str:
        if self._phase in ("running", "paused"):
            return self.tr("There is no curve of this measure yet.")
        return self.tr("There is no curve of this measure.")

    def _name_measure(self, measure: str) -> None:
        """What it says lies above the curve, where there is room; what misleads in a tip."""
        facts = facts_of(measure)
        meaning = shown(facts.meaning) if facts is not None else ""
        is_roomy = self.height() >= _ROOMY_PX
        self.frame.rename(shown(title_of(measure)), meaning if is_roomy else "")
        blind = shown(facts.blind) if facts is not None else ""
        self.measure.setToolTip(plain_tip("\n".join(filter(None, (meaning, blind)))))

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        measure = self.measure.value()
        if isinstance(measure, str) and self._drawn is not None:
            self._name_measure(measure)

    def _knee(self, measure: str, drawn: DrawnCurves) -> float | None:
        """Where the first sentence says that the curve bends, or leaves the seeds' band."""
        for one in self._said:
            if one.measure == measure and shown(one.unit) == drawn.x_words and one.is_decided:
                return one.value
        return None

    def _tell(self, measure: str) -> None:
        own = [shown(one.sentence) for one in self._said if one.measure == measure]
        if self._phase != "finished":
            own = [self._so_far()]
        elif not own:
            own = [self.tr("These numbers allow no conclusion.")]
        told = map(shown, remarks(self._experiment)) if self._experiment else ()
        self._told.setText("\n".join((*own, *told)))

    def _so_far(self) -> str:
        if self._phase == "running":
            return self.tr("Still running: means so far, without intervals.")
        if self._phase == "paused":
            return self.tr("Paused: means so far, without intervals.")
        return self.tr("It ended early: means up to there, without intervals.")

    @Slot(int, int)
    def _on_point_chosen(self, curve: int, point: int) -> None:
        if self._drawn is not None:
            self.point_chosen.emit(self._drawn.points[curve][point].mean)

    @Slot(object, object)
    def _on_pointed(self, place: tuple[int, int] | None, at: QPoint | None) -> None:
        if place is None or self._drawn is None:
            self.point_looked_at.emit(None, "", None)
            return
        mean = self._drawn.points[place[0]][place[1]].mean
        self.point_looked_at.emit(mean, self._drawn.words(*place), at)


def _title(measure: object) -> str:
    return shown(title_of(cast(str, measure)))


def _words_of(drawn: DrawnCurves) -> Callable[[int, int], str]:
    return drawn.words
