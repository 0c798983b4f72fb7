"""Questions of an experiment on their way to the engine thread: only while nobody else needs it."""

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.cells.cell_queue import CellQueue
from loraviewer.bridge.document.document_model import DocumentModel
from loraviewer.bridge.experiments.base_of import other_base
from loraviewer.bridge.experiments.engine_line import Question
from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.jobs import (
    EXPERIMENT_KEY,
    ExperimentJob,
    Job,
    JobEnded,
    JobProgress,
    Stopped,
)
from loraviewer.bridge.rendering.pane_model import PaneModel
from loraviewer.bridge.rendering.wishes import Wishes
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.experiments.shots import Shot
from loraviewer.core.outcome import Failure, Progress, Rendered
from loraviewer.core.pacing import lets_finish
from loraviewer.core.picture_measurements import (
    Done,
    ExperimentEnds,
    PictureMeasurement,
    PicturesMeasured,
    RowsPart,
    StepMoved,
    StepWanted,
)
from loraviewer.core.request import GenerationRequest


class ExperimentLane(QObject):
    """Has one question at a time answered while no fader is held, no base is loading, and no pane
    and no cell waits for a picture; breaks off what is under way as soon as that changes, but where
    it is nearly done (`core.pacing`), and asks it again. GUI thread only.
    """

    made = Signal(object)  # Rendered: of a shot, by the engine

    def __init__(
        self,
        engine: Engine,
        panes: PaneModel,
        document: DocumentModel,
        base: BaseModel,
        cells: CellQueue,
        settings: SettingsModel,
        wishes: Wishes,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._wishes = wishes
        self._document = document
        self._base = base
        self._cells = cells
        self._question: Question | None = None
        self._running: tuple[Job, Question] | None = None
        self._is_nearly_done = False
        self._is_held = False
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._on_turn)
        panes.pane_changed.connect(self._on_idleness_changed)
        for changed in (document.changed, document.drag_changed, cells.changed):
            changed.connect(self._on_idleness_changed)
        for told in (base.loading, base.failed, base.changed, settings.changed):
            told.connect(self._on_idleness_changed)

    @property
    def is_busy(self) -> bool:
        """Whether a question has no answer yet."""
        return self._question is not None

    @Slot(object)
    def ask(self, question: Question) -> None:
        """Answer it as soon as there is room."""
        if not question.is_answered:  # its run may have been stopped on the way
            self._question = question
            self._turn_soon()

    def hold(self) -> None:
        """Ask nothing more, until `go_on`; what is nearly done may end."""
        self._is_held = True
        self._break_off()

    def go_on(self) -> None:
        self._is_held = False
        self._turn_soon()

    def drop(self) -> None:
        """Nobody waits for the answer any more, nor for numbers of that experiment."""
        self._question, self._is_held = None, False
        self._cancel()
        self._engine.submit(ExperimentJob(ExperimentEnds()))

    def close(self) -> None:
        """Nothing is asked any more."""
        self._question = None
        self._turn.stop()
        self._cancel()

    # -- what the engine says -------------------------------------------------------------

    def on_progressed(self, progress: JobProgress) -> None:
        if self._is_running(progress.job) and isinstance(progress.step, Progress):
            fraction = progress.step.step / max(progress.step.steps, 1)
            self._is_nearly_done = lets_finish(fraction, 0.0, None)

    def on_ended(self, ended: JobEnded) -> None:
        if self._running is None or not self._is_running(ended.job):
            return
        (_, question), self._running = self._running, None
        if question is self._question and not isinstance(ended.answer, Stopped):
            assert isinstance(ended.answer, Rendered | Failure | Done | RowsPart | StepMoved)
            self._answer(question, ended.answer)
        self._turn_soon()

    def _answer(self, question: Question, answer: Rendered | Failure | PicturesMeasured) -> None:
        self._question = None
        wanted = question.wanted
        is_told = isinstance(wanted, Shot) and wanted.disturbance is None
        if isinstance(answer, Rendered) and is_told:  # else its request does not say what it is
            self.made.emit(answer)
        question.answer(answer)

    # -- when -----------------------------------------------------------------------------

    @Slot()
    def _on_idleness_changed(self) -> None:
        if self._running is not None and not self._has_room():
            self._break_off()
        self._turn_soon()

    def _has_room(self) -> bool:
        return self._cells.leaves_room(is_live=self._wishes.is_live)

    def _break_off(self) -> None:
        """Who holds a fader waits for nothing."""
        if self._document.is_dragging or not self._is_nearly_done:
            self._cancel()

    def _cancel(self) -> None:
        waited = self._engine.cancel(EXPERIMENT_KEY)
        if waited is not None and self._is_running(waited):
            self._running = None  # it never ran, and never ends

    def _turn_soon(self) -> None:
        """Soon: between two changes of one edit the machine may only look idle."""
        if self._question is not None and self._running is None and not self._is_held:
            self._turn.start()

    @Slot()
    def _on_turn(self) -> None:
        if self._question is None or self._running is not None or self._is_held:
            return
        if not self._has_room():
            return
        question, wanted = self._question, self._question.wanted
        asked = _of_base(wanted)
        problem = other_base(asked, self._base.info) if asked is not None else None
        if problem is not None:
            self._answer(question, problem)
            return
        self._is_nearly_done = False
        self._running = (self._engine.submit(ExperimentJob(wanted)), question)

    def _is_running(self, job: Job) -> bool:
        return self._running is not None and job.job_id == self._running[0].job_id


def _of_base(wanted: Shot | PictureMeasurement) -> GenerationRequest | None:
    """What asks the network itself; None where it asks about pictures that are made."""
    if isinstance(wanted, Shot):
        return wanted.request
    return wanted.base if isinstance(wanted, StepWanted) else None
