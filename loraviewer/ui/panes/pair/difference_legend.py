"""What the colours of a difference stand for, and how much it is in numbers."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPalette
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from loraviewer.bridge.differences import Difference, white_at
from loraviewer.bridge.languages import figures
from loraviewer.ui.widgets.labels import ElidedLabel
from loraviewer.ui.widgets.painting import antialiased, outline_rounded
from loraviewer.ui.widgets.quantities import share_text
from loraviewer.ui.widgets.theme import GAP

_BAR_HEIGHT = 12
_LONGEST_BAR, _SHORTEST_BAR = 150, 40


class DifferenceScale(QWidget):
    """From black to white, with the levels that both stand for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._gain = 1
        self._length = _LONGEST_BAR
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_gain(1)

    @property
    def words(self) -> str:
        """What white stands for; nothing is brighter."""
        if self._gain == 1:
            return self.tr("255 levels")
        return self.tr("{} levels and more").format(white_at(self._gain))

    def show_gain(self, gain: int) -> None:
        self._gain = gain
        self.setAccessibleName(self.tr("Black: equal, white: {}").format(self.words))
        self.setToolTip(
            self.tr(
                "Of the 255 levels of red, green and blue: black is equal, white is {}."
            ).format(self.words)
        )
        self.updateGeometry()
        self.update()

    def fit(self, room: int) -> None:
        """A shorter bar where a line of so many pixels has more to say."""
        self._length = max(_SHORTEST_BAR, min(_LONGEST_BAR, room // 5))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        ends = metrics.horizontalAdvance("0") + metrics.horizontalAdvance(self.words)
        return QSize(self._length + 2 * GAP + ends, metrics.height() + 2)

    def paintEvent(self, event) -> None:
        painter = antialiased(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, "0")
        left = self.fontMetrics().horizontalAdvance("0") + GAP
        bar = QRectF(left, (self.height() - _BAR_HEIGHT) / 2, self._length, _BAR_HEIGHT)
        ramp = QLinearGradient(bar.topLeft(), QPointF(bar.right(), bar.top()))
        ramp.setColorAt(0, QColor("black"))
        ramp.setColorAt(1, QColor("white"))
        painter.fillRect(bar, ramp)
        outline_rounded(painter, bar, self.palette().color(QPalette.ColorRole.Mid), 0)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        beside = self.rect().adjusted(int(bar.right()) + GAP, 0, 0, 0)
        painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter, self.words)
        painter.end()


class DifferenceLegend(QWidget):
    """One line below the picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scale = DifferenceScale()
        self.numbers = ElidedLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP // 2, 0, GAP // 2, 0)
        row.setSpacing(2 * GAP)
        row.addWidget(self.scale)
        row.addWidget(self.numbers, 1)
        self.numbers.setMinimumWidth(1)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.scale.fit(self.width())

    def show_difference(self, found: Difference | None, gain: int) -> None:
        """None where there is nothing to be measured."""
        self.scale.show_gain(gain)
        self.scale.setVisible(found is not None)
        self.numbers.set_text("" if found is None else self._words(found))

    def _words(self, found: Difference) -> str:
        if found.is_none:
            return self.tr("Equal, pixel for pixel: all of their levels are the same.")
        words = self.tr("largest {} · mean {} levels · {} of the pixels differ")
        return words.format(found.largest, _mean_text(found.mean), share_text(found.share))


def _mean_text(mean: float) -> str:
    """Never rounded to nothing."""
    return figures(f"{mean:.2f}" if mean >= 0.01 else "< 0.01")
