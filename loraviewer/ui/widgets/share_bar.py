"""A thin bar that shows a share of a whole, with its words beside it."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.ui.widgets.painting import antialiased, fill_rounded
from loraviewer.ui.widgets.theme import GAP, SignalColour, signal_colour

_BAR_WIDTH, _BAR_HEIGHT = 140, 6


class ShareBar(QWidget):
    """Green when whole, amber when a part of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = 0.0
        self._words = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def share(self) -> float:
        return self._share

    @property
    def words(self) -> str:
        return self._words

    def show_share(self, share: float, words: str) -> None:
        """`share` is 0 … 1."""
        self._share, self._words = max(0.0, min(1.0, share)), shown(words)
        self.setAccessibleName(self._words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(
            _BAR_WIDTH + GAP + metrics.horizontalAdvance(self._words), metrics.height() + 2
        )

    def paintEvent(self, event) -> None:
        palette = self.palette()
        painter = antialiased(self)
        track = QRectF(0, (self.height() - _BAR_HEIGHT) / 2, _BAR_WIDTH, _BAR_HEIGHT)
        fill_rounded(painter, track, palette.color(QPalette.ColorRole.Mid), _BAR_HEIGHT / 2)
        signal = SignalColour.FINE if self._share >= 1.0 else SignalColour.WARNING
        if self._share > 0.0:
            track.setWidth(max(float(_BAR_HEIGHT), track.width() * self._share))
            fill_rounded(painter, track, signal_colour(palette, signal), _BAR_HEIGHT / 2)
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        beside = self.rect().adjusted(_BAR_WIDTH + GAP, 0, 0, 0)
        painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter, self._words)
        painter.end()
