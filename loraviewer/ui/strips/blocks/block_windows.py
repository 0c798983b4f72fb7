"""The windows of block strengths that are open: at most one per row of the stack."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, QPoint, Slot
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.ui.actions import Actions
from loraviewer.ui.strips.blocks.block_window import BlockWindow
from loraviewer.ui.strips.channel_strip import ChannelStrip
from loraviewer.ui.strips.stack_panel import StackPanel


class BlockWindows(QObject):
    """Opened from the rows of a panel. `beside`: over whose left part they come up, so that the
    pictures that follow are seen."""

    def __init__(
        self,
        panel: StackPanel,
        stack: StackModel,
        adapters: AdapterModel,
        settings: SettingsModel,
        actions: Actions,
        beside: QWidget,
    ) -> None:
        super().__init__(panel)
        self._panel = panel
        self._beside = beside
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
            window.move(self._beside.mapToGlobal(QPoint(0, 0)))
            window.show()
        window.raise_()
        window.activateWindow()

    def show_energies(self, entry_id: str, energies: Mapping[str, float]) -> None:
        """Of a row's blocks, 0 … 1 beside the strongest of them; nothing where none is open."""
        window = self.window(entry_id)
        if window is not None:
            window.show_energies(energies)

    @Slot(object)
    def _on_strip_added(self, strip: ChannelStrip) -> None:
        strip.blocks_requested.connect(self._on_blocks_requested)

    @Slot()
    def _on_blocks_requested(self) -> None:
        strip = self.sender()
        if isinstance(strip, ChannelStrip):
            self.open(strip.entry_id)
