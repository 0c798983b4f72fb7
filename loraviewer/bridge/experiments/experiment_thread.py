"""The thread on which experiments run: it encodes and writes, and waits for the engine's."""

import contextlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal, Slot

from loraviewer.bridge.experiments.engine_line import EngineLine
from loraviewer.bridge.experiments.experiment_hands import StudioHands
from loraviewer.bridge.experiments.experiment_services import ExperimentServices
from loraviewer.bridge.experiments.run_events import PERIOD_S, Ended, Gathered
from loraviewer.core.cancel import Cancelled
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.hands import IN_STUDIO, RunsOn
from loraviewer.core.outcome import (
    Failure,
    FailureKind,
    FileError,
    LoraviewerError,
    Rendered,
    text_of,
)
from loraviewer.core.request import GenerationRequest
from loraviewer.core.sentences import say


@dataclass(frozen=True)
class RunTask:
    """`experiment`: None for what lies in the folder; `folder`: None for a new one. Not both."""

    number: int
    word: str
    """As `number`, and no other studio has it."""
    experiment: Experiment | None
    folder: Path | None
    line: EngineLine
    gathered: Gathered
    runs_on: RunsOn = IN_STUDIO


class ExperimentThread(QObject):
    """GUI side of it. Started with the first run."""

    asked = Signal(object)  # Question
    told = Signal(object)  # Told
    _begin = Signal(object)  # RunTask

    def __init__(
        self,
        services: ExperimentServices,
        find: Callable[[GenerationRequest], Rendered | None],
        parent: QObject | None = None,
    ) -> None:
        """find: in the picture store, on any thread."""
        super().__init__(parent)
        self._services = services
        self._thread = QThread(self)
        self._thread.setObjectName("experiments")
        self._worker = _Worker(services, find)
        self._worker.moveToThread(self._thread)
        self._begin.connect(self._worker.run)
        self._worker.asked.connect(self.asked)
        self._worker.told.connect(self.told)
        self._line: EngineLine | None = None

    def begin(
        self,
        number: int,
        word: str,
        experiment: Experiment | None,
        folder: Path | None,
        runs_on: RunsOn = IN_STUDIO,
    ) -> None:
        """After what is under way has ended."""
        gathered = Gathered(number, self._worker.told.emit)
        self._line = EngineLine(self._worker.asked.emit, gathered.send, PERIOD_S)
        self._thread.start()
        task = RunTask(number, word, experiment, folder, self._line, gathered, runs_on)
        self._begin.emit(task)

    @property
    def cluster_problem(self) -> str:
        """Looks for a package, and imports nothing."""
        return self._services.cluster_problem()

    def give_up(self) -> None:
        """What is under way ends as soon as it can, with nothing half written."""
        if self._line is not None:
            self._line.close()

    def close(self, patience_ms: int) -> bool:
        """Whether the thread has ended after so long."""
        self.give_up()
        self._thread.quit()
        if self._thread.wait(patience_ms):
            return True
        self._thread.setParent(None)  # destroying a thread that runs would abort the process
        return False


class _Worker(QObject):
    """Lives in the thread."""

    asked = Signal(object)  # Question
    told = Signal(object)  # Told

    def __init__(
        self,
        services: ExperimentServices,
        find: Callable[[GenerationRequest], Rendered | None],
    ) -> None:
        super().__init__()
        self._services = services
        self._find = find

    @Slot(object)
    def run(self, task: RunTask) -> None:
        task.gathered.add(self._attempt(task))
        task.gathered.send()

    def _attempt(self, task: RunTask) -> Ended:
        try:
            return self._run(task)
        except Cancelled:
            return Ended()
        except LoraviewerError as error:
            return Ended(failure=error.failure("".join(traceback.format_exception(error))))
        except Exception as error:  # noqa: BLE001 - the thread boundary
            told = f"{type(error).__name__}: {text_of(error)}"
            words = say("Something unexpected went wrong: {error}", error=told)
            details = "".join(traceback.format_exception(error))
            return Ended(failure=Failure(FailureKind.INTERNAL, words, details))

    def _run(self, task: RunTask) -> Ended:
        task.line.check()
        experiment, folder = task.experiment, task.folder
        if experiment is None:
            assert folder is not None
            experiment = self._services.describe(folder)
        is_new = folder is None
        if folder is None:
            folder = self._new_folder(experiment)
        try:
            hands = StudioHands(
                *(task.word, experiment, folder, task.line, self._find, task.gathered),
                task.runs_on,
            )
            return Ended(concluded=self._services.run(experiment, folder, hands))
        except Cancelled:
            if is_new:
                with contextlib.suppress(OSError):
                    folder.rmdir()  # where nothing came into it yet
            raise

    def _new_folder(self, experiment: Experiment) -> Path:
        results = self._services.results
        if results is None:
            raise FileError(say("There is no folder for results; choose one."))
        return self._services.new_folder(results, experiment)
