"""Asking for an experiment, running it, and looking at what comes of it."""

from dataclasses import replace

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from loraviewer.bridge.experiments.experiments_port import Experiments
from loraviewer.bridge.languages import shown
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.progress import Going, Plan, RunState
from loraviewer.core.nothing_applied import reason_words
from loraviewer.core.outcome import Failure, text_of
from loraviewer.core.request import GenerationRequest
from loraviewer.core.stack import AppliedAdapter
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from loraviewer.ui.lab.experiments.active_pane import PaneFacts
from loraviewer.ui.lab.experiments.experiment_form import ExperimentForm
from loraviewer.ui.lab.experiments.experiment_words import (
    controls_words,
    cost_words,
    makers_words,
)
from loraviewer.ui.lab.experiments.form_values import (
    FormValues,
    for_a_claim,
    quick_look,
    values_of,
)
from loraviewer.ui.lab.experiments.ready_prompts import DEMO_PROMPTS
from loraviewer.ui.lab.experiments.result_panel import ResultPanel
from loraviewer.ui.lab.experiments.run_bar import RunBar
from loraviewer.ui.lab.experiments.shown_experiment import ShownExperiment
from loraviewer.ui.widgets.scroll_area import ScrollArea
from loraviewer.ui.widgets.theme import GAP

_PAUSE_MS = 150
"""After a key, before the cost is counted again."""
_FORM_PX = 292


class ExperimentPage(QWidget):
    """A `LabPage`. While nobody looks nothing is counted and drawn; what runs goes on."""

    cell_chosen = Signal(object)  # Cell

    def __init__(
        self,
        experiments: Experiments,
        pane: PaneFacts,
        shown: ShownExperiment,
        dialogs: ChartDialogs,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._experiments = experiments
        self._pane = pane
        self._is_watched = False
        self._is_filled = False
        self._asked: Experiment | None = None
        self._counted_on = experiments.runs_on
        self._given: tuple[GenerationRequest, tuple[AppliedAdapter, ...]] | None = None
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self.form = ExperimentForm()
        self.run = RunBar()
        self.results = ResultPanel(shown, dialogs)
        self._lay_out()
        self._connect()
        self._on_state_changed(experiments.state)

    def _lay_out(self) -> None:
        left = QWidget()
        left.setFixedWidth(_FORM_PX)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(ScrollArea(self.form), 1)
        column.addWidget(self.run)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GAP)
        row.addWidget(left)
        row.addWidget(self.results, 1)

    def _connect(self) -> None:
        form, run, experiments = self.form, self.run, self._experiments
        form.changed.connect(self._pause.start)
        form.kind_changed.connect(self._on_kind)
        form.quick_wanted.connect(self._on_quick)
        form.claim_wanted.connect(self._on_claim)
        form.prompt_wanted.connect(self._on_prompt)
        form.demo_prompts_wanted.connect(self._on_demo_prompts)
        self._pause.timeout.connect(self._count)
        run.start_wanted.connect(self._on_start)
        run.pause_wanted.connect(self._on_pause)
        run.go_on_wanted.connect(self._on_go_on)
        run.stop_wanted.connect(self._on_stop)
        self._pane.changed.connect(self._on_pane_changed)
        experiments.planned.connect(self._on_planned)
        experiments.state_changed.connect(self._on_state_changed)
        experiments.started.connect(self._on_state_changed)
        experiments.progressed.connect(self._on_progressed)
        experiments.hands_changed.connect(self._on_hands_changed)
        experiments.failed.connect(self._on_failed)
        experiments.finished.connect(self._on_finished)
        self.results.cell_chosen.connect(self.cell_chosen)

    def watch(self, on: bool) -> None:
        self._is_watched = on
        if on:
            self._redraft()
            self._count()

    def fill(self, experiment: Experiment) -> None:
        """With what a ready experiment asks; its adapters are the pane's. It does not start."""
        self._is_filled = True
        self.form.show_values(values_of(experiment, self.form.values()))
        self._redraft()
        self._count()

    @property
    def asked(self) -> Experiment | None:
        """What Start would start; None where it is no experiment."""
        return self._asked

    # -- what is asked ------------------------------------------------------------------------

    @Slot()
    def _on_pane_changed(self) -> None:
        if self._is_watched:
            self._redraft()
            self._count()

    @Slot()
    def _on_kind(self) -> None:
        """The pane's prompt says as much as this kind can take of it."""
        others = {self._pane.prompt.strip(), self._pane.typed.strip()}
        prompts = self.form.values().prompts
        own = self._own_prompt().strip()
        now = tuple(dict.fromkeys(own if one in others else one for one in prompts))
        self.form.prompts.show_prompts(now)
        self._redraft()

    @Slot()
    def _redraft(self) -> None:
        """What the active pane gives to it."""
        draft = self._experiments.draft(self.form.values().kind)
        self._given = draft.base, draft.adapters
        names = [adapter.name for adapter in draft.adapters]
        reason = self._pane.why_no_rows if not names else None
        why_none = shown(reason_words(reason)) if reason else ""
        self.form.show_adapters(names, is_demo=self._pane.is_demo, why_none=why_none)
        if not self._is_filled and draft.prompts and draft.prompts[0]:
            self._is_filled = True
            kept = self.form.values()
            first = FormValues(kind=kept.kind, measures=draft.measures or kept.measures)
            self.form.show_values(replace(quick_look(first), prompts=draft.prompts))

    @Slot()
    def _count(self) -> None:
        """What is asked now, and what it would cost; or why it is nothing."""
        self._pause.stop()
        self._asked, self._counted_on = None, self._experiments.runs_on
        if self._given is None:
            return
        problem = self.form.problem()
        try:
            experiment = self.form.values().experiment(*self._given, self._pane.wildcards)
        except ValueError as error:
            problem = problem or text_of(error)
        else:
            problem = problem or experiment.problem() or ""
            if not problem:
                self._asked = experiment
                self._on_planned(self._experiments.plan(experiment))
        self.run.show_asked(self._asked)
        if problem:
            self.run.show_problem(problem)

    @Slot(object)
    def _on_planned(self, plan: Plan) -> None:
        """Of what is asked by now; the answer to an earlier question counts for nothing."""
        if plan.experiment != self._asked:
            return
        if plan.problem:
            self.run.show_problem(plan.problem)
            return
        words = self.tr("{} cells · counting…").format(plan.cells)
        if plan.missing is not None:
            words = cost_words(plan.cells, plan.missing, plan.seconds)
        makers = makers_words(self._experiments.runs_on)
        self.run.show_cost(f"{words}\n{controls_words(plan.experiment)} {makers}".rstrip())

    @Slot()
    def _on_quick(self) -> None:
        self._show_values(quick_look(self.form.values()))

    @Slot()
    def _on_claim(self) -> None:
        ready = DEMO_PROMPTS if self._pane.is_demo else ()
        self._show_values(for_a_claim(self.form.values(), ready))

    @Slot()
    def _on_prompt(self) -> None:
        if prompt := self._own_prompt().strip():
            self.form.prompts.add([prompt])

    def _own_prompt(self) -> str:
        """Of the pane: seed walls draw the words of each of their seeds themselves."""
        is_drawn = self.form.values().kind == "seeds"
        return self._pane.typed if is_drawn else self._pane.prompt

    @Slot()
    def _on_demo_prompts(self) -> None:
        self.form.prompts.add(DEMO_PROMPTS)

    def _show_values(self, values: FormValues) -> None:
        self.form.show_values(values)
        self._count()

    # -- the run ------------------------------------------------------------------------------

    @Slot()
    def _on_start(self) -> None:
        self._count()  # what was typed a moment ago, too
        if self._asked is not None:
            self._experiments.start(self._asked)

    @Slot()
    def _on_pause(self) -> None:
        self._experiments.pause()

    @Slot()
    def _on_go_on(self) -> None:
        self._experiments.go_on()

    @Slot()
    def _on_stop(self) -> None:
        self._experiments.stop()

    @Slot(object)
    def _on_state_changed(self, state: RunState) -> None:
        self.run.show_state(state)

    @Slot(object)
    def _on_progressed(self, going: Going) -> None:
        self.run.show_going(going)

    @Slot()
    def _on_hands_changed(self) -> None:
        self.run.show_hands(self._experiments.at_work)
        if self._is_watched and self._counted_on != self._experiments.runs_on:
            self._count()

    @Slot()
    def _on_finished(self) -> None:
        """What it made need not be made again."""
        if self._is_watched:
            self._count()

    @Slot(object)
    def _on_failed(self, failure: Failure) -> None:
        self.run.show_failure(failure.message)
