"""Ways out of a chart: the clipboard, and files with its numbers or its picture."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget

from loraviewer.ui.lab.charts.chart_dialogs import ChartDialogs
from loraviewer.ui.lab.charts.chart_frame import ChartFrame
from loraviewer.ui.lab.charts.curve_plot import Curve, CurvePlot
from loraviewer.ui.lab.charts.heat_cells import HeatCells
from loraviewer.ui.lab.charts.heat_map import HeatMap
from loraviewer.ui.lab.charts.legends import Line, LineLegend, ScaleLegend
from loraviewer.ui.lab.charts.scales import LinearScale

Put = Callable[[QWidget], QWidget]
CELLS = HeatCells(("a", "b"), ("x", "y"), ((0.25, 1 / 3), (None, 2.0)), corner="row")
CURVE = Curve(Line("stack"), (1.0, 2.0), (0.5, 0.125))


@pytest.fixture
def frame(put: Put, dialogs: ChartDialogs) -> ChartFrame:
    chart, legend = HeatMap("Numbers"), ScaleLegend()
    chart.show_cells(CELLS, LinearScale(2.0))
    legend.show_scale(LinearScale(2.0), "no unit")
    frame = ChartFrame("Angles: a/b?", "One line.", chart, dialogs, legend)
    put(frame)
    return frame


@pytest.fixture
def plot_frame(put: Put, dialogs: ChartDialogs) -> ChartFrame:
    plot, legend = CurvePlot("Spectra", "direction", "σ"), LineLegend()
    plot.show_curves([CURVE])
    legend.show_lines([CURVE.line])
    frame = ChartFrame("Spectra", "One line.", plot, dialogs, legend)
    put(frame)
    return frame


def choose(frame: ChartFrame, action: int, path: Path) -> QFileDialog:
    """By the menu, then by the dialog."""
    frame.menu.actions()[action].trigger()
    dialog = frame.window().findChildren(QFileDialog)[-1]
    dialog.fileSelected.emit(str(path))
    dialog.close()
    return dialog


def test_numbers_go_to_the_clipboard(frame: ChartFrame) -> None:
    QTest.mouseClick(frame.copy_button, Qt.MouseButton.LeftButton)
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert lines[0] == ["row", "x", "y"]
    assert [float(lines[1][1]), lines[1][2]] == [0.25, ""]
    assert float(lines[2][1]) == 1 / 3
    assert "copied" in frame.note


def test_the_usual_key_copies_too(frame: ChartFrame) -> None:
    chart = frame.findChild(HeatMap)
    assert chart is not None
    QGuiApplication.clipboard().clear()
    QTest.keyClick(chart, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().startswith("row\tx\ty")


def test_csv(frame: ChartFrame, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    dialog = choose(frame, 1, path)
    rows = list(csv.reader(path.read_text("utf-8").splitlines()))
    assert rows == [["row", "x", "y"], ["a", "0.25", ""], ["b", repr(1 / 3), "2.0"]]
    assert dialog.defaultSuffix() == "csv"
    assert "out.csv" in frame.note


def test_a_name_that_every_file_system_takes(frame: ChartFrame) -> None:
    frame.save_svg()
    dialog = frame.window().findChildren(QFileDialog)[-1]
    (name,) = (Path(path).name for path in dialog.selectedFiles())
    dialog.close()
    assert name.endswith(".svg")
    assert not set(name) & set(":/?")


@pytest.mark.parametrize("which", ["frame", "plot_frame"])
def test_png_has_two_pixels_for_each(which: str, request, tmp_path: Path) -> None:
    frame: ChartFrame = request.getfixturevalue(which)
    path = tmp_path / "chart.png"
    choose(frame, 2, path)
    image = QImage(str(path))
    assert abs(image.width() - 2 * frame.width()) < 60
    colours = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in (40, 120, 200, 260)}
    assert len(colours) > 3, "something is drawn"


@pytest.mark.parametrize("which", ["frame", "plot_frame"])
def test_svg_is_drawn_of_lines_and_words(which: str, request, tmp_path: Path) -> None:
    frame: ChartFrame = request.getfixturevalue(which)
    path = tmp_path / "chart.svg"
    choose(frame, 3, path)
    text = path.read_text("utf-8")
    assert QSvgRenderer(str(path)).isValid()
    assert "One line." in text
    assert "<image" not in text, "lines, no pixels"
    families = set(re.findall(r'font-family="([^"]*)"', text))
    assert families
    assert all(family.endswith(", sans-serif") for family in families)
    assert frame.title in text.replace("&apos;", "'")


def test_what_cannot_be_written_is_said(frame: ChartFrame, tmp_path: Path) -> None:
    path = tmp_path / "missing" / "out.csv"
    choose(frame, 1, path)
    assert "out.csv" in frame.note
    assert "Saved" not in frame.note


def test_numbers_are_those_of_when_it_was_asked(frame: ChartFrame, tmp_path: Path) -> None:
    frame.save_csv()
    dialog = frame.window().findChildren(QFileDialog)[-1]
    chart = frame.findChild(HeatMap)
    assert chart is not None
    chart.show_cells(HeatCells(("c",), ("z",), ((9.0,),)), LinearScale(2.0))
    dialog.fileSelected.emit(str(tmp_path / "out.csv"))
    dialog.close()
    assert (tmp_path / "out.csv").read_text().startswith("row,x,y")


def test_a_sentence_takes_the_place_of_a_chart(frame: ChartFrame) -> None:
    chart = frame.findChild(HeatMap)
    assert chart is not None
    frame.say("Nothing yet.")
    assert not chart.isVisible()
    assert not frame.copy_button.isEnabled()
    assert not any(action.isEnabled() for action in frame.menu.actions())
    frame.say("")
    assert chart.isVisible()
    assert frame.copy_button.isEnabled()
