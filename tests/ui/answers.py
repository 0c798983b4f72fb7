"""An engine that answers everything it is asked, as soon as a test lets it."""

import hashlib

from PySide6.QtWidgets import QApplication

from loraviewer.bridge.rendering.jobs import Answer, CellJob, RenderJob, ReportJob, Work
from loraviewer.core.outcome import Rendered, Timings
from loraviewer.core.reports import AdapterReport, WeightCheck
from loraviewer.core.request import GenerationRequest
from tests.ui.fakes import Desk, plain_picture

STEP_MS = 40.0


def rest(desk: Desk) -> None:
    """Until nothing is left to do."""
    for _ in range(1_000):
        QApplication.processEvents()
        job = desk.engine.running or desk.engine.take()
        if job is None:
            QApplication.processEvents()
            if desk.engine.waiting == 0 and not desk.cells.queue._turn.isActive():
                return
            continue
        desk.engine.finish(None if job.token.is_cancelled else answer(job.work))
    raise AssertionError("there is always something left to do")


def answer(work: Work) -> Answer:
    if isinstance(work, RenderJob | CellJob):
        return picture(work.request)
    if isinstance(work, ReportJob):
        return AdapterReport(sha256=work.sha256, matched=("unet.a",))
    return WeightCheck(126)


def picture(request: GenerationRequest) -> Rendered:
    """A flat colour that tells requests apart; a second for the 25 rounds of the demo."""
    colour = hashlib.sha256(request.sha256().encode()).digest()[:3]
    timings = Timings(denoise_ms=STEP_MS * request.steps_run)
    shown = plain_picture((colour[0], colour[1], colour[2]))
    return Rendered(request, shown, timings, "f" * 64)


def cells(desk: Desk) -> list[GenerationRequest]:
    """All that were ever begun or waited for."""
    return [work.request for work in desk.works if isinstance(work, CellJob)]
