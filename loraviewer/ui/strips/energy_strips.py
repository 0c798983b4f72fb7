"""Energies on their strips and beside the master, as soon as a fader moves."""

from PySide6.QtCore import QObject, QTimer, Slot

from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.weights.live_weights_model import LiveWeightsModel
from loraviewer.core.energy_bars import NO_BARS, bar_scale
from loraviewer.core.weight_numbers import LiveWeights
from loraviewer.ui.strips.channel_strip import ChannelStrip
from loraviewer.ui.strips.stack_energy import StackEnergy, StackLook
from loraviewer.ui.strips.stack_panel import StackPanel
from loraviewer.ui.strips.strip_energy import EnergyLook, Known
from loraviewer.ui.widgets.sum_words import sum_words


class EnergyStrips(QObject):
    """Between the model and the strips. However many signals a tick of a fader makes, energies are
    shown once, at the next turn of the event loop."""

    def __init__(self, panel: StackPanel, stack: StackModel, weights: LiveWeightsModel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._stack = stack
        self._weights = weights
        self._scale = NO_BARS
        self._scale_of: tuple[LiveWeights | None, frozenset[str]] = (None, frozenset())
        self.stack_energy = StackEnergy()
        panel.add_below_master(self.stack_energy)
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self.show_now)
        weights.changed.connect(self._on_changed)
        panel.strips.rows_changed.connect(self._on_changed)
        stack.stack_changed.connect(self._on_changed)
        self.show_now()

    @Slot()
    def show_now(self) -> None:
        self._turn.stop()
        self._measure_scale()
        for strip in self._panel.strips.strips():
            strip.show_energy(self._look_of(strip))
        self._show_stack()

    @Slot()
    @Slot(object)
    def _on_changed(self, _: object = None) -> None:
        self._turn.start()

    def _look_of(self, strip: ChannelStrip) -> EnergyLook:
        weights, entry_id = self._weights, strip.entry_id
        note = sum_words(self._stack.stack)
        if entry_id not in weights.rows:
            return EnergyLook(Known.OFF, scale=self._scale)
        row = weights.row(entry_id)
        if weights.energies is not None:
            return EnergyLook(Known.MEASURED, row, self._scale, note=note)
        if weights.failure is not None:
            return EnergyLook(Known.FAILED, row, self._scale, weights.failure.message)
        return EnergyLook(Known.COMING, row, self._scale, note=note)

    def _show_stack(self) -> None:
        weights = self._weights
        self.stack_energy.setVisible(bool(self._stack.stack.entries) and not self._stack.is_base)
        energies = weights.energies if weights.rows else None
        failure = weights.failure.message if weights.failure is not None else ""
        is_coming = bool(weights.rows) and not failure
        note = sum_words(self._stack.stack) if energies is not None else ""
        look = StackLook(energies, self._scale, is_coming, failure, note, weights.why_empty)
        self.stack_energy.show_look(look)

    def _measure_scale(self) -> None:
        """Again only where other adapters are known, or in the stack."""
        live = self._weights.live
        adapters = frozenset(entry.sha256 for entry in self._stack.stack.entries)
        if self._scale_of != (live, adapters):
            self._scale_of = live, adapters
            self._scale = bar_scale(live, adapters) if live is not None else NO_BARS
