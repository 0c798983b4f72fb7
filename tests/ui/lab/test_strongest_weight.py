"""The way in for who has not selected a weight."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from loraviewer.core.stack import AppliedAdapter
from loraviewer.ui.lab.angles_page import AnglesPage
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from loraviewer.ui.lab.spectra_page import SpectraPage
from loraviewer.ui.lab.strongest_weight import strongest
from loraviewer.ui.lab.weight_page import WeightPage
from tests.fake_weights import WEIGHTS, FakeWeights
from tests.ui.lab.desks import LabDesk


@pytest.mark.parametrize("kind", [AnglesPage, SpectraPage, WeightPage])
def test_a_click_selects_a_weight_everywhere(
    kind: type[AnglesPage],
    put: Callable[[QWidget], QWidget],
    desk: LabDesk,
    dialogs: ChartDialogs,
    qtbot: QtBot,
) -> None:
    page = kind(desk.weights, dialogs)
    put(page)
    page.watch(True)
    assert not page.strongest.isVisible(), "there are no rows"
    desk.have("manga")
    desk.rest(qtbot)
    assert page.strongest.isVisible()
    QTest.mouseClick(page.strongest, Qt.MouseButton.LeftButton)
    assert desk.weights.details.selected in WEIGHTS
    assert not page.strongest.isVisible()


def test_the_largest_beside_its_base() -> None:
    live = FakeWeights(["a"], "b")
    row = AppliedAdapter("a", 1.0, 0.5, block_scales=(("M00", -2.0),))
    assert strongest(live, (row,)) == WEIGHTS[2]
    assert strongest(live, (AppliedAdapter("a", 0.0, 0.0),)) is None
