"""The overview of the weights dock: it follows the faders, says who fights, goes to one weight."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea

from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.reports import AdapterReport
from loraviewer.core.weight_measurements import LiveWanted
from loraviewer.ui.lab.overview_page import OverviewPage
from loraviewer.ui.main_window import MainWindow
from tests.fake_weights import WEIGHTS, FakeWeights
from tests.ui.fakes import DEMO, Desk, entry
from tests.ui.measured import add_measured, answer, come_to_rest
from tests.ui.pane_windows import press

Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton


@pytest.fixture
def page(window: MainWindow, controller: Desk, qtbot) -> OverviewPage:
    """Over two rows at 1, of cosine ½."""
    window.activateWindow()
    add_measured(controller, "manga", "birds")
    press(window, Key.Key_F2)
    qtbot.waitUntil(lambda: window.weights.dock.page is not None)
    come_to_rest(controller, qtbot)
    shown = window.weights.dock.page
    assert isinstance(shown, OverviewPage)
    return shown


def values(page: OverviewPage) -> list[list[float | None]]:
    """Row by row."""
    cells = page.map.cells
    return [
        [cells.value(row, column) for column in range(len(cells.columns))]
        for row in range(len(cells.rows))
    ]


def lines(page: OverviewPage) -> list[str]:
    return [line.sentence for line in page.report.lines.lines]


def click_cell(page: OverviewPage, row: int, column: int) -> None:
    place = page.map.geometry_now().cell(row, column).center().toPoint()
    QTest.mouseClick(page.map.viewport(), LEFT, pos=place)


def test_it_says_how_strong_the_stack_is_and_where(page):
    assert page.headline.startswith(
        "The stack is 17\u00a0% as large as the base weights it touches"
    )
    assert page.map.cells.rows == ["TE1.00", "IN01", "M00", "OUT03"]
    assert page.map.cells.columns == ("manga", "birds", "Stack")
    assert values(page) == [pytest.approx([0.1, 0.1, 3**0.5 / 10])] * 4, "√(1 + 1 + 2 · ½) of 10"


def test_it_follows_a_held_fader_without_the_engine(page, controller, qtbot):
    before, asked = page.headline, len(controller.engine.measured)
    controller.stack.begin_drag()
    controller.stack.set_scale("manga", -1.0)
    qtbot.waitUntil(lambda: page.headline != before)
    assert values(page) == [pytest.approx([0.1, 0.1, 0.1])] * 4
    assert len(controller.engine.measured) == asked
    controller.stack.end_drag()


def test_colours_keep_their_meaning_while_a_fader_is_held(page, controller, qtbot):
    before = page.map.scale
    controller.stack.begin_drag()
    controller.stack.set_scale("manga", 0.001)
    controller.stack.set_scale("birds", 0.001)
    qtbot.waitUntil(lambda: values(page)[0][1] == pytest.approx(0.0001))
    assert page.map.scale.high == before.high
    controller.stack.end_drag()
    qtbot.waitUntil(lambda: page.map.scale.high < before.high)


def test_undo_and_another_pane_are_followed(page, window, controller, qtbot):
    first = page.headline
    controller.stack.set_scale("manga", 0.1)
    qtbot.waitUntil(lambda: page.headline != first)
    window.actions_table["undo"].trigger()
    qtbot.waitUntil(lambda: page.headline == first)
    controller.places.activate("base")
    qtbot.waitUntil(lambda: "No adapter changes the weights" in page.frame.sentence)
    controller.places.activate("current")
    qtbot.waitUntil(lambda: page.headline == first)


def test_the_report_says_who_meets_whom_once_faders_rest(page, controller, qtbot):
    assert lines(page) == [
        "manga and birds pull the same way in all 4 shared weights, "
        "most in TE1.00 (25\u00a0% of what they share)."
    ]
    controller.stack.set_scale("manga", -1.0)
    come_to_rest(controller, qtbot)
    assert lines(page)[0].startswith("manga and birds cancel each other in all 4 shared weights")


def test_rows_that_go_are_gone_from_the_report_at_once(page, controller):
    controller.stack.remove("birds")
    QApplication.processEvents()
    assert "Only one adapter changes the weights" in page.report.frame.sentence


def test_a_cell_goes_to_the_weight_that_is_changed_most_there(page, controller):
    click_cell(page, 2, 0)
    assert controller.weights.details.selected == WEIGHTS[2]
    assert page.map.marked is not None
    assert page.map.marked[0] == 2


def test_a_cell_of_rows_that_have_just_changed(page, controller):
    controller.stack.set_scale("manga", 0.5)  # the next tick is not due yet
    controller.stack.add(entry("frog", 1.0))
    controller.learn("frog", AdapterReport(sha256="frog", matched=("a",)))
    click_cell(page, 2, 2)
    assert controller.weights.details.selected is None, "frog is not measured yet"


def test_a_weight_that_is_selected_elsewhere_is_marked(page, controller):
    controller.weights.details.select(WEIGHTS[3])
    assert page.map.marked[0] == 3
    controller.weights.details.select(None)
    assert page.map.marked is None


@pytest.mark.parametrize("by_key", [False, True])
def test_a_line_of_the_report_goes_to_where_the_two_meet_most(page, controller, qtbot, by_key):
    scales = {"IN01": 3.0}
    for name in ("manga", "birds"):
        controller.stack.set_block_scales(name, scales)
    come_to_rest(controller, qtbot)
    report = page.report.list
    if by_key:
        report.setFocus()
        QTest.keyClick(report, Key.Key_Return)
    else:
        place = report.visualRect(report.model().index(0, 0)).center()
        QTest.mouseClick(report.viewport(), LEFT, pos=place)
    assert controller.weights.details.selected == WEIGHTS[1]


def test_every_weight_can_have_its_row(page, controller):
    page.show_weights(True)
    assert page.map.cells.rows[1] == "IN01 attn1.to_q"
    assert len(page.map.cells.rows) == len(WEIGHTS)
    click_cell(page, 1, 1)
    assert controller.weights.details.selected == WEIGHTS[1]
    assert page.map.words(1, 0) == (f"{'.'.join(WEIGHTS[1])}\nmanga: 10.0 % of the base weight")


def test_it_copies_as_numbers(page):
    page.frame.copy_numbers()
    first = QApplication.clipboard().text().splitlines()[:2]
    assert first[0] == "Block\tmanga\tbirds\tStack"
    assert first[1].split("\t")[:3] == ["TE1.00", "0.1", "0.1"]
    page.report.frame.copy_numbers()
    table = [line.split("\t") for line in QApplication.clipboard().text().splitlines()]
    assert table[0][:3] == ["first", "second", "verdict"]
    assert table[1][:3] == ["manga", "birds", "alike"]
    assert len(table) == 5, "one for each block where they meet"


def test_an_empty_stack_says_what_to_do(page, controller, qtbot):
    controller.stack.remove("birds")
    controller.stack.remove("manga")
    qtbot.waitUntil(lambda: "Switch one on" in page.frame.sentence)
    assert page.headline == ""


def test_where_no_row_that_is_on_fits_that_is_said(page, controller, qtbot):
    for name in ("manga", "birds"):
        controller.learn(name, AdapterReport(sha256=name, unmatched=("unet.a",)))
    qtbot.waitUntil(lambda: "do not fit this base" in page.frame.sentence)


def test_what_cannot_be_measured_says_why(page, controller, qtbot):
    add_measured(controller, "frog", weights=FakeWeights(["manga", "birds"], DEMO.identity))
    qtbot.waitUntil(lambda: page.frame.sentence == "The adapters are being measured…")
    wanted = [one for one in controller.engine.measured if isinstance(one, LiveWanted)][-1]
    why = Failure(FailureKind.ADAPTER, "“frog” cannot be measured.")
    controller.weights.live.on_ended(why, wanted)
    qtbot.waitUntil(lambda: page.frame.sentence == why.message)
    assert page.report.frame.sentence == why.message


def test_another_base_begins_anew(page, controller, qtbot):
    other = msgspec.structs.replace(DEMO, source="/other", identity="e" * 64)
    controller.use_checkpoint(other)
    for name in ("manga", "birds"):
        controller.learn(name, AdapterReport(sha256=name, matched=("a",)))
    qtbot.waitUntil(lambda: page.frame.sentence == "The adapters are being measured…")
    answer(controller, FakeWeights(["manga", "birds"], other.identity, text=False))
    qtbot.waitUntil(lambda: not page.frame.sentence)
    assert page.map.cells.rows == ["IN01", "M00", "OUT03"]


def test_names_are_no_markup_and_make_nothing_wider(window, page, controller, qtbot):
    width = page.width()
    markup = "<b>bold</b>" + 60 * "x"
    row = entry("frog", 3.0, sha256="manga")
    controller.stack.add(msgspec.structs.replace(row, name=markup))
    come_to_rest(controller, qtbot)
    (shown,) = [one for one in page.findChildren(QLabel) if one.text() == page.headline]
    assert "<b>bold" in page.headline
    assert shown.textFormat() is Qt.TextFormat.PlainText
    assert page.width() == width
    assert page.findChild(QScrollArea).horizontalScrollBar().maximum() == 0


def test_two_rows_of_one_adapter_are_told_apart(page, controller, qtbot):
    controller.stack.add(entry("again", 1.0, sha256="manga"))
    come_to_rest(controller, qtbot)
    assert page.map.cells.columns == ("manga", "birds", "again", "Stack")
    assert any("manga and again" in line for line in lines(page))
