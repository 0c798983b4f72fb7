"""A bar of an adapter's energy, and a mark where it would end."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import antialiased, fill_rounded
from loraviewer.ui.widgets.theme import idle

_WIDTH_PX, _HEIGHT_PX, _BAR_PX, _MARK_PX = 120, 18, 8, 3


class SizeBar(QWidget):
    """Shares of the widget's width, 0 … 1; no mark where there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = 0.0
        self._mark: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def shown(self) -> tuple[float, float | None]:
        """The bar's share, and the mark's."""
        return self._share, self._mark

    def show_shares(self, share: float, mark: float | None, words: str) -> None:
        """words: the same for whoever cannot see it."""
        self._share, self._mark = share, mark
        self.setAccessibleName(words)
        self.setToolTip(plain_tip(words))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH_PX, _HEIGHT_PX)

    def paintEvent(self, event) -> None:
        palette = self.palette()
        painter = antialiased(self)
        top = (self.height() - _BAR_PX) / 2
        track = QRectF(0, top, self.width(), _BAR_PX)
        fill_rounded(painter, track, palette.color(QPalette.ColorRole.Mid), _BAR_PX / 2)
        if self._share > 0.0:
            track.setWidth(max(_BAR_PX, self.width() * self._share))
            fill_rounded(painter, track, idle(palette), _BAR_PX / 2)
        if self._mark is not None:
            x = max(0.0, min(self.width() * self._mark, self.width()) - _MARK_PX)
            mark = QRectF(x, 0, _MARK_PX, self.height())
            fill_rounded(painter, mark, palette.color(QPalette.ColorRole.Accent), _MARK_PX / 2)
        painter.end()
