"""Curves and strips read by pointer, by keys, and by who cannot see them."""

from collections.abc import Callable, Iterator

import pytest
import shiboken6
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.ui.lab.charts.curve_plot import Curve, CurvePlot
from loraviewer.ui.lab.charts.heat_cells import HeatCells
from loraviewer.ui.lab.charts.heat_map import HeatMap
from loraviewer.ui.lab.charts.legends import Line
from loraviewer.ui.lab.charts.number_table import Column, NumberTable
from loraviewer.ui.lab.charts.scales import LinearScale
from loraviewer.ui.lab.charts.strip_chart import Strip, StripChart
from loraviewer.ui.widgets.theme import studio_palette
from tests.ui.lab.desks import scrolled_by_wheel

Put = Callable[[QWidget], QWidget]
CURVES = (
    Curve(Line("stack"), (1.0, 2.0, 3.0), (1.0, 0.1, 0.01)),
    Curve(Line("manga", 0), (1.0, 2.0, 3.0), (0.5, None, 0.0), has_dots=True),
)


@pytest.fixture
def plot(put: Put) -> CurvePlot:
    plot = CurvePlot("Spectra", "direction", "σ")
    plot.show_curves(CURVES)
    put(plot)
    plot.grab()
    return plot


@pytest.fixture
def strips(put: Put) -> StripChart:
    chart = StripChart("Rows", "row")
    peak = [0.0] * 1000
    peak[700] = 5.0
    chart.show_strips([Strip("stack", peak), Strip("manga", [1.0] * 1000)], LinearScale(4.0))
    put(chart)
    return chart


def test_numbers_at_the_upper_end_of_an_axis_are_not_cut_off(plot: CurvePlot) -> None:
    drawn = plot._plot.getViewBox().sceneBoundingRect()
    assert drawn.top() >= plot.fontMetrics().height() / 2


def test_an_empty_plot_has_no_numbers(plot: CurvePlot) -> None:
    def widths() -> float:
        QApplication.processEvents()
        return plot._plot.getAxis("left").width()

    with_numbers = widths()
    plot.show_curves(())
    plot.grab()
    assert widths() < with_numbers


def heard(signal) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    signal.connect(lambda first, second: found.append((first, second)))
    return found


def test_numbers_of_curves(plot: CurvePlot) -> None:
    numbers = plot.numbers()
    assert numbers.header[1:] == ("direction", "σ")
    assert numbers.rows[:3] == (("stack", 1.0, 1.0), ("stack", 2.0, 0.1), ("stack", 3.0, 0.01))
    assert numbers.rows[4:] == (("manga", 2.0, None), ("manga", 3.0, 0.0))


def test_a_click_near_a_point_chooses_it(plot: CurvePlot) -> None:
    chosen = heard(plot.point_chosen)
    at = plot.place_of(0, 1).toPoint()
    QTest.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=at + QPoint(3, -3))
    QTest.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=at + QPoint(3, -60))
    assert chosen == [(0, 1)]
    assert plot.accessibleDescription() == "stack: direction 2.00, σ 0.100"


def test_logarithms_are_drawn(plot: CurvePlot) -> None:
    """Equal factors are equal ways."""
    y = [plot.place_of(0, i).y() for i in range(3)]
    assert y[1] - y[0] == pytest.approx(y[2] - y[1], abs=0.01)
    assert y[1] - y[0] > 10


def test_what_has_no_logarithm_is_not_there(plot: CurvePlot) -> None:
    assert plot.nearest(plot.place_of(1, 0)) == (1, 0)
    x = plot.place_of(0, 2).x()
    for y in range(0, plot.height(), 5):
        found = plot.nearest(plot.viewport().rect().topLeft().toPointF() + QPoint(int(x), y))
        assert found in (None, (0, 2))


def test_keys_go_along_curves(plot: CurvePlot) -> None:
    moved, chosen = heard(plot.current_changed), heard(plot.point_chosen)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left):
        QTest.keyClick(plot, key)
    QTest.keyClick(plot, Qt.Key.Key_Return)
    assert moved == [(0, 0), (0, 1), (1, 1), (1, 0)]
    assert chosen == [(1, 0)]


def test_another_scheme_recolours_curves(plot: CurvePlot) -> None:
    def ink() -> int:
        at = plot.place_of(0, 1).toPoint()
        return plot.viewport().grab().toImage().pixelColor(at).lightness()

    QApplication.setPalette(studio_palette(False))
    QApplication.processEvents()
    assert ink() < 100
    QApplication.setPalette(studio_palette(True))
    QApplication.processEvents()
    assert ink() > 150
    QApplication.setPalette(studio_palette(False))
    QApplication.processEvents()
    assert ink() < 100


@pytest.fixture
def long_page(qtbot: QtBot) -> Iterator[QScrollArea]:
    """Charts in an area that scrolls."""
    content, area = QWidget(), QScrollArea()
    column = QVBoxLayout(content)
    heat = HeatMap("Numbers")
    heat.show_cells(HeatCells(("a", "b"), ("x",), ((1.0, 2.0),)), LinearScale(2.0))
    plot = CurvePlot("Spectra", "direction", "σ")
    plot.show_curves(CURVES)
    strips = StripChart("Rows", "row")
    strips.show_strips([Strip("stack", (1.0, 2.0))], LinearScale(4.0))
    for chart in (heat, plot, strips, NumberTable("Facts", (Column("a"),))):
        column.addWidget(chart)
    column.addSpacing(2_000)
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.resize(400, 300)
    area.show()
    qtbot.waitExposed(area)
    yield area
    shiboken6.delete(area)


@pytest.mark.parametrize("kind", [HeatMap, CurvePlot, StripChart, NumberTable])
def test_the_wheel_over_a_chart_scrolls_the_page(long_page: QScrollArea, kind: type) -> None:
    chart = long_page.findChild(kind)
    assert isinstance(chart, QWidget)
    over = chart.viewport() if isinstance(chart, QAbstractScrollArea) else chart
    ranges = chart.getViewBox().viewRange() if isinstance(chart, CurvePlot) else None
    assert scrolled_by_wheel(over) > 0
    if isinstance(chart, CurvePlot):
        assert chart.getViewBox().viewRange() == ranges


def test_curves_that_go_take_their_point_along(plot: CurvePlot) -> None:
    QTest.keyClick(plot, Qt.Key.Key_Right)
    plot.show_curves(())
    plot.grab()
    QTest.keyClick(plot, Qt.Key.Key_Right)
    QTest.keyClick(plot, Qt.Key.Key_Return)
    assert plot.numbers().rows == ()


def test_numbers_of_strips(strips: StripChart) -> None:
    numbers = strips.numbers()
    assert numbers.header == ("row", "stack, ‖·‖²", "manga, ‖·‖²")
    assert len(numbers.rows) == 1000
    assert numbers.rows[700] == (700, 5.0, 1.0)


def test_a_single_row_among_a_thousand_is_seen(strips: StripChart) -> None:
    """There are fewer pixels than rows."""
    image = strips.grab().toImage()
    line = [image.pixelColor(x, 10).lightness() for x in range(150, strips.width() - 3)]
    usual = sorted(line)[len(line) // 2]
    assert sum(abs(value - usual) > 60 for value in line) in (1, 2)
    far = next(x for x, value in enumerate(line, 150) if abs(value - usual) > 60)
    assert strips.place_at(QPoint(far, 10)) == (0, 700)
    assert "1000 times the mean" in strips.words(0, 700)
    assert "100 %" in strips.words(0, 700)


def test_keys_go_along_strips(strips: StripChart) -> None:
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
        QTest.keyClick(strips, key)
    assert strips.accessibleDescription().startswith("manga, row 2: 1.00 times the mean")


def test_a_strip_of_zeros(put: Put) -> None:
    chart = StripChart("Rows", "row")
    chart.show_strips([Strip("stack", (0.0, 0.0))], LinearScale(4.0))
    put(chart)
    chart.grab()
    assert chart.words(0, 1) == "stack: no change"


def test_a_table_tells_what_chance_gives(put: Put) -> None:
    columns = (Column("Change"), Column("Out %", "tip", "Outputs", has_null=True, is_share=True))
    table = NumberTable("Facts", columns)
    put(table)
    table.show_rows([("manga", (0.25, 0.125)), ("zero", (None, None))])
    model = table.model()
    assert [model.index(row, 1).data() for row in (0, 1)] == ["25 (12)", "–"]
    assert table.numbers().header == ("Change", "Outputs", "Outputs, by chance")
    assert table.numbers().rows == (("manga", 0.25, 0.125), ("zero", None, None))
