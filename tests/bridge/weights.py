"""Models of the stack's weights over an engine that stands still: a test answers as the lab."""

import shiboken6
from PySide6.QtCore import QObject

from loraviewer.bridge.adapters.adapter_model import AdapterModel
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.document.stack_model import StackModel
from loraviewer.bridge.rendering.jobs import Answer, JobEnded, MeasureJob
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.bridge.weights.weights_desk import WeightsDesk
from loraviewer.core.reports import AdapterReport
from loraviewer.core.settings import Settings
from loraviewer.core.stack import StackEntry
from loraviewer.core.weight_measurements import LiveAnswer, LiveWanted, Measurement, SpectraWanted
from tests.bridge.machine import info_of
from tests.fake_weights import FakeWeights
from tests.still_engine import StillEngine


class Lab(QObject):
    """A base that is loaded, an empty stack, and what is known of its weights."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = StillEngine()
        self.engine.takes_measurements = True
        self.document = DocumentModel(self)
        self.stack = StackModel(self.document, self)
        self.adapters = AdapterModel(self.engine, SettingsModel(Settings(), self), self)
        self.desk = WeightsDesk(self.engine, self.stack, self.adapters, self)
        self.live = self.desk.live
        self.engine.tell(lambda progress: None, self._on_ended)
        self.use_base("demo")

    def close(self) -> None:
        """Here and now, not whenever the cycle collector comes by."""
        shiboken6.delete(self.engine)
        shiboken6.delete(self)

    def use_base(self, source: str) -> None:
        self.adapters.use_base(info_of(source), self.stack.stack)

    def add(self, name: str, scale: float = 1.0) -> None:
        """A row that is not matched yet."""
        row = StackEntry(entry_id=name, name=name, path=name, sha256=f"sha-{name}", scale=scale)
        self.stack.add(row)

    def match(self, name: str) -> None:
        sha256 = f"sha-{name}"
        self.adapters.learn_report(sha256, AdapterReport(sha256=sha256, matched=("unet.a",)))

    @property
    def asked(self) -> list[Measurement]:
        """All that the lab was ever asked."""
        return self.engine.measured

    def take(self) -> Measurement | None:
        """The engine begins to measure what waits first; None where nothing does."""
        while (job := self.engine.take()) is not None:
            if isinstance(job.work, MeasureJob):
                return job.work.wanted
            self.engine.finish()
        return None

    def answer(self, answer: Answer | None = None) -> Measurement:
        """What waits first is measured; lengths and angles as they are in the fake."""
        wanted = self.take()
        assert wanted is not None
        if answer is None and isinstance(wanted, LiveWanted):
            shas = [adapter.sha256 for adapter in wanted.adapters]
            answer = LiveAnswer(FakeWeights(shas, self.adapters.base_identity))
        self.engine.finish(answer)
        return wanted

    def measured(self, *names: str) -> None:
        """Rows that are matched and measured."""
        for name in names:
            self.add(name)
            self.match(name)
            self.answer()

    def spectra_asked(self) -> list[int]:
        """From which weight on, each time."""
        return [one.first for one in self.asked if isinstance(one, SpectraWanted)]

    def _on_ended(self, ended: JobEnded) -> None:
        if isinstance(ended.job.work, MeasureJob):
            self.desk.on_ended(ended, ended.job.work)
