"""What an experiment would take, before it is started."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, Signal

from loraviewer.bridge.background import BackgroundTasks
from loraviewer.bridge.base_model import BaseModel
from loraviewer.bridge.experiments.base_of import other_base
from loraviewer.bridge.languages import shown
from loraviewer.core.experiments.cells import conditions, groups
from loraviewer.core.experiments.conclusions.words import title_of
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.progress import Plan
from loraviewer.core.experiments.usual_measures import is_judged
from loraviewer.core.picture_measures import needs_judge
from loraviewer.core.request import GenerationRequest

translate = QCoreApplication.translate
_CONTEXT = "Experiments"


@dataclass(frozen=True)
class _Counted:
    pictures: int
    missing: int


class ExperimentPlans(QObject):
    """Counting takes a third of a second for a thousand pictures, and looks at the disk: it is done
    in the background, for what was asked for last. GUI thread only."""

    planned = Signal(object)  # Plan

    def __init__(
        self,
        base: BaseModel,
        is_stored: Callable[[GenerationRequest], bool],
        expected_s: Callable[[GenerationRequest], float | None],
        parent: QObject | None = None,
    ) -> None:
        """is_stored: on any thread. expected_s: of one picture, on this one."""
        super().__init__(parent)
        self._base = base
        self._is_stored = is_stored
        self._expected_s = expected_s
        self._tasks = BackgroundTasks(self, threads=1)

    def plan(self, experiment: Experiment) -> Plan:
        """At once what needs no counting; `planned` follows with the rest."""
        self._tasks.forget()
        plan = self._uncounted(experiment)
        if experiment.problem() is None:
            counted = partial(_counted, experiment, self._is_stored)
            self._tasks.run(counted, partial(self._on_counted, experiment))
        return plan

    def problem(self, experiment: Experiment) -> str:
        """One sentence about why it cannot be started, or ""."""
        told = experiment.problem() or experiment.base.sampling.problem()
        info = self._base.info
        if told is None and not experiment.measures:
            told = translate(_CONTEXT, "An experiment needs at least one measure.")
        if told is None and info is None:
            told = translate(_CONTEXT, "Open a base first.")
        if told is None and (other := other_base(experiment.base, info)):
            told = other.message
        if told is None and not is_judged(experiment.base):
            told = _judge_problem(experiment.measures)
        return told or ""

    def close(self, patience_ms: int) -> bool:
        return self._tasks.close(patience_ms)

    def _uncounted(self, experiment: Experiment) -> Plan:
        """Without hashing anything."""
        problem = self.problem(experiment)
        if experiment.problem() is not None:
            return Plan(experiment, 0, 0, problem=problem)
        stacks = conditions(experiment)
        different = {(one.stack, one.merge_rule or experiment.base.merge_rule) for one in stacks}
        cells = len(stacks) * len(experiment.prompts) * len(experiment.seeds)
        return Plan(experiment, cells, len(different), problem=problem)

    def _on_counted(self, experiment: Experiment, counted: object) -> None:
        if not isinstance(counted, _Counted):
            return
        each = self._expected_s(experiment.base)
        plan = replace(
            self._uncounted(experiment),
            pictures=counted.pictures,
            missing=counted.missing,
            seconds=None if each is None else each * counted.missing,
        )
        self.planned.emit(plan)


def _counted(experiment: Experiment, is_stored: Callable[[GenerationRequest], bool]) -> _Counted:
    shots = {c.shot.key: c.shot for group in groups(experiment) for c in group.cells}
    known = sum(shot.is_plain and is_stored(shot.request) for shot in shots.values())
    return _Counted(len(shots), len(shots) - known)


def _judge_problem(measures: tuple[str, ...]) -> str | None:
    words = translate(
        _CONTEXT, "“{}” is only known of the demo's pictures of 128×128; leave it out."
    )
    return next(
        (words.format(shown(title_of(name))) for name in measures if needs_judge(name)), None
    )
