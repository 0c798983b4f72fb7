"""The windows of block strengths that are open: at most one per row of the stack."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, QPoint, Slot
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.bridge.weights.live_weights_model import LiveWeightsModel
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
        weights: LiveWeightsModel,
        beside: QWidget,
    ) -> None:
        super().__init__(panel)
        self._panel = panel
        self._weights = weights
        self._windows: dict[str, BlockWindow] = {}
        self._beside = beside
        self._models = (stack, adapters, settings, actions)
        panel.strips.strip_added.connect(self._on_strip_added)
        weights.changed.connect(self._on_weights_changed)

    def window(self, entry_id: str) -> BlockWindow | None:
        """None where none is open for the row."""
        window = self._windows.get(entry_id)
        is_there = window is not None and isValid(window) and window.isVisible()
        return window if is_there else None

    def open(self, entry_id: str) -> None:
        """Or bring the one that is open to the front."""
        window = self.window(entry_id)
        if window is None:
            window = BlockWindow(*self._models, entry_id, self._panel.window())
            self._windows[entry_id] = window
            window.show_energies(self._energies(entry_id))
            window.move(self._beside.mapToGlobal(QPoint(0, 0)))
            window.show()
        window.raise_()
        window.activateWindow()

    def _energies(self, entry_id: str) -> Mapping[str, float]:
        """Of a row's blocks how large its change is beside the base, 0 … 1 beside the strongest of
        them; nothing while that is not known."""
        live, row = self._weights.live, self._weights.row(entry_id)
        if live is None or row is None:
            return {}
        sizes = {
            block: size or 0.0
            for (_, block), size in zip(live.blocks, row.block_relatives, strict=True)
        }
        largest = max(sizes.values(), default=0.0)
        return {block: size / largest for block, size in sizes.items()} if largest else {}

    @Slot()
    def _on_weights_changed(self) -> None:
        for entry_id in list(self._windows):
            window = self.window(entry_id)
            if window is None:
                del self._windows[entry_id]
            else:
                window.show_energies(self._energies(entry_id))

    @Slot(object)
    def _on_strip_added(self, strip: ChannelStrip) -> None:
        strip.blocks_requested.connect(self._on_blocks_requested)

    @Slot()
    def _on_blocks_requested(self) -> None:
        strip = self.sender()
        if isinstance(strip, ChannelStrip):
            self.open(strip.entry_id)
