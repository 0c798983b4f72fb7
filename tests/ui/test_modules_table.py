"""The table of modules: ten thousand rows sorted, searched, copied; live while a fader is held."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.stack import AppliedAdapter
from loraviewer.core.weight_measurements import SpectraPart, SpectraWanted
from loraviewer.core.weight_numbers import WeightName, WeightNorms
from loraviewer.core.weight_spectra import AdapterSpectrum, Spectrum, WeightSpectra
from loraviewer.ui.lab.modules_page import ModulesPage
from loraviewer.ui.main_window import MainWindow
from tests.fake_weights import WEIGHTS, FakeWeights
from tests.ui.fakes import DEMO, Desk
from tests.ui.measured import add_measured, come_to_rest
from tests.ui.pane_windows import CONTROL, press

Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton
MANY = 10_000


class ManyWeights(FakeWeights):
    """Ten thousand; at strength 1 row number r has the length (r + 1) · place, scattered."""

    def __init__(self, adapters: Sequence[str]) -> None:
        super().__init__(adapters, DEMO.identity)
        self._weights = tuple(("unet", f"up_blocks.1.attentions.{i}.to_q") for i in range(MANY))
        self._lengths = [float((i * 7919) % MANY + 1) for i in range(MANY)]

    def block_of(self, weight: WeightName):
        return "unet", f"OUT{int(weight[1].split('.')[3]) % 12:02}"

    def weight_norms(self, rows: Sequence[AppliedAdapter]) -> WeightNorms:
        own = [
            tuple(abs(row.scale) * (i + 1) * length for length in self._lengths)
            for i, row in enumerate(rows)
        ]
        return WeightNorms(tuple(map(sum, zip(*own, strict=True))), tuple(own), (1e6,) * MANY)


@pytest.fixture
def page(window: MainWindow, controller: Desk, qtbot) -> ModulesPage:
    window.activateWindow()
    add_measured(controller, "manga", "birds")
    return opened(window, controller, qtbot)


@pytest.fixture
def many(window: MainWindow, controller: Desk, qtbot) -> ModulesPage:
    window.activateWindow()
    add_measured(controller, "manga", "birds", weights=ManyWeights(["manga", "birds"]))
    return opened(window, controller, qtbot)


def opened(window: MainWindow, controller: Desk, qtbot) -> ModulesPage:
    window.weights.dock.open_page(1)
    press(window, Key.Key_F2)
    qtbot.waitUntil(lambda: window.weights.dock.page is not None)
    come_to_rest(controller, qtbot)
    shown = window.weights.dock.page
    assert isinstance(shown, ModulesPage)
    return shown


def column(page: ModulesPage, title: str) -> int:
    header = Qt.Orientation.Horizontal
    titles = [page.model.headerData(i, header) for i in range(page.model.columnCount())]
    return titles.index(title)


def texts(page: ModulesPage, title: str, most: int = 20) -> list[str]:
    at = column(page, title)
    return [page.model.index(row, at).data() for row in range(min(most, page.model.rowCount()))]


def click_header(page: ModulesPage, title: str) -> None:
    header, at = page.view.horizontalHeader(), column(page, title)
    page.view.scrollTo(page.model.index(0, at))
    where = header.sectionViewportPosition(at) + header.sectionSize(at) // 2
    QTest.mouseClick(header.viewport(), LEFT, pos=QPoint(where, 5))
    QApplication.processEvents()


def test_every_weight_has_its_numbers(page):
    assert texts(page, "Block") == ["TE1.00", "IN01", "M00", "OUT03"]
    assert texts(page, "Shape") == ["8 × 8"] * 4
    assert texts(page, "‖S‖") == ["1.73"] * 4
    assert texts(page, "‖S‖ / ‖W₀‖") == ["17.3 %"] * 4
    assert texts(page, "manga") == texts(page, "birds") == ["50 %"] * 4
    assert texts(page, "σ₁") == [""] * 4, "not measured yet"


def test_a_column_for_each_row_of_the_stack(page, controller, qtbot):
    controller.stack.set_scale("birds", 0.5)
    come_to_rest(controller, qtbot)
    assert texts(page, "manga") == ["80 %"] * 4, "1 of 1 + ¼"
    assert texts(page, "Strongest") == ["manga"] * 4
    controller.stack.remove("birds")
    qtbot.waitUntil(lambda: page.model.columnCount() == 12)
    assert texts(page, "manga") == ["100 %"] * 4


def test_ten_thousand_rows_are_sorted_by_any_column(many):
    assert many.model.rowCount() == MANY
    click_header(many, "‖S‖")
    assert texts(many, "‖S‖", 2) == ["30000", "29997"], "of numbers the largest come first"
    click_header(many, "‖S‖")
    assert texts(many, "‖S‖", 3) == ["3.00", "6.00", "9.00"]
    click_header(many, "Block")
    assert set(texts(many, "Block", 800)) == {"OUT00"}


def test_what_is_not_known_comes_last_either_way(page, controller):
    answer_spectra(controller, {WEIGHTS[1]: 2.0, WEIGHTS[3]: 5.0})
    for order, first in ((Qt.SortOrder.AscendingOrder, 2.0), (Qt.SortOrder.DescendingOrder, 5.0)):
        page.view.sortByColumn(column(page, "σ₁"), order)
        assert texts(page, "σ₁")[0] == f"{first:.2f}"
        assert texts(page, "σ₁")[2:] == ["", ""]


def test_a_search_leaves_rows_in_which_every_word_is(many):
    many.search_field.setText("out05 to_q")
    assert many.model.rowCount() == len([i for i in range(MANY) if i % 12 == 5])
    many.search_field.setText("attentions.9999")
    assert texts(many, "Weight") == ["up_blocks.1.attentions.9999.to_q"]
    many.search_field.setText("nothing")
    assert many.model.rowCount() == 0
    many.search_field.clear()
    assert many.model.rowCount() == MANY


def test_a_tick_of_a_fader_asks_only_for_what_is_seen(many, controller, monkeypatch):
    """Neither sorted again nor written out: the rows stay under the hand that reads them."""
    many.view.sortByColumn(column(many, "‖S‖"), Qt.SortOrder.DescendingOrder)
    QApplication.processEvents()
    first, asked = many.model.weight(many.model.index(0, 0)), []
    original = type(many.model).data

    def counted(model, index, role=Qt.ItemDataRole.DisplayRole):
        asked.append(index.row())
        return original(model, index, role)

    monkeypatch.setattr(type(many.model), "data", counted)
    controller.stack.begin_drag()
    controller.stack.set_scale("manga", 0.25)
    QApplication.processEvents()
    assert len(set(asked)) < 60
    assert many.model.weight(many.model.index(0, 0)) == first
    controller.stack.end_drag()


def test_ticks_are_not_shown_more_often_than_they_are_read(page, controller):
    resets = []
    page.model.dataChanged.connect(lambda *_: resets.append(True))
    controller.stack.begin_drag()
    for step in range(60):
        controller.stack.set_scale("manga", step / 100)
    assert len(resets) <= 2
    controller.stack.end_drag()


def test_rows_are_sorted_again_once_the_fader_rests(many, controller, qtbot):
    many.view.sortByColumn(column(many, "manga"), Qt.SortOrder.AscendingOrder)
    many.view.sortByColumn(column(many, "‖S‖"), Qt.SortOrder.AscendingOrder)
    many.view.setCurrentIndex(many.model.index(5, 0))
    chosen = controller.weights.details.selected
    many.view.sortByColumn(column(many, "‖S‖"), Qt.SortOrder.DescendingOrder)
    assert many.view.currentIndex().row() == MANY - 6
    assert many.model.weight(many.view.currentIndex()) == chosen


def test_a_row_is_selected_everywhere_and_from_everywhere(page, controller):
    page.view.setCurrentIndex(page.model.index(2, 0))
    assert controller.weights.details.selected == WEIGHTS[2]
    controller.weights.details.select(WEIGHTS[0])
    assert page.view.currentIndex().row() == 0
    page.search_field.setText("mid_block")
    assert controller.weights.details.selected == WEIGHTS[0], "a search selects nothing"


def test_selected_rows_are_copied_for_a_spreadsheet(page):
    page.view.setFocus()
    page.view.selectRow(1)
    press(page.window(), Key.Key_C, CONTROL)
    lines = [line.split("\t") for line in QApplication.clipboard().text().splitlines()]
    assert len(lines) == 2
    assert lines[1][:4] == ["unet", "IN01", WEIGHTS[1][1], "8×8"]
    assert float(lines[1][4]) == pytest.approx(3**0.5), "whole numbers, not those of the screen"


def test_letters_stay_keys_of_the_window(page, window, monkeypatch):
    held = []
    monkeypatch.setattr(window.compare, "hold_base", held.append)
    page.view.setFocus()
    QTest.keyPress(page.view, Key.Key_B)
    QTest.keyRelease(page.view, Key.Key_B)
    assert held == [True, False]


def test_what_is_shown_is_saved_as_csv(page, controller, tmp_path: Path, qtbot):
    page.search_field.setText("unet")
    page.save_button.click()
    dialog = QApplication.activeModalWidget() or page.window().findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    path = tmp_path / "modules.csv"
    dialog.fileSelected.emit(str(path))
    dialog.close()
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert rows[0][:3] == ["Component", "Block", "Weight"]
    assert [row[1] for row in rows[1:]] == ["IN01", "M00", "OUT03"]


def test_spectra_come_in_as_they_are_measured(page, controller, qtbot):
    assert page.state.startswith("spectra ")
    answer_spectra(controller, {WEIGHTS[1]: 2.0}, total=4)
    qtbot.waitUntil(lambda: texts(page, "σ₁")[1] == "2.00")
    assert texts(page, "Stable rank")[1] == "1.00"
    qtbot.waitUntil(lambda: page.state == "spectra 25 %")
    answer_spectra(controller, dict.fromkeys((WEIGHTS[0], *WEIGHTS[2:]), 1.0), first=1, total=4)
    qtbot.waitUntil(lambda: page.state == "")


def test_rows_are_sorted_again_once_all_spectra_are_there(page, controller, qtbot):
    page.view.sortByColumn(column(page, "σ₁"), Qt.SortOrder.DescendingOrder)
    answer_spectra(controller, dict(zip(WEIGHTS, (1.0, 3.0, 2.0), strict=False)), total=4)
    qtbot.waitUntil(lambda: page.state == "spectra 75 %")
    assert texts(page, "σ₁") == ["1.00", "3.00", "2.00", ""], "no row jumps away meanwhile"
    answer_spectra(controller, {WEIGHTS[3]: 4.0}, first=3, total=4)
    qtbot.waitUntil(lambda: texts(page, "σ₁") == ["4.00", "3.00", "2.00", "1.00"])


def test_measuring_spectra_can_be_stopped(page, controller, qtbot):
    page.stop_button.click()
    qtbot.waitUntil(lambda: not page.stop_button.isVisible())
    assert controller.weights.spectra.progress is None


def test_spectra_that_cannot_be_measured_say_why(page, controller, qtbot):
    wanted = [one for one in controller.engine.measured if isinstance(one, SpectraWanted)][-1]
    why = Failure(FailureKind.MEMORY, "There is not enough memory.")
    controller.weights.spectra.on_ended(why, wanted)
    qtbot.waitUntil(lambda: page.state == why.message)


def test_an_empty_stack_says_what_to_do(page, controller, qtbot):
    for name in ("manga", "birds"):
        controller.stack.remove(name)
    qtbot.waitUntil(lambda: not page.view.isVisible())
    assert "Switch one on" in page.sentence


def answer_spectra(
    controller: Desk, largest: dict[WeightName, float], first: int = 0, total: int | None = None
) -> None:
    """To the part that is being measured: one direction for each."""
    wanted = [one for one in controller.engine.measured if isinstance(one, SpectraWanted)][-1]
    weights = tuple(
        WeightSpectra(key, (8, 8), (AdapterSpectrum("manga", 1.0, None),), Spectrum((s,), 1), 10.0)
        for key, s in largest.items()
    )
    count = len(weights) + first if total is None else total
    controller.weights.spectra.on_ended(SpectraPart(wanted.first, weights, count), wanted)
    QApplication.processEvents()
