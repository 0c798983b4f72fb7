"""A desk whose stack is measured as the fakes say, and the pages over it."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.bridge.rendering.jobs import MeasureJob
from loraviewer.core.reports import AdapterReport
from loraviewer.core.weight_measurements import (
    DetailsWanted,
    LiveAnswer,
    LiveWanted,
    Measurement,
    SpectraWanted,
)
from tests.fake_details import measured
from tests.fake_weights import FakeWeights
from tests.ui.fakes import Desk, entry


class LabDesk(Desk):
    """`cosine`: between any two of the adapters."""

    def __init__(self, cosine: float = 0.5) -> None:
        super().__init__()
        self.cosine = cosine
        self.engine.takes_measurements = True
        self.use_checkpoint()

    def have(self, *names: str, scale: float = 1.0) -> None:
        """Rows that are matched."""
        for name in names:
            self.stack.add(entry(name, scale))
        self.match(*names)

    def match(self, *names: str) -> None:
        """On the base that is loaded now."""
        for name in names:
            self.learn(name, AdapterReport(sha256=name, matched=("unet.a",)))

    def serve(self) -> None:
        """Everything that waits is done."""
        while (job := self.engine.take()) is not None:
            if isinstance(job.work, MeasureJob) and not job.token.is_cancelled:
                self.engine.finish(self.measure(job.work.wanted))
            else:
                self.engine.finish()
        QApplication.processEvents()

    def measure(self, wanted: Measurement):
        if isinstance(wanted, LiveWanted):
            shas = [adapter.sha256 for adapter in wanted.adapters]
            return LiveAnswer(FakeWeights(shas, self.adapters.base_identity, self.cosine))
        return measured(wanted)

    def rest(self, qtbot: QtBot) -> None:
        """Faders rest, and what follows is measured."""
        self.serve()
        if not self.weights.rows.are_settled:
            qtbot.waitSignal(self.weights.rows.settled).wait()
        self.serve()

    @property
    def asked_weights(self) -> list[Measurement]:
        """All spectra and details that the engine was ever asked for."""
        return [w for w in self.engine.measured if isinstance(w, SpectraWanted | DetailsWanted)]


def scrolled_by_wheel(widget: QWidget) -> int:
    """What a real wheel over a part of a long page scrolls of it: Qt asks one parent after the
    other until one takes the turn, and an area that is asked beside its viewport never does."""
    page = widget.window()
    assert isinstance(page, QScrollArea)
    where = QPointF(widget.rect().center())
    event = QWheelEvent(
        where, widget.mapToGlobal(where), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    before = page.verticalScrollBar().value()
    receiver: QWidget | None = widget
    while receiver is not None:
        event.accept()
        if QApplication.sendEvent(receiver, event) and event.isAccepted():
            break
        receiver = receiver.parentWidget()
    return page.verticalScrollBar().value() - before
