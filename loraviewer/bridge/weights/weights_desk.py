"""The models of the stack's weights, and the way from the engine to them."""

from PySide6.QtCore import QObject

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.jobs import JobEnded, MeasureJob
from loraviewer.bridge.weights.live_weights_model import LiveWeightsModel
from loraviewer.bridge.weights.settled_rows import SettledRows
from loraviewer.bridge.weights.spectra_model import SpectraModel
from loraviewer.bridge.weights.weight_details_model import WeightDetailsModel
from loraviewer.core.weight_measurements import LiveWanted, SpectraWanted


class WeightsDesk(QObject):
    """GUI thread only."""

    def __init__(
        self,
        engine: Engine,
        stack: StackModel,
        adapters: AdapterModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.live = LiveWeightsModel(engine, stack, adapters, self)
        self.rows = SettledRows(stack, self.live, self)
        self.spectra = SpectraModel(engine, self.rows, self)
        self.details = WeightDetailsModel(engine, self.rows, self)

    def close(self) -> None:
        """Nothing is asked for any more."""
        self.rows.close()

    def on_ended(self, ended: JobEnded, work: MeasureJob) -> None:
        """A measurement has ended, however."""
        wanted = work.wanted
        if isinstance(wanted, LiveWanted):
            self.live.on_ended(ended.answer, wanted)
        elif isinstance(wanted, SpectraWanted):
            self.spectra.on_ended(ended.answer, wanted)
        else:
            self.details.on_ended(ended.answer, wanted)
