"""Spectra of all weights and of the selected one."""

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.weight_measurements import DetailsWanted, SpectraWanted
from loraviewer.core.weight_spectra import Spectrum, WeightSpectra
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from loraviewer.ui.lab.spectra_curves import all_weights
from loraviewer.ui.lab.spectra_page import SpectraPage
from tests.fake_details import BASE_VALUES, spectra_part
from tests.fake_weights import WEIGHTS, FakeWeights
from tests.ui.fakes import DEMO
from tests.ui.lab.desks import LabDesk

Put = Callable[[QWidget], QWidget]
LAST = len(WEIGHTS)


@pytest.fixture
def page(put: Put, desk: LabDesk, dialogs: ChartDialogs, qtbot: QtBot) -> SpectraPage:
    """Not yet watched, over two rows at 1 and 0.5."""
    desk.have("manga")
    desk.have("birds", scale=0.5)
    desk.rest(qtbot)
    page = SpectraPage(desk.weights, dialogs)
    put(page)
    return page


def test_nothing_is_measured_while_nobody_looks(page: SpectraPage, desk: LabDesk) -> None:
    assert desk.asked_weights == []


def test_all_weights_beside_the_base(page: SpectraPage, desk: LabDesk, qtbot: QtBot) -> None:
    page.watch(True)
    assert page.all_frame.sentence == "Measuring…"
    desk.rest(qtbot)
    numbers = page.weights.numbers()
    ratios = [row[4] for row in numbers.rows]
    assert ratios == pytest.approx([times * 2 * 1.5 / 10 for times in (1, 2, 3, 4)])
    assert [row[:2] for row in numbers.rows] == list(WEIGHTS)
    assert [row[6] for row in numbers.rows] == [False, True, True, True]
    drawn = {curve.line.name: tuple(curve.y) for curve in page.weights.curves}
    assert drawn["Text encoder 1"] == pytest.approx((0.3,))
    assert drawn["Denoiser"] == pytest.approx((0.6, 0.9, 1.2))
    assert page.all_frame.sentence == ""


def test_progress_and_stop(page: SpectraPage, desk: LabDesk) -> None:
    page.watch(True)
    job = desk.engine.take()
    assert job is not None
    desk.engine.finish(spectra_part(SpectraWanted(desk.weights.spectra.rows), 1))
    assert page.bar.value() == 250
    assert page.stop_button.isVisible()
    assert page.state == "Measuring spectra…"
    assert len(page.weights.numbers().rows) == 1, "what is there is shown"
    QTest.mouseClick(page.stop_button, Qt.MouseButton.LeftButton)
    assert not page.stop_button.isVisible()
    assert not page.bar.isVisible()
    assert desk.engine.take() is None


def test_looking_away_stops_it(page: SpectraPage, desk: LabDesk) -> None:
    page.watch(True)
    page.watch(False)
    assert desk.engine.take() is None


def test_a_failure_is_said(page: SpectraPage, desk: LabDesk) -> None:
    page.watch(True)
    desk.engine.take()
    desk.engine.finish(Failure(FailureKind.MERGE, "The base went away."))
    assert page.all_frame.sentence == "The base went away."


def test_numbers_of_before_are_called_so(page: SpectraPage, desk: LabDesk, qtbot: QtBot) -> None:
    page.watch(True)
    desk.rest(qtbot)
    desk.stack.begin_drag()
    desk.stack.set_scale("manga", 0.2)
    assert "strengths before" in page.state
    desk.stack.end_drag()
    desk.rest(qtbot)
    assert page.state == ""
    assert page.weights.numbers().rows[0][4] == pytest.approx(2 * 0.7 / 10)


def test_a_click_on_a_dot_selects_its_weight(
    page: SpectraPage, desk: LabDesk, qtbot: QtBot
) -> None:
    page.watch(True)
    desk.rest(qtbot)
    page.weights.grab()
    at = page.weights.place_of(1, 1).toPoint()
    QTest.mouseClick(page.weights.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert desk.weights.details.selected == WEIGHTS[2]
    assert page.weights.marked_x == 3.0


def test_what_is_selected_elsewhere_is_marked(
    page: SpectraPage, desk: LabDesk, qtbot: QtBot
) -> None:
    page.watch(True)
    desk.rest(qtbot)
    desk.weights.details.select(WEIGHTS[1])
    assert page.weights.marked_x == 2.0
    desk.weights.details.select(None)
    assert page.weights.marked_x is None


def test_one_weight_against_the_base(page: SpectraPage, desk: LabDesk, qtbot: QtBot) -> None:
    page.watch(True)
    assert "Select a weight" in page.one_frame.sentence
    desk.weights.details.select(WEIGHTS[1])
    assert "Measuring" in page.one_frame.sentence
    desk.rest(qtbot)
    shown = {curve.line.name: tuple(curve.y) for curve in page.values.curves}
    assert shown == {
        "stack": (3.0, 1.5),
        "manga": (2.0, 1.0),
        "birds": (1.0, 0.5),
        "W₀, its largest": BASE_VALUES,
    }
    rows = {row[0]: row[1:] for row in page.facts.numbers().rows}
    largest, relative, stable, effective, directions, spike = rows["stack"]
    assert (largest, relative) == (3.0, pytest.approx(0.3))
    assert stable == pytest.approx(1.25)
    assert effective == pytest.approx(1.8899, abs=1e-4)  # exp of the entropy of ⅔, ⅓
    assert directions == 2
    assert spike == "no", "σ₁ is not above the limit"
    assert page.sentence == (
        "Of 2 directions 2 hold 95 % of the change. The strongest is 30.0 % of the base’s "
        "strongest."
    )
    assert not page.badge.isVisible()


def test_a_spike_is_told_with_its_limits(page: SpectraPage, desk: LabDesk, qtbot: QtBot) -> None:
    desk.stack.set_scale("manga", 4.0)
    page.watch(True)
    desk.weights.details.select(WEIGHTS[1])
    desk.rest(qtbot)
    assert page.badge.isVisible()
    assert "provisional" in page.badge.toolTip()
    rows = {row[0]: row[-1] for row in page.facts.numbers().rows}
    assert rows == {"stack": "spike", "manga": "spike", "birds": "no"}
    assert "spike" in {curve.line.name for curve in page.weights.curves}


def test_without_rows_it_says_what_to_do(page: SpectraPage, desk: LabDesk, qtbot: QtBot) -> None:
    page.watch(True)
    desk.rest(qtbot)
    desk.stack.all_off()
    desk.rest(qtbot)
    assert "Switch one on" in page.all_frame.sentence
    assert "Turn on an adapter" in page.one_frame.sentence


def test_weights_go_from_input_to_output() -> None:
    live = FakeWeights(["a"], "b")
    found = {key: WeightSpectra(key, (8, 8), (), Spectrum((1.0,), 1), None) for key in WEIGHTS}
    shown = all_weights(dict(reversed(found.items())), live.blocks, live.block_of, str)
    assert shown.order == WEIGHTS
    assert not shown.is_relative, "without W₀ there is no ratio"
    assert [y for curve in shown.curves for y in curve.y] == [1.0] * LAST
    assert shown.words(1, 0).startswith(".".join(WEIGHTS[1]))


def test_the_same_rows_on_another_base_are_measured_anew(
    page: SpectraPage, desk: LabDesk, qtbot: QtBot
) -> None:
    page.watch(True)
    desk.weights.details.select(WEIGHTS[1])
    desk.rest(qtbot)
    page.watch(False)
    before = len(desk.asked_weights)
    desk.use_checkpoint(msgspec.structs.replace(DEMO, identity="e" * 64))
    desk.match("manga", "birds")
    desk.rest(qtbot)
    assert desk.asked_weights[before:] == []
    page.watch(True)
    kinds = [type(one) for one in desk.asked_weights[before:]]
    assert kinds == [SpectraWanted, DetailsWanted]


def test_a_tick_of_a_fader_draws_nothing_again(
    page: SpectraPage, desk: LabDesk, qtbot: QtBot
) -> None:
    page.watch(True)
    desk.rest(qtbot)
    curves = page.weights.curves
    desk.stack.begin_drag()
    desk.stack.set_scale("manga", 0.3)
    assert page.weights.curves is curves
    desk.stack.end_drag()
    desk.rest(qtbot)
    assert page.weights.curves is not curves


def test_what_was_selected_meanwhile_is_marked_too(
    page: SpectraPage, desk: LabDesk, qtbot: QtBot
) -> None:
    page.watch(True)
    desk.rest(qtbot)
    page.watch(False)
    desk.weights.details.select(WEIGHTS[2])
    assert page.weights.marked_x is None
    page.watch(True)
    assert page.weights.marked_x == 3.0
