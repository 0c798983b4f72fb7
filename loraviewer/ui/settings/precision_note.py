"""What is known of bfloat16 on this processor, below the choice of the precision."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.bridge.precision_model import PrecisionModel
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.labels import QuietLabel
from loraviewer.ui.widgets.theme import GAP


class PrecisionNote(QWidget):
    """A sentence, and a button that measures. Nothing of it is seen where there is nothing to
    choose: on graphics cards, and on processors without bfloat16."""

    def __init__(self, precision: PrecisionModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._precision = precision
        self.said = QuietLabel()
        self.said.setWordWrap(True)
        words = self.tr("Measure now")
        self.measure = IconButton("turn", words).with_words(words)
        self.measure.setToolTip(
            self.tr("Computes the same in float32 and in bfloat16 for some seconds.")
        )
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP)
        line.addWidget(self.said, 1)
        line.addWidget(self.measure)
        self.measure.clicked.connect(precision.measure)
        precision.changed.connect(self._show)
        self._show()

    @property
    def words(self) -> str:
        return self.said.text()

    @Slot()
    def _show(self) -> None:
        precision = self._precision
        self.said.setText(self._sentence())
        self.measure.setEnabled(not precision.is_measuring)
        self.setVisible(precision.can_measure)

    def _sentence(self) -> str:
        if self._precision.is_measuring:
            return self.tr("Being measured as soon as nothing else is at work…")
        speed = self._precision.speed
        if speed is None:
            return self.tr("Nobody has measured yet whether bfloat16 is faster here.")
        return shown(speed.sentence or "")
