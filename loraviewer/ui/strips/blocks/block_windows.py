"""The windows of block strengths that are open: at most one per row of the stack."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, QPoint, Slot

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.ui.actions import Actions
from loraviewer.ui.strips.blocks.block_window import BlockWindow
from loraviewer.ui.strips.channel_strip import ChannelStrip
from loraviewer.ui.strips.stack_panel import StackPanel


class BlockWindows(QObject):
    """Opened from the rows of a panel."""

    def __init__(
        self,
        panel: StackPanel,
        stack: StackModel,
        adapters: AdapterModel,
        settings: SettingsModel,
        actions: Actions,
    ) -> None:
        super().__init__(panel)
        self._panel = panel
        self._models = (stack, adapters, settings, actions)
        panel.strips.strip_added.connect(self._on_strip_added)

    def window(self, entry_id: str) -> BlockWindow | None:
        """None where none is open for the row."""
        windows = self._panel.window().findChildren(BlockWindow)
        return next((w for w in windows if w.entry_id == entry_id and w.isVisible()), None)

    def open(self, entry_id: str) -> None:
        """Or bring the one that is open to the front."""
        window = self.window(entry_id)
        if window is None:
            window = BlockWindow(*self._models, entry_id, self._panel.window())
            window.show()
            window.move(self._beside_the_rows(window))
        window.raise_()
        window.activateWindow()

    def show_energies(self, entry_id: str, energies: Mapping[str, float]) -> None:
        """Of a row's blocks, 0 … 1 beside the strongest of them; nothing where none is open."""
        window = self.window(entry_id)
        if window is not None:
            window.show_energies(energies)

    def _beside_the_rows(self, window: BlockWindow) -> QPoint:
        """To their left, so that they and the newest picture are seen."""
        corner = self._panel.mapToGlobal(QPoint(0, 0))
        screen = window.screen().availableGeometry()
        lowest = screen.bottom() - window.frameGeometry().height()
        left = corner.x() - window.frameGeometry().width() - 8
        return QPoint(max(screen.left(), left), max(screen.top(), min(corner.y(), lowest)))

    @Slot(object)
    def _on_strip_added(self, strip: ChannelStrip) -> None:
        strip.blocks_requested.connect(self._on_blocks_requested)

    @Slot()
    def _on_blocks_requested(self) -> None:
        strip = self.sender()
        if isinstance(strip, ChannelStrip):
            self.open(strip.entry_id)
