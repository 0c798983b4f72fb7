"""The collision report: who meets whom in the weights, in sentences, once nobody moves a fader."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from loraviewer.bridge.weights.weights_desk import WeightsDesk
from loraviewer.core.collisions import Collision
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from loraviewer.ui.lab.charts.chart_frame import ChartFrame
from loraviewer.ui.lab.collision_lines import CollisionLines, Line
from loraviewer.ui.lab.collision_list import CollisionList
from loraviewer.ui.lab.collision_work import CollisionWork
from loraviewer.ui.lab.live_state import why_nothing
from loraviewer.ui.lab.row_names import row_names
from loraviewer.ui.lab.stack_words import fights


class CollisionReport(QWidget):
    """Reckoned when the rows have come to rest; what a fader does to strengths meanwhile changes
    no angle."""

    line_chosen = Signal(object)  # Line

    def __init__(
        self, desk: WeightsDesk, dialogs: ChartDialogs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._live = desk.live
        self._is_watched = False
        self._made_from: tuple[object, ...] = ()
        self._names: tuple[str, ...] = ()
        self._work = CollisionWork(self)
        self._work.done.connect(self._on_done)
        self.lines = CollisionLines(self)
        self.list = CollisionList(self.lines)
        self.frame = ChartFrame(self.tr("Who meets whom"), "", self.list, dialogs)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.frame)
        self.list.line_chosen.connect(self._on_line_chosen)
        desk.rows.settled.connect(self._on_rest)
        desk.live.changed.connect(self._on_changed)

    def watch(self, on: bool) -> None:
        self._is_watched = on
        if on:
            self._begin()
        else:
            self._work.stop()

    @Slot()
    def _on_rest(self) -> None:
        if self._is_watched:
            self._begin()

    @Slot()
    def _on_changed(self) -> None:
        """What it says would be of rows that are gone."""
        if self._is_watched and self._made_from != self._sources():
            self._begin()

    def _begin(self) -> None:
        self._made_from = self._sources()
        live, rows = self._live.live, tuple(self._live.rows.values())
        words = why_nothing(self._live)
        if not words and len(rows) < 2:
            words = self.tr("Only one adapter changes the weights: it meets no other.")
        self.frame.say(words)
        if words or live is None:
            self._work.stop()
            self.frame.rename(self.frame.title, "")
            return
        self._names = row_names(rows)
        self._work.begin(live, rows)

    @Slot(object)
    def _on_done(self, report: tuple[Collision, ...]) -> None:
        self.lines.set_report(report, self._names)
        self.frame.rename(self.frame.title, fights(report, self._names))

    def _sources(self) -> tuple[object, ...]:
        """All but strengths."""
        rows = self._live.rows
        return self._live.live, why_nothing(self._live), *((i, rows[i].sha256) for i in rows)

    @Slot(object)
    def _on_line_chosen(self, line: Line) -> None:
        self.line_chosen.emit(line)
