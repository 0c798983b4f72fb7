"""A window whose adapters are measured, by a lab that a test answers for."""

from PySide6.QtWidgets import QApplication

from loraviewer.bridge.rendering.jobs import Answer, MeasureJob
from loraviewer.core.reports import AdapterReport
from loraviewer.core.weight_measurements import LiveAnswer, LiveWanted
from tests.fake_weights import FakeWeights
from tests.ui.fakes import DEMO, Desk, entry


def measure(controller: Desk, answer: Answer | None = None, cosine: float = 0.5) -> None:
    """Whatever adapters wait for it; everything else stays undone. Without an answer, as
    `FakeWeights` has it."""
    engine = controller.engine
    while (job := engine.take()) is not None:
        found = None
        if isinstance(job.work, MeasureJob) and isinstance(job.work.wanted, LiveWanted):
            shas = [adapter.sha256 for adapter in job.work.wanted.adapters]
            found = answer or LiveAnswer(FakeWeights(shas, DEMO.identity, cosine))
        engine.finish(found)
    QApplication.processEvents()


def add_measured(controller: Desk, *names: str, scale: float = 1.0, cosine: float = 0.5) -> None:
    controller.engine.takes_measurements = True
    controller.stack.add_all([entry(name, scale) for name in names])
    for name in names:
        controller.learn(name, AdapterReport(sha256=name, matched=("unet.a",)))
    measure(controller, cosine=cosine)
