"""The experiment page in a window as wide as the dock is, over experiments that the test tells."""

from collections.abc import Callable, Iterator

import pytest
import shiboken6
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.core.nothing_applied import Reason
from loraviewer.core.variants.wildcards import NO_WILDCARDS, Wildcards
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from loraviewer.ui.lab.experiments.active_pane import PaneFacts
from loraviewer.ui.lab.experiments.experiment_page import ExperimentPage
from loraviewer.ui.lab.experiments.shown_experiment import ShownExperiment
from tests.ui.lab.experiments.fake_experiments import FakeExperiments


class FakePane(PaneFacts):
    """`shows_demo`: whether the demo is loaded. `template`: what is left to the seed, "" where
    nothing is."""

    shows_demo = True
    template = ""
    known = NO_WILDCARDS
    reason: Reason | None = "off"

    @property
    def prompt(self) -> str:
        return "a dog"

    @property
    def typed(self) -> str:
        return self.template or self.prompt

    @property
    def wildcards(self) -> Wildcards:
        return self.known

    @property
    def why_no_rows(self) -> Reason | None:
        return self.reason

    @property
    def is_demo(self) -> bool:
        return self.shows_demo


@pytest.fixture
def experiments(qapp) -> Iterator[FakeExperiments]:
    fake = FakeExperiments("manga", "birds", "night")
    yield fake
    shiboken6.delete(fake)


@pytest.fixture
def pane(qapp) -> Iterator[FakePane]:
    fake = FakePane()
    yield fake
    shiboken6.delete(fake)


@pytest.fixture
def shown(experiments: FakeExperiments, window: QWidget) -> ShownExperiment:
    return ShownExperiment(experiments, window)


@pytest.fixture
def window(qtbot: QtBot, experiments: FakeExperiments) -> Iterator[QWidget]:
    """Of the size that the dock has in a window of 1440×900."""
    made = QWidget()
    QVBoxLayout(made).setContentsMargins(0, 0, 0, 0)
    made.resize(1060, 420)
    made.show()
    qtbot.waitExposed(made)
    yield made
    shiboken6.delete(made)


@pytest.fixture
def page(
    put: Callable[[QWidget], QWidget],
    experiments: FakeExperiments,
    pane: FakePane,
    shown: ShownExperiment,
    dialogs: ChartDialogs,
) -> ExperimentPage:
    """Looked at, with three adapters and the prompt “a cat”."""
    made = ExperimentPage(experiments, pane, shown, dialogs)
    put(made)
    made.watch(True)
    return made
