"""A heat map read by pointer, by keys, and by who cannot see it."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from loraviewer.ui.lab.charts.heat_cells import HeatCells
from loraviewer.ui.lab.charts.heat_map import FEW_ROWS, HeatMap
from loraviewer.ui.lab.charts.scales import DivergingScale, LinearScale
from loraviewer.ui.widgets.theme import studio_palette
from tests.ui.test_wheel import turn

Put = Callable[[QWidget], QWidget]
NAMES = ("one", "two", "three")
MATRIX = ((1.0, 0.5, -1.0), (0.5, 1.0, None), (-1.0, None, 1.0))
FAINT = frozenset({(0, 1)})


@pytest.fixture
def chart(put: Put) -> HeatMap:
    chart = HeatMap("Numbers")
    chart.show_cells(HeatCells(NAMES, NAMES, MATRIX, FAINT, "row"), DivergingScale())
    put(chart)
    return chart


def centre(chart: HeatMap, row: int, column: int) -> QPoint:
    return chart.geometry_now().cell(row, column).center().toPoint()


def colour(chart: HeatMap, row: int, column: int) -> QColor:
    """Beside the number in it."""
    place = chart.geometry_now().cell(row, column)
    at = place.topLeft().toPoint() + QPoint(4, 3)
    return chart.viewport().grab().toImage().pixelColor(at)


def heard(signal) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    signal.connect(lambda row, column: found.append((row, column)))
    return found


def many(rows: int) -> HeatCells:
    return HeatCells([f"weight {i}" for i in range(rows)], ("a", "b"), ([0.5] * rows, [1.0] * rows))


def test_numbers_are_those_it_was_given(chart: HeatMap) -> None:
    numbers = chart.numbers()
    assert numbers.header == ("row", *NAMES)
    assert numbers.rows == tuple((n, *line) for n, line in zip(NAMES, MATRIX, strict=True))


def test_a_click_chooses_and_names_of_rows_do_too(chart: HeatMap) -> None:
    chosen = heard(chart.cell_chosen)
    QTest.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=centre(chart, 1, 2))
    name = chart.geometry_now().row_name(2).center().toPoint()
    QTest.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=name)
    QTest.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, 2))
    assert chosen == [(1, 2), (2, -1)]


def test_keys_go_from_cell_to_cell(chart: HeatMap) -> None:
    chosen, moved = heard(chart.cell_chosen), heard(chart.current_changed)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Left):
        QTest.keyClick(chart, key)
    assert moved == [(0, 1), (1, 1), (0, 1), (0, 0)]
    QTest.keyClick(chart, Qt.Key.Key_End)
    QTest.keyClick(chart, Qt.Key.Key_Return)
    assert chosen == [(2, 0)]
    assert chart.accessibleDescription() == "three × one: −1.00"


def test_what_a_cell_says_can_be_given(chart: HeatMap) -> None:
    cells = chart.cells
    assert chart.words(0, 1) == "one × two: +0.50"
    assert chart.words(1, 2) == "two × three: –"
    chart.show_cells(cells, DivergingScale(), "{}/{}".format)
    assert chart.words(0, 1) == "0/1"
    assert chart.accessibleDescription() == "0/0"


def test_signs_have_colours_of_their_own(chart: HeatMap) -> None:
    low, high = colour(chart, 2, 0), colour(chart, 0, 0)
    assert low.red() > low.blue() + 50
    assert high.blue() > high.red() + 50


def test_what_says_nothing_is_paler(chart: HeatMap) -> None:
    faint, plain = colour(chart, 0, 1), colour(chart, 1, 0)
    window = chart.palette().color(chart.palette().ColorRole.Window)
    far = [abs(c.blue() - window.blue()) for c in (faint, plain)]
    assert far[0] < 0.8 * far[1]


def test_another_scheme_recolours_it(chart: HeatMap) -> None:
    before = colour(chart, 1, 0)
    QApplication.setPalette(studio_palette(True))
    QApplication.processEvents()
    assert colour(chart, 1, 0).lightness() < before.lightness() - 60
    QApplication.setPalette(studio_palette(False))
    QApplication.processEvents()
    assert colour(chart, 1, 0) == before


def test_a_mark_is_drawn_and_forgotten_with_its_row(chart: HeatMap) -> None:
    chart.mark((2, -1))
    assert chart.marked == (2, -1)
    assert chart.current == (2, 0)
    chart.show_cells(HeatCells(NAMES[:1], NAMES[:1], ((1.0,),)), DivergingScale())
    assert chart.marked is None
    assert chart.current == (0, 0)


def test_names_of_many_columns_leave_room_for_each_other(put: Put) -> None:
    chart = HeatMap("Adapters")
    chart.resize(400, 300)
    put(chart)
    names = [f"adapter {i}" for i in range(200)]
    chart.show_cells(HeatCells(["a"], names, [[0.5]] * 200), LinearScale(1.0))
    image, geometry = chart.viewport().grab().toImage(), chart.geometry_now()
    ground, head = image.pixelColor(0, 0), range(int(geometry.top) - 2)
    across = range(int(geometry.left), int(geometry.left + 200 * geometry.column_px))
    empty = [x for x in across if all(image.pixelColor(x, y) == ground for y in head)]
    assert len(across) / chart.fontMetrics().height() - 2 < len(empty) < len(across)


def test_the_keyboard_keeps_its_column_in_a_marked_row(chart: HeatMap) -> None:
    chart.mark((0, 1))
    chart.mark((2, -1))
    assert chart.current == (2, 1)


def test_ten_thousand_rows_scroll_to_the_one_that_is_marked(put: Put) -> None:
    chart = HeatMap("Weights")
    put(chart)
    chart.show_cells(many(10_000), LinearScale(1.0))
    bar = chart.verticalScrollBar()
    assert bar.maximum() > 0
    assert len(chart.geometry_now().shown_rows) < 400
    chart.mark((7_000, -1))
    assert 7_000 in chart.geometry_now().shown_rows
    before = bar.value()
    turn(chart.viewport())
    assert bar.value() > before


def test_rows_grow_by_plus_and_shrink_by_minus(put: Put) -> None:
    chart = HeatMap("Weights")
    put(chart)
    chart.show_cells(many(200), LinearScale(1.0))
    low = chart.geometry_now().row_px
    QTest.keyClicks(chart, "+++")
    high = chart.geometry_now().row_px
    assert high > low
    QTest.keyClicks(chart, "----")
    assert chart.geometry_now().row_px == low


def test_few_rows_are_shown_whole(put: Put) -> None:
    chart = HeatMap("Few")
    chart.show_cells(many(FEW_ROWS), LinearScale(1.0))
    put(chart)
    assert chart.verticalScrollBar().maximum() == 0
    assert len(chart.geometry_now().shown_rows) == FEW_ROWS


def test_nothing_is_drawn_of_nothing(put: Put) -> None:
    chart = HeatMap("Empty")
    put(chart)
    chart.grab()
    QTest.keyClick(chart, Qt.Key.Key_Down)
    QTest.keyClick(chart, Qt.Key.Key_Return)
    chart.show_cells(HeatCells(NAMES, (), ()), LinearScale(1.0))
    chart.grab()
    assert chart.numbers().rows == (("one",), ("two",), ("three",)) or not chart.numbers().rows
