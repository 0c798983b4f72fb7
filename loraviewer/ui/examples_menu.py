"""The ready scenes as a menu."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.core.examples import EXAMPLES, OPENING, Example
from loraviewer.ui.widgets.added_action import added


class ExamplesMenu(QMenu):
    """One entry for each example; what to look for is its tooltip."""

    chosen = Signal(object)  # Example

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("&Examples"))
        self.setToolTipsVisible(True)
        for example in EXAMPLES:
            self._add(example)
        self.addSeparator()
        self._add(OPENING)

    def _add(self, example: Example) -> None:
        action = added(self, shown(example.name))
        action.setToolTip(shown(example.look_for))
        action.triggered.connect(lambda: self.chosen.emit(example))
