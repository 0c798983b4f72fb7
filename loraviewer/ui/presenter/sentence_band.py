"""What a cue says, below the pictures."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from loraviewer.ui.presenter.stage_fonts import sized
from loraviewer.ui.widgets.painting import antialiased
from loraviewer.ui.widgets.theme import GAP, backdrop

_SHARES = (0.4, 0.34, 0.28, 0.23, 0.18, 0.14)
"""Of the band's height: how large letters may be, and how small they get for more of them."""
_FLAGS = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)


class SentenceBand(QWidget):
    """Keeps its height whether something is said or not, so that pictures never move."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def words(self) -> str:
        return self._words

    def say(self, words: str) -> None:
        if words != self._words:
            self._words = words
            self.setAccessibleName(words)
            self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 40)

    def fitting_font(self) -> QFont:
        """The largest in which the words fit, else the smallest."""
        place = self._place()
        fonts = [sized(self.font(), self.height(), share) for share in _SHARES]
        fits = (font for font in fonts if self._fits(font, place))
        return next(fits, fonts[-1])

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        painter.fillRect(self.rect(), backdrop(self.palette()))
        painter.setFont(self.fitting_font())
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(self._place(), _FLAGS, self._words)
        painter.end()

    def _place(self) -> QRect:
        return self.rect().adjusted(2 * GAP, GAP // 2, -2 * GAP, -GAP // 2)

    def _fits(self, font: QFont, place: QRect) -> bool:
        needed = QFontMetrics(font).boundingRect(place, _FLAGS, self._words)
        return place.width() >= needed.width() and place.height() >= needed.height()
