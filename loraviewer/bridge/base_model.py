"""The loaded base, and loading another one."""

from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from loraviewer.bridge.base_plans import BasePlans
from loraviewer.bridge.languages import shown
from loraviewer.bridge.rendering.engine_thread import Engine
from loraviewer.bridge.rendering.jobs import (
    LOAD_KEY,
    Answer,
    Job,
    JobEnded,
    LoadJob,
    LoadStep,
    Stopped,
)
from loraviewer.bridge.settings_model import SettingsModel
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.placement.asking import DoubtedBase
from loraviewer.core.placement.packing import AskedPacking
from loraviewer.core.placement.plan import AskedManner, LoadPlan, PlanOption
from loraviewer.core.prediction import AS_FOUND, Prediction
from loraviewer.core.reports import CheckpointInfo


class BaseModel(QObject):
    """Owns what is known of the loaded checkpoint. GUI thread only."""

    opened = Signal()  # another base was asked for
    changed = Signal(object)  # CheckpointInfo
    loading = Signal(object)  # LoadStep
    stopping = Signal()  # loading was cancelled, and ends as soon as the engine hears of it
    failed = Signal(object)  # Failure; the base that was there stays
    prediction_changed = Signal(object)  # Prediction: as a person says of the base that is there
    doubted = Signal(object)  # DoubtedBase: chosen, and not loaded before somebody agrees
    planned = Signal()  # how a base fits is known, or no longer

    def __init__(
        self,
        engine: Engine,
        settings: SettingsModel,
        parent: QObject | None = None,
        plans: BasePlans | None = None,
    ) -> None:
        """plans: None where nothing is known of bases before they are loaded."""
        super().__init__(parent)
        self._engine = engine
        self._settings = settings
        self._plans = plans
        self._choices = 0
        self._asked = ""
        if plans is not None:
            plans.changed.connect(self._on_planned)
        self._info: CheckpointInfo | None = None
        self._newest: Job | None = None
        self._told = AS_FOUND
        settings.changed.connect(self._on_settings_changed)

    @property
    def info(self) -> CheckpointInfo | None:
        """None while no base is loaded."""
        return self._info

    @property
    def is_loading(self) -> bool:
        return self._newest is not None

    @property
    def is_stopping(self) -> bool:
        """Whether loading was cancelled and has not ended yet."""
        return self._newest is not None and self._newest.token.is_cancelled

    @property
    def prediction(self) -> Prediction:
        """What a person says that the base predicts, over what was found."""
        known = self._settings.settings.base_predictions
        return known.get(self._info.identity, AS_FOUND) if self._info else AS_FOUND

    def set_prediction(self, prediction: Prediction) -> None:
        """Counts at once, and is remembered for these weights, wherever they lie; `AS_FOUND`
        goes back to what was found."""
        if self._info is not None:
            settings = self._settings.settings
            self._settings.install(settings.with_prediction(self._info.identity, prediction))

    @property
    def packing(self) -> AskedPacking:
        """What a person chose for the base: whether its denoiser stays in fp8 or fewer bits."""
        return self._settings.settings.packing_of(self._info.source) if self._info else "auto"

    def set_packing(self, packing: AskedPacking) -> None:
        """Loads the base again, and is remembered for it; `auto` leaves it to what fits."""
        if self._info is None or packing == self.packing:
            return
        source = self._info.source
        self._settings.install(self._settings.settings.with_packing(source, packing))
        self._open_anew(source)

    @property
    def plan_sentence(self) -> str:
        """How the base fits that is being loaded, else the one that is there; "" if unknown."""
        return self._plans.sentence(self._source) if self._plans is not None else ""

    @property
    def options(self) -> tuple[PlanOption, ...]:
        """The manners in which that base could lie in memory, the fastest first."""
        return self._plans.options(self._source) if self._plans is not None else ()

    @property
    def manner(self) -> AskedManner:
        """The one that a person chose for it; "" for the fastest that fits."""
        return self._settings.settings.base_manners.get(self._source, "")

    @property
    def _source(self) -> str:
        is_asked = self.is_loading or self._info is None
        return self._asked if is_asked or self._info is None else self._info.source

    def open_as(self, source: str, manner: AskedManner) -> None:
        """As `open`, to lie in memory in this manner where it fits, now and later; "" goes back to
        the fastest."""
        self._settings.install(self._settings.settings.with_manner(source, manner))
        self._open_anew(source)

    def _open_anew(self, source: str) -> None:
        """In another way, of which another sentence is true."""
        if self._plans is not None:
            self._plans.ask(source, self._info, lambda plan: None)
        self.open(source)

    def choose(self, source: str) -> None:
        """As `open`, of what a person picks: `doubted` instead where headers say that it would not
        fit, or would wait for weights at every step and nobody agreed to that yet. The newest
        choice counts."""
        self._choices += 1
        choice, plans = self._choices, self._plans
        if plans is None or not plans.can_plan:
            self.open(source)
            return

        def receive(plan: LoadPlan | None) -> None:
            if choice != self._choices:
                return
            is_agreed = source in self._settings.settings.base_manners
            if plan is None or (plan.fits and (is_agreed or not plan.is_streamed)):
                self.open(source)
            else:
                name = Path(source).name
                self.doubted.emit(DoubtedBase(source, name, plan.sentence, plan.options))

        plans.ask(source, self._info, receive)

    def open(self, source: str) -> None:
        """Load another base; the one that is there stays until the new one is."""
        self._choices += 1
        self._asked = source
        if self._plans is not None and not self._plans.sentence(source):
            self._plans.ask(source, self._info, lambda plan: None)
        settings = self._settings.settings
        manner, packing = settings.base_manners.get(source, ""), settings.packing_of(source)
        job = LoadJob(source, settings.components_folder, manner, packing)
        self.opened.emit()
        self._newest = self._engine.submit(job, supersedes_running=True)
        self.loading.emit(LoadStep(Path(source).name, 0.0))
        if self.plan_sentence:
            self.planned.emit()

    def cancel(self) -> None:
        """Stop loading; `failed` says so."""
        waited = self._engine.cancel(LOAD_KEY)
        if waited is not None:
            self._end(waited, Stopped())
        elif self.is_stopping:
            self.stopping.emit()

    def on_progressed(self, job: Job, step: LoadStep) -> None:
        if job is self._newest and not self.is_stopping:
            self.loading.emit(step)

    def on_ended(self, ended: JobEnded) -> None:
        self._end(ended.job, ended.answer)

    def _end(self, job: Job, answer: Answer) -> None:
        is_newest = job is self._newest
        if is_newest:
            self._newest = None
        # Also of a job that another one supersedes: the engine has this base now.
        if isinstance(answer, CheckpointInfo):
            self._info = answer
            self._told = self.prediction
            self.changed.emit(answer)
        elif is_newest:
            self.failed.emit(self._sentence(answer))

    def _sentence(self, answer: Answer) -> Failure:
        """A failed or stopped load, with what is the base now."""
        stays = self.tr("{} stays the base.").format(self._info.name) if self._info else ""
        if isinstance(answer, Failure):
            return msgspec.structs.replace(
                answer, message=f"{shown(answer.message)} {stays}".strip()
            )
        words = self.tr("Loading was stopped.")
        return Failure(FailureKind.CHECKPOINT, f"{words} {stays}".strip())

    @Slot(str)
    def _on_planned(self, source: str) -> None:
        if source == self._asked:
            self.planned.emit()

    @Slot(object)
    def _on_settings_changed(self, _: object) -> None:
        if self.prediction != self._told:
            self._told = self.prediction
            self.prediction_changed.emit(self._told)
