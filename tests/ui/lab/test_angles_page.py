"""Angles between the rows of the stack, and directions that they share in the selected weight."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from loraviewer.core.draft_ways import DraftWay
from loraviewer.core.weight_measurements import DetailsWanted
from loraviewer.core.weight_numbers import Angles, Place
from loraviewer.ui.lab.angle_cells import of_angles, summary
from loraviewer.ui.lab.angles_page import AnglesPage
from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from tests.fake_details import OVERLAP, OVERLAP_NULL
from tests.fake_weights import WEIGHTS, FakeWeights
from tests.ui.fakes import entry
from tests.ui.lab.desks import LabDesk

Put = Callable[[QWidget], QWidget]


@pytest.fixture
def page(put: Put, desk: LabDesk, dialogs: ChartDialogs, qtbot: QtBot) -> AnglesPage:
    """Watched, over two rows whose cosine is a half."""
    desk.have("manga", "birds")
    desk.rest(qtbot)
    page = AnglesPage(desk.weights, dialogs)
    put(page)
    page.watch(True)
    return page


def test_cosines_are_those_of_the_model(page: AnglesPage) -> None:
    numbers = page.angles.numbers()
    assert numbers.header == ("Cosine", "manga", "birds")
    assert numbers.rows == (("manga", 1.0, 0.5), ("birds", 0.5, 1.0))
    assert page.sentence.text() == "“manga” and “birds” pull the same way most (+0.50)."
    assert page.angles.words(0, 1) == "manga × birds: cosine +0.50, chance gives ±0.010"


def test_without_rows_it_says_what_to_do(put: Put, desk: LabDesk, dialogs: ChartDialogs) -> None:
    page = AnglesPage(desk.weights, dialogs)
    put(page)
    page.watch(True)
    assert "Switch one on" in page.angles_frame.sentence
    assert "Turn on an adapter" in page.output_frame.sentence
    assert not page.place.isEnabled()


def test_rows_for_drafts_alone_take_no_part_and_it_says_so(
    put: Put, desk: LabDesk, dialogs: ChartDialogs
) -> None:
    page = AnglesPage(desk.weights, dialogs)
    put(page)
    page.watch(True)
    desk.stack.add(entry("lcm", for_drafts=DraftWay("lcm")))
    desk.match("lcm")
    words = "Rows for drafts only take no part here, and no other row is on."
    assert page.angles_frame.sentence == words
    assert page.output_frame.sentence == words


def test_a_tick_of_a_fader_draws_no_angle_again(page: AnglesPage, desk: LabDesk) -> None:
    cells = page.angles.cells
    desk.stack.begin_drag()
    desk.stack.set_scale("manga", 0.3)
    assert page.angles.cells is cells
    desk.stack.end_drag()


def test_rows_that_come_and_go(page: AnglesPage, desk: LabDesk, qtbot: QtBot) -> None:
    desk.have("birds 2")
    desk.rest(qtbot)
    assert page.angles.cells.rows == ("manga", "birds", "birds 2")
    desk.stack.set_enabled("manga", False)
    assert page.angles.cells.rows == ("birds", "birds 2")


def test_nothing_is_drawn_while_nobody_looks(page: AnglesPage, desk: LabDesk) -> None:
    page.watch(False)
    cells = page.angles.cells
    desk.stack.set_enabled("manga", False)
    assert page.angles.cells is cells
    page.watch(True)
    assert page.angles.cells.rows == ("birds",)


def test_places_go_from_the_whole_to_its_blocks(
    page: AnglesPage, desk: LabDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Place] = []
    angles = FakeWeights.angles

    def ask(weights: FakeWeights, adapters, place: Place) -> Angles:
        asked.append(place)
        return angles(weights, adapters, place)

    monkeypatch.setattr(FakeWeights, "angles", ask)
    words = [page.place.itemText(i) for i in range(page.place.count())]
    assert words[:3] == ["Everywhere", "Text encoder 1", "Denoiser"]
    assert "Block M00" in words
    page.place.setCurrentIndex(words.index("Block M00"))
    page.place.activated.emit(words.index("Block M00"))
    assert asked == [Place("unet", "M00")]
    desk.weights.details.select(WEIGHTS[1])
    assert page.place.currentText() == "Block M00", "what was chosen stays"
    page.place.setCurrentIndex(page.place.findText("Selected weight"))
    page.place.activated.emit(page.place.currentIndex())
    assert asked[-1] == Place("unet", weight=WEIGHTS[1][1])


def test_overlaps_of_the_selected_weight_above_chance(
    page: AnglesPage, desk: LabDesk, qtbot: QtBot
) -> None:
    assert "Select a weight" in page.output_frame.sentence
    assert not page.input_frame.isVisible()
    desk.weights.details.select(WEIGHTS[1])
    assert "Measuring" in page.output_frame.sentence
    desk.rest(qtbot)
    assert page.output.cells.value(0, 1) == OVERLAP - OVERLAP_NULL
    assert page.output.cells.value(0, 0) == 1.0 - OVERLAP_NULL
    assert page.output.words(0, 1) == "manga × birds: 0.750 shared, of which chance gives 0.0200"
    assert page.input_frame.isVisible()
    assert "says nothing" in page.input.words(0, 1)
    assert "says nothing" not in page.input.words(0, 0)


def test_details_are_measured_only_for_who_looks(
    put: Put, desk: LabDesk, dialogs: ChartDialogs, qtbot: QtBot
) -> None:
    desk.have("manga")
    desk.weights.details.select(WEIGHTS[0])
    page = AnglesPage(desk.weights, dialogs)
    put(page)
    desk.rest(qtbot)
    assert desk.asked_weights == []
    page.watch(True)
    desk.rest(qtbot)
    (wanted,) = desk.asked_weights
    assert isinstance(wanted, DetailsWanted)
    page.watch(False)
    page.watch(True)
    desk.rest(qtbot)
    assert len(desk.asked_weights) == 1, "what is known is not measured again"


def test_cells_within_five_deviations_are_faint() -> None:
    null = ((0.1, 0.1), (0.1, 0.1))
    for cosine, is_faint in ((0.49, True), (-0.49, True), (0.51, False)):
        pairs = of_angles(Angles(((1.0, cosine), (cosine, 1.0)), null), ("a", "b"))
        assert ((0, 1) in pairs.cells.faint) == is_faint
        assert (0, 0) not in pairs.cells.faint


def test_the_sentence_names_friends_and_foes() -> None:
    cosine = ((1.0, 0.4, -0.2), (0.4, 1.0, None), (-0.2, None, 1.0))
    null = ((0.01,) * 3,) * 3
    cells = of_angles(Angles(cosine, null), ("a", "b", "c")).cells
    assert summary(cells) == (
        "“a” and “b” pull the same way most (+0.40). “a” and “c” cancel each other most (−0.20)."
    )
    weak = of_angles(Angles(((1.0, 0.02), (0.02, 1.0)), ((0.001,) * 2,) * 2), ("a", "b")).cells
    assert "which is little" in summary(weak)
    apart = of_angles(Angles(((1.0, 0.02), (0.02, 1.0)), ((0.1,) * 2,) * 2), ("a", "b")).cells
    assert "chance" in summary(apart)
    assert "second adapter" in summary(of_angles(Angles(((1.0,),), ((0.1,),)), ("a",)).cells)


def test_everything_is_reached_by_tab(page: AnglesPage, window: QWidget) -> None:
    window.activateWindow()
    page.place.setFocus()
    seen: list[str] = []
    for _ in range(6):
        focused = window.focusWidget()
        assert focused is not None
        seen.append(focused.accessibleName())
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert {"Where to compare", "Cosines between adapters", "Copy numbers"} <= set(seen)
