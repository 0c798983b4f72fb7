"""The bundled adapters as pictures to click."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QToolButton, QWidget

from loraviewer.bridge.languages import shown
from loraviewer.bridge.services import DemoAdapter
from loraviewer.ui.widgets.flow_layout import FlowLayout
from loraviewer.ui.widgets.icons import icon
from loraviewer.ui.widgets.labels import plain_tip
from loraviewer.ui.widgets.painting import antialiased, draw_focus_ring
from loraviewer.ui.widgets.theme import GAP, RADIUS

_PICTURE_PX = 64
_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_TILE_PX = _PICTURE_PX + 4 * GAP


class DemoTiles(QWidget):
    """Arrows and Tab go from picture to picture, and on from the last of them; Enter chooses."""

    chosen = Signal(str)
    """The path of the adapter that was clicked."""

    def __init__(self, adapters: Sequence[DemoAdapter], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = flow = FlowLayout(self, GAP // 2)
        for adapter in adapters:
            tile = _Tile(adapter)
            tile.clicked.connect(self._on_clicked)
            flow.addWidget(tile)
        self._tiles = list(self.findChildren(_Tile))
        if self._tiles:  # a menu gives the keyboard to what lies in it, if that can have it
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setFocusProxy(self._tiles[0])

    def fit_columns(self, columns: int) -> None:
        """A fixed size for a menu, which does not ask how high it is at a width."""
        columns = min(columns, self._flow.count())
        width = columns * (_TILE_PX + self._flow.spacing())
        self._flow.setContentsMargins(GAP // 2, GAP // 2, GAP // 2, GAP // 2)
        self.setFixedSize(width + GAP, self._flow.heightForWidth(width + GAP))

    def tab_chain(self) -> list[QWidget]:
        """In their order."""
        return [*self._tiles]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Of a tile that has no use for the key."""
        columns = sum(tile.y() == self._tiles[0].y() for tile in self._tiles)
        ways = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_Down: columns,
        }
        if not self._go(ways.get(Qt.Key(event.key()), 0)):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab: Qt asks the menu at once, which would leave all other tiles out."""
        return self._go(1 if next else -1) or super().focusNextPrevChild(next)

    def _go(self, way: int) -> bool:
        """To the tile so many further on; whether there is one."""
        present = next((i for i, tile in enumerate(self._tiles) if tile.hasFocus()), None)
        if present is None or not way or not 0 <= present + way < len(self._tiles):
            return False
        self._tiles[present + way].setFocus(Qt.FocusReason.TabFocusReason)
        return True

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
        name = shown(adapter.name)
        self.setText(name)
        self.setAccessibleName(name)
        tip = self.tr("Add the bundled adapter “{}” to the stack.").format(name)
        self.setToolTip(plain_tip(tip))
        self.setFixedWidth(_TILE_PX)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in _ARROWS:  # a tool button takes them for itself
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = antialiased(self)
            draw_focus_ring(painter, QRectF(self.rect()), self.palette(), RADIUS)
            painter.end()
