"""Rows and columns of one weight, and what of its change is new to the base."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.weight_measurements import DetailsWanted, Rounding, SideEnergies
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from loraviewer.ui.lab.weight_page import WeightPage
from loraviewer.ui.lab.weight_words import half_share, rounding_sentence, rows_sentence
from loraviewer.ui.widgets.theme import studio_palette
from tests.fake_weights import WEIGHTS
from tests.ui.lab.desks import LabDesk

Put = Callable[[QWidget], QWidget]


@pytest.fixture
def page(put: Put, desk: LabDesk, dialogs: ChartDialogs, qtbot: QtBot) -> WeightPage:
    """Watched, over two rows at 1 and 0.5, of which a weight is selected and measured."""
    desk.have("manga")
    desk.have("birds", scale=0.5)
    desk.weights.details.select(WEIGHTS[1])
    page = WeightPage(desk.weights, dialogs)
    put(page)
    page.watch(True)
    desk.rest(qtbot)
    return page


def test_rows_and_columns_as_strips(page: WeightPage) -> None:
    whole = 5 * 1.5**2
    numbers = page.rows.numbers()
    assert numbers.header == ("row", "stack, ‖·‖²", "manga, ‖·‖²", "birds, ‖·‖²")
    assert [row[1] for row in numbers.rows] == [whole / 2, whole / 4, whole / 8, whole / 8]
    assert [row[2] for row in numbers.rows] == [2.5, 1.25, 0.625, 0.625]
    assert len(page.columns.numbers().rows) == 8
    QTest.mouseClick(page.rows_frame.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == numbers.tsv()


def test_one_sentence_says_it(page: WeightPage) -> None:
    words = page.rows_frame.explanation
    assert words == (
        "25 % of the rows take half of the change. Participation 0.70; random directions have 0.90."
    )
    assert page.columns_frame.explanation.startswith("25 % of the columns take half")
    assert page.rounding == (
        "Kept as bfloat16: 50 % of its numbers change. Rounding is off by 2.00 % of the change, of "
        "which 99.90 % arrives."
    )


def test_spread_beside_chance(page: WeightPage) -> None:
    numbers = page.spread.numbers()
    assert numbers.header[:3] == (
        "Change",
        "Participation of rows",
        "Participation of rows, by chance",
    )
    names = [row[0] for row in numbers.rows]
    assert names == ["stack", "manga", "birds"]
    assert numbers.rows[1][1:] == (0.7, 0.9, 0.8, 0.95, 3.0, 2.0, 0.04, 0.01, 0.08, 0.02)
    assert page.spread.model().index(1, 4).data() == "4.0 (1.0)"


def test_intruders_on_request(page: WeightPage, desk: LabDesk, qtbot: QtBot) -> None:
    assert not page.intruders_frame.isVisible()
    QTest.mouseClick(page.look_button, Qt.MouseButton.LeftButton)
    assert page.found == "Looking for intruders…"
    assert not page.look_button.isEnabled()
    desk.rest(qtbot)
    wanted = desk.asked_weights[-1]
    assert isinstance(wanted, DetailsWanted)
    assert wanted.with_intruders
    assert page.look_button.isEnabled()
    assert page.found == (
        "1 of the 2 strongest directions are new to the base; random changes of the same strength "
        "make 3."
    )
    assert page.intruders.numbers().rows == (
        ("1", 11.0, 0.25, "intruder", "birds"),
        ("2", 9.0, 0.75, "no", "manga"),
    )
    page.watch(False)
    page.watch(True)
    assert page.intruders_frame.isVisible(), "looking away does not lose them"
    desk.weights.details.select(WEIGHTS[2])
    assert not page.intruders_frame.isVisible()


def test_the_answer_about_intruders_is_seen_in_a_low_window(
    page: WeightPage, desk: LabDesk, qtbot: QtBot
) -> None:
    page.window().resize(900, 220)
    QApplication.processEvents()
    area = page.findChild(QScrollArea)
    assert area is not None
    area.ensureWidgetVisible(page.look_button)
    QTest.mouseClick(page.look_button, Qt.MouseButton.LeftButton)
    desk.rest(qtbot)
    QApplication.processEvents()
    assert "new to the base" in page.found
    answer = next(one for one in page.findChildren(QLabel) if one.text() == page.found)
    top = answer.mapTo(area.viewport(), QPoint(0, 0)).y()
    assert 0 <= top <= area.viewport().height() - answer.height()


def test_selection_from_elsewhere(page: WeightPage, desk: LabDesk, qtbot: QtBot) -> None:
    desk.weights.details.select(WEIGHTS[3])
    assert "Measuring" in page.rows_frame.sentence
    assert not page.columns_frame.isVisible()
    desk.rest(qtbot)
    assert page.rows_frame.sentence == ""
    desk.weights.details.select(None)
    assert "Select a weight" in page.rows_frame.sentence
    assert not page.look_button.isVisible()


def test_strengths_of_before_are_called_so(page: WeightPage, desk: LabDesk, qtbot: QtBot) -> None:
    desk.stack.begin_drag()
    desk.stack.set_scale("manga", 0.25)
    assert "strengths before" in page.state
    assert page.rows.strips[1].energies[0] == 2.5
    desk.stack.end_drag()
    desk.rest(qtbot)
    assert page.state == ""
    assert page.rows.strips[1].energies[0] == 2.5 / 16


def test_a_failure_is_said(page: WeightPage, desk: LabDesk) -> None:
    desk.weights.details.select(WEIGHTS[2])
    desk.engine.take()
    desk.engine.finish(Failure(FailureKind.MERGE, "Nothing changes it."))
    assert page.rows_frame.sentence == "Nothing changes it."


def test_another_scheme_recolours_strips(page: WeightPage) -> None:
    def light() -> int:
        image = page.rows.grab().toImage()
        return image.pixelColor(image.width() - 8, 10).lightness()

    before = light()
    QApplication.setPalette(studio_palette(True))
    QApplication.processEvents()
    assert light() < before - 60
    QApplication.setPalette(studio_palette(False))
    QApplication.processEvents()
    assert light() == before


def test_a_narrow_dock_never_scrolls_sideways(page: WeightPage, window: QWidget) -> None:
    from PySide6.QtWidgets import QScrollArea

    window.resize(420, 400)
    QApplication.processEvents()
    area = page.findChild(QScrollArea)
    assert area is not None
    assert area.horizontalScrollBar().maximum() == 0
    assert area.verticalScrollBar().maximum() > 0


def test_the_smallest_share_with_half_of_it() -> None:
    assert half_share((0.0, 5.0, 0.0, 5.0)) == 0.25
    assert half_share((1.0,) * 10) == 0.5
    assert half_share((0.0, 0.0)) is None
    assert "not change" in rows_sentence(SideEnergies((0.0, 0.0), None))


def test_rounding_that_cannot_be_told() -> None:
    assert "quantised" in rounding_sentence(None)
    assert rounding_sentence(Rounding("float16", 0.0, None, None)) == (
        "Kept as float16: 0 % of its numbers change."
    )
