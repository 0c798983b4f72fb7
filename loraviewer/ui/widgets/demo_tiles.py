"""The bundled adapters as pictures to click."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QToolButton, QWidget

from loraviewer.bridge.services import DemoAdapter
from loraviewer.ui.widgets.flow_layout import FlowLayout
from loraviewer.ui.widgets.icons import icon
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.theme import GAP

_PICTURE_PX = 64
_TILE_PX = _PICTURE_PX + 4 * GAP


class DemoTiles(QWidget):
    chosen = Signal(str)
    """The path of the adapter that was clicked."""

    def __init__(self, adapters: Sequence[DemoAdapter], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = flow = FlowLayout(self, GAP // 2)
        for adapter in adapters:
            tile = _Tile(adapter)
            tile.clicked.connect(self._on_clicked)
            flow.addWidget(tile)

    def fit_columns(self, columns: int) -> None:
        """A fixed size for a menu, which does not ask how high it is at a width."""
        columns = min(columns, self._flow.count())
        width = columns * (_TILE_PX + self._flow.spacing())
        self._flow.setContentsMargins(GAP // 2, GAP // 2, GAP // 2, GAP // 2)
        self.setFixedSize(width + GAP, self._flow.heightForWidth(width + GAP))

    def _on_clicked(self) -> None:
        tile = self.sender()
        if isinstance(tile, _Tile):
            self.chosen.emit(tile.path)


class _Tile(QToolButton):
    def __init__(self, adapter: DemoAdapter) -> None:
        super().__init__()
        self.path = adapter.path
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setIconSize(QSize(_PICTURE_PX, _PICTURE_PX))
        picture = QIcon(adapter.preview_path) if adapter.preview_path else QIcon()
        self.setIcon(icon("file", self.palette()) if picture.isNull() else picture)
        self.setText(adapter.name)
        self.setAccessibleName(adapter.name)
        tip = self.tr("Add the bundled adapter “{}” to the stack.").format(adapter.name)
        self.setToolTip(plain_tip(tip))
        self.setFixedWidth(_TILE_PX)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)
