"""How far the stack is, in a colour that is seen from afar."""

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QSizePolicy, QWidget

from loraviewer.bridge.languages import figures
from loraviewer.bridge.weights.live_weights_model import LiveWeightsModel
from loraviewer.core.energy_bars import percent_words
from loraviewer.ui.presenter.stage_fonts import sized
from loraviewer.ui.strips.stack_energy import times_words
from loraviewer.ui.strips.zone_gauge import ZoneLook, paint_gauge, zone_look
from loraviewer.ui.widgets.painting import antialiased
from loraviewer.ui.widgets.theme import GAP, signal_colour

_GAUGE_PX = 10
_WORDS_SHARE = 0.022
"""Of the window's height."""


class ZoneLine(QWidget):
    """Calm, amber or red, with the numbers; empty where nothing is applied or known."""

    def __init__(self, weights: LiveWeightsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._weights = weights
        self._words = ""
        self._look: ZoneLook | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        weights.changed.connect(self._on_changed)
        self._on_changed()

    @property
    def words(self) -> str:
        return self._words

    def sizeHint(self) -> QSize:
        words = QFontMetrics(self._words_font()).height()
        return QSize(160, words + _GAUGE_PX + GAP // 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _words_font(self) -> QFont:
        return sized(self.font(), self.window().height(), _WORDS_SHARE)

    @Slot()
    def _on_changed(self) -> None:
        energies = self._weights.energies if self._weights.rows else None
        relative = energies.relative if energies is not None else None
        adapters = energies.in_adapters if energies is not None else None
        before = self._look, self._words
        self._look, self._words = None, ""
        if relative is not None and adapters is not None:
            self._look = zone_look(relative, adapters)
            numbers = f"{figures(percent_words(relative))} · {times_words(adapters)}"
            self._words = f"{numbers} · {self._look.word}"
        if (self._look, self._words) != before:
            self.setAccessibleName(self._words)
            self.update()

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        painter.setFont(self._words_font())
        place = QRectF(self.rect()).adjusted(0, 0, 0, -1)
        paint_gauge(painter, place, self._look, self.palette())
        if self._look is not None:
            painter.setPen(signal_colour(self.palette(), self._look.signal))
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft, self._words)
        painter.end()
