"""The studio's experiments, as the window commands and hears them."""

import uuid
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.experiments.experiment_drafts import ExperimentDrafts
from loraviewer.bridge.experiments.experiment_lane import ExperimentLane
from loraviewer.bridge.experiments.experiment_plans import ExperimentPlans
from loraviewer.bridge.experiments.experiment_thread import ExperimentThread
from loraviewer.bridge.experiments.experiments_port import Experiments
from loraviewer.bridge.experiments.past_experiments import PastExperiments
from loraviewer.bridge.experiments.run_events import (
    Answered,
    Began,
    Ended,
    Event,
    MadeElsewhere,
    Measured,
    Told,
)
from loraviewer.bridge.languages import shown
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.experiments.description import Experiment, Kind
from loraviewer.core.experiments.hands import IN_STUDIO, AtWork, RunsOn
from loraviewer.core.experiments.past import PastExperiment
from loraviewer.core.experiments.progress import Going, Phase, Plan, RunState
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.settings import Settings


class ExperimentsModel(Experiments):
    """One run at a time. A run that is paused by hand waits where it is; one that fails ends, and
    goes on as another one of the same folder, which finds there what was made. A run whose pictures
    others make ends with a pause, too. GUI thread only."""

    made_elsewhere = Signal(object)  # Rendered

    def __init__(
        self,
        drafts: ExperimentDrafts,
        plans: ExperimentPlans,
        past: PastExperiments,
        lane: ExperimentLane,
        thread: ExperimentThread,
        settings: SettingsModel,
        parent: QObject | None = None,
    ) -> None:
        """settings: keep who makes the pictures."""
        super().__init__(parent)
        self._drafts = drafts
        self._plans = plans
        self._past = past
        self._lane = lane
        self._thread = thread
        self._state = RunState()
        self._run = 0
        self._is_alive = False
        """Whether a run has not ended yet."""
        self._has_begun = False
        """Whether its folder holds what it goes on from."""
        self._settings = settings
        self._shown_on = self.runs_on
        """Whom the window was told of last."""
        self._ran_on = IN_STUDIO
        """Who makes the pictures of the run that is alive."""
        self._at_work: AtWork | None = None
        plans.planned.connect(self.planned)
        past.known_changed.connect(self.known_changed)
        past.opened.connect(self.opened)
        past.picture_read.connect(self.picture_read)
        past.failed.connect(self.failed)
        thread.asked.connect(lane.ask)
        thread.told.connect(self._on_told)
        settings.changed.connect(self._on_settings)

    @property
    def state(self) -> RunState:
        return self._state

    @property
    def runs_on(self) -> RunsOn:
        """What is kept may be of a person's editor. Nobody is asked whether it can be reached
        before a run begins."""
        kept = self._settings.settings.experiments_on
        return IN_STUDIO if kept.problem() else kept

    @property
    def at_work(self) -> AtWork | None:
        return self._at_work

    @property
    def cluster_problem(self) -> str:
        return self._thread.cluster_problem

    def run_on(self, runs_on: RunsOn) -> None:
        if problem := runs_on.problem():
            self._refuse(problem)
        else:
            self._settings.change(experiments_on=runs_on)

    @property
    def is_running(self) -> bool:
        return self._state.phase == "running"

    def draft(self, kind: Kind) -> Experiment:
        return self._drafts.draft(kind)

    def plan(self, experiment: Experiment) -> Plan:
        return self._plans.plan(experiment)

    def known(self) -> tuple[PastExperiment, ...]:
        return self._past.known()

    def look_for_known(self) -> None:
        self._past.look()

    def open_past(self, folder: Path) -> None:
        self._past.open(folder)

    def read_picture(self, folder: Path, cell_id: str) -> None:
        self._past.read_picture(folder, cell_id)

    # -- commands -------------------------------------------------------------------------

    def start(self, experiment: Experiment, folder: Path | None = None) -> None:
        if problem := self._plans.problem(experiment):
            self._refuse(problem)
        elif self.is_running:
            self._refuse(self.tr("An experiment is under way; stop it first."))
        else:
            self.stop()
            self._has_begun = False
            self._begin(experiment, folder)

    def pause(self) -> None:
        """What is nearly done may end; everything else is asked again later."""
        if not self.is_running:
            return
        if self._ran_on.who == "studio":
            self._lane.hold()
        else:
            self._let_go()  # others hold memory and cards for nothing
        self._change("paused", self.tr("It was paused."))

    def go_on(self, folder: Path | None = None) -> None:
        if self.is_running:
            if folder is not None and folder != self._state.folder:
                self._refuse(self.tr("An experiment is under way; stop it first."))
            return
        if folder is not None and folder != self._state.folder:
            self.stop()
            self._has_begun = True
            self._begin(None, folder)
        elif self._state.phase == "paused":
            self._resume()

    def stop(self) -> None:
        if self._state.phase not in ("running", "paused"):
            return
        self._let_go()
        self._state = RunState()
        self.state_changed.emit(self._state)

    def begin_closing(self) -> None:
        """Nothing is told any more, and the run ends soon."""
        self._run += 1
        self._lane.close()
        self._thread.give_up()

    def close(self, patience_ms: int) -> bool:
        """Whether all its threads have ended after so long."""
        ends = [self._thread.close(patience_ms)]
        ends += [one.close(patience_ms) for one in (self._plans, self._past)]
        return all(ends)

    def _refuse(self, sentence: str) -> None:
        self.failed.emit(Failure(FailureKind.REQUEST, sentence))

    def _resume(self) -> None:
        experiment = self._state.experiment
        problem = self._plans.problem(experiment) if experiment else ""
        if problem:
            self._change("paused", problem)
            self._refuse(problem)
        elif self._is_alive and self.runs_on.who == "studio":
            self._lane.go_on()
            self._change("running")
        else:
            self._begin(experiment, self._state.folder)

    def _begin(self, experiment: Experiment | None, folder: Path | None) -> None:
        if self._is_alive:
            self._let_go()
        self._run += 1
        self._is_alive, self._ran_on = True, self.runs_on
        self._state = RunState("running", "", experiment, folder, self._state.going)
        self._thread.begin(self._run, uuid.uuid4().hex, experiment, folder, self._ran_on)
        self.state_changed.emit(self._state)

    @Slot(object)
    def _on_settings(self, _: Settings) -> None:
        if self._shown_on != self.runs_on:
            self._shown_on = self.runs_on
            self.hands_changed.emit()

    def _let_go(self) -> None:
        """Of the run; what it still tells is heard by nobody."""
        self._run += 1
        self._is_alive = False
        self._set_at_work(None)
        self._thread.give_up()
        self._lane.drop()

    def _set_at_work(self, now: AtWork | None) -> None:
        if now != self._at_work:
            self._at_work = now
            self.hands_changed.emit()

    def _change(self, phase: Phase, sentence: str = "") -> None:
        self._state = replace(self._state, phase=phase, sentence=sentence)
        self.state_changed.emit(self._state)

    # -- what the run tells ---------------------------------------------------------------

    @Slot(object)
    def _on_told(self, told: Told) -> None:
        for event in told.events:
            if told.run == self._run:  # who hears an event may stop the run
                self._tell(event)

    def _tell(self, event: Event) -> None:
        if isinstance(event, Going):
            self._has_begun = True
            self._state = replace(self._state, going=event)
            self.progressed.emit(event)
        elif isinstance(event, Answered):
            self.cell_answered.emit(event.cell, event.rendered)
        elif isinstance(event, MadeElsewhere):
            self.made_elsewhere.emit(event.rendered)
        elif isinstance(event, AtWork):
            self._set_at_work(event)
        elif isinstance(event, Measured):
            self.rows_added.emit(event.rows)
        elif isinstance(event, Began):
            self._state = replace(self._state, experiment=event.experiment, folder=event.folder)
            self.started.emit(self._state)
        else:
            self._end(event)

    def _end(self, ended: Ended) -> None:
        self._let_go()
        if ended.failure is not None and self._has_begun:
            self._change("paused", shown(ended.failure.message))
            self.failed.emit(ended.failure)
        elif ended.concluded is not None:
            self._change("finished")
            self.finished.emit(ended.concluded, self._state.folder)
            self._past.look()
        else:
            self._state = RunState()
            self.state_changed.emit(self._state)
            if ended.failure is not None:
                self.failed.emit(ended.failure)
