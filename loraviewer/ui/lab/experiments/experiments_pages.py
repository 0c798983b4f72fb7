"""The pages of the experiments dock. None of them, nor what draws charts, is imported before a
person opens it: the window is there without."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from loraviewer.bridge.example_scenes import ExampleScenes
from loraviewer.bridge.experiments.experiments_port import Experiments
from loraviewer.bridge.languages import shown
from loraviewer.core.examples import Example, ExampleRow
from loraviewer.core.experiments.claim_results import Findings, read_findings
from loraviewer.core.experiments.claims import CLAIMS, Claim
from loraviewer.core.experiments.description import Experiment
from loraviewer.core.experiments.past import PastExperiment
from loraviewer.core.outcome import FileError
from loraviewer.core.resources import demo_findings
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from loraviewer.ui.lab.experiments.active_pane import PaneFacts
from loraviewer.ui.lab.experiments.shown_experiment import ShownExperiment
from loraviewer.ui.lab.lab_dock import DockWords, PageSpec

if TYPE_CHECKING:
    from loraviewer.ui.lab.experiments.experiment_page import ExperimentPage

EXPERIMENT, PAST, CLAIMS_PAGE = range(3)


class ExperimentsPages(QObject):
    """Makes each when it is first looked at, and leads from one to another."""

    page_wanted = Signal(int)
    cell_chosen = Signal(object)  # Cell
    folder_wanted = Signal(object)  # Path
    report_wanted = Signal(object)  # Path of the experiment's folder
    copy_wanted = Signal(object)  # Path

    def __init__(
        self,
        experiments: Experiments,
        pane: PaneFacts,
        shown: ShownExperiment,
        scenes: ExampleScenes,
        dialogs: ChartDialogs,
    ) -> None:
        super().__init__(dialogs)
        self._experiments = experiments
        self._pane = pane
        self._shown = shown
        self._scenes = scenes
        self._dialogs = dialogs
        self._page: ExperimentPage | None = None
        self._to_fill: Experiment | None = None

    def words(self) -> DockWords:
        tr = self.tr
        return DockWords(
            name=tr("Experiments"),
            pages=tr("Pages of the experiments"),
            move=tr("Move the experiments to the other side"),
            close=tr("Close the experiments"),
        )

    def specs(self) -> list[PageSpec]:
        tr = self.tr
        return [
            PageSpec(
                tr("Experiment"),
                tr("Many pictures by one plan, measured against the base."),
                self._experiment,
            ),
            PageSpec(tr("Earlier"), tr("Experiments that are kept, to look at or go on."),
                     self._past),
            PageSpec(tr("Claims"), tr("What is argued about stacks, to be tried here."),
                     self._claims),
        ]  # fmt: skip

    def _experiment(self) -> QWidget:
        from loraviewer.ui.lab.experiments.experiment_page import ExperimentPage

        shared = (self._experiments, self._pane, self._shown, self._dialogs)
        page = ExperimentPage(*shared)
        page.cell_chosen.connect(self.cell_chosen)
        bar = page.results.bar
        bar.folder_wanted.connect(self._on_folder)
        bar.report_wanted.connect(self._on_report)
        bar.copy_wanted.connect(self._on_copy)
        self._page = page
        if self._to_fill is not None:
            page.fill(self._to_fill)
        return page

    def _past(self) -> QWidget:
        from loraviewer.ui.lab.experiments.past_page import PastPage

        page = PastPage(self._experiments)
        page.open_wanted.connect(self._on_past)
        page.folder_wanted.connect(self.folder_wanted)
        return page

    def _claims(self) -> QWidget:
        from loraviewer.ui.lab.experiments.claims_page import ClaimsPage

        page = ClaimsPage(CLAIMS, _findings(), self._pane)
        page.try_wanted.connect(self._on_try)
        return page

    @Slot(object)
    def _on_past(self, _: PastExperiment) -> None:
        self.page_wanted.emit(EXPERIMENT)

    @Slot(object)
    def _on_try(self, claim: Claim) -> None:
        """Its adapters and prompt into the active pane, as one undo step; the rest into the
        form."""
        draft = claim.draft
        if draft is None:
            return
        rows = tuple(ExampleRow(one.name, one.scale) for one in draft.adapters)
        scene = Example(
            shown(claim.title), shown(claim.look_for), draft.prompts[0], draft.seeds[0], rows
        )
        self._scenes.open(scene)
        if self._page is not None:
            self._page.fill(draft)
        else:
            self._to_fill = draft
        self.page_wanted.emit(EXPERIMENT)

    @Slot()
    def _on_folder(self) -> None:
        if self._shown.folder is not None:
            self.folder_wanted.emit(self._shown.folder)

    @Slot()
    def _on_report(self) -> None:
        if self._shown.folder is not None:
            self.report_wanted.emit(self._shown.folder)

    @Slot()
    def _on_copy(self) -> None:
        if self._shown.folder is not None:
            self.copy_wanted.emit(self._shown.folder)


def _findings() -> Findings | None:
    """What lies beside the demo; a checkout may lack it."""
    try:
        return read_findings(demo_findings())
    except FileError:
        return None
