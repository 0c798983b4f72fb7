"""The page of numbers: precision and fingerprint of the selected weight, and what words mean."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.weight_measurements import (
    ChangeDetails,
    DetailsWanted,
    Rounding,
    SideEnergies,
    WeightDetails,
)
from loraviewer.core.weight_spectra import Spectrum
from loraviewer.ui.lab.definitions import definitions
from loraviewer.ui.lab.numbers_page import NumbersPage
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.widgets.buttons import IconButton
from loraviewer.ui.widgets.copy_value import CopyValue
from tests.fake_weights import WEIGHTS
from tests.ui.fakes import DEMO, Desk
from tests.ui.measured import add_measured, come_to_rest
from tests.ui.pane_windows import press


@pytest.fixture
def page(window: MainWindow, controller: Desk, qtbot) -> NumbersPage:
    window.activateWindow()
    add_measured(controller, "manga", "birds")
    titles = [window.weights.dock.tabs.tabText(i) for i in range(window.weights.dock.tabs.count())]
    window.weights.dock.open_page(titles.index("Numbers"))
    press(window, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: window.weights.dock.page is not None)
    come_to_rest(controller, qtbot)
    shown = window.weights.dock.page
    assert isinstance(shown, NumbersPage)
    return shown


def fact(page: NumbersPage, label: str) -> str:
    return next(one.text for one in page.facts if one.label == label)


def wanted(controller: Desk) -> DetailsWanted:
    return [one for one in controller.engine.measured if isinstance(one, DetailsWanted)][-1]


def answer(controller: Desk, rounding: Rounding | None, fingerprint: str = "f" * 32) -> None:
    sides = SideEnergies((), None)
    change = ChangeDetails(Spectrum((1.0,), 1), sides, sides)
    details = WeightDetails(
        *(wanted(controller).weight, (8, 8), (), change, ()),
        *((), (), (), (), rounding, fingerprint),
    )
    controller.weights.details.on_ended(details, wanted(controller))
    QApplication.processEvents()


def test_the_base_is_named_with_its_precision(page):
    assert fact(page, "Base") == "Demo · float32 · cpu"
    assert fact(page, "Its fingerprint") == DEMO.identity
    assert "Select a weight" in page.state


def test_the_selected_weight_has_its_sizes(page, controller, qtbot):
    controller.weights.details.select(WEIGHTS[1])
    qtbot.waitUntil(lambda: page.state == "It is being measured…")
    assert fact(page, "Weight") == ".".join(WEIGHTS[1])
    assert fact(page, "Shape") == "8 × 8"
    assert (fact(page, "‖W₀‖"), fact(page, "‖S‖")) == ("10.0", "1.73")
    assert fact(page, "‖S‖ / ‖W₀‖") == "17.3 %"


def test_sizes_follow_a_fader(page, controller, qtbot):
    controller.weights.details.select(WEIGHTS[1])
    qtbot.waitUntil(lambda: len(page.facts) > 4)
    controller.stack.begin_drag()
    controller.stack.set_scale("manga", 0.0)
    qtbot.waitUntil(lambda: fact(page, "‖S‖") == "1.00")
    controller.stack.end_drag()


def test_what_merging_rounds_away(page, controller, qtbot):
    controller.weights.details.select(WEIGHTS[1])
    answer(controller, Rounding("bfloat16", 0.31, 0.024, 0.9987))
    qtbot.waitUntil(lambda: page.state == "")
    assert fact(page, "Kept as") == "bfloat16"
    assert fact(page, "Merged") == "31 % of its numbers differ from the base’s"
    assert fact(page, "Rounding error") == "2.40 % of the change is an error of rounding"
    assert fact(page, "Gain") == "99.87 % of the change arrives"
    assert fact(page, "Fingerprint of W₀") == "f" * 32


def test_without_a_change_there_is_nothing_to_round(page, controller, qtbot):
    controller.weights.details.select(WEIGHTS[1])
    answer(controller, Rounding("float32", 0.0, None, None), fingerprint="")
    qtbot.waitUntil(lambda: page.state == "")
    labels = [one.label for one in page.facts]
    assert "Merged" in labels
    assert not {"Rounding error", "Gain", "Fingerprint of W₀"} & set(labels)


def test_what_cannot_be_measured_says_why(page, controller, qtbot):
    controller.weights.details.select(WEIGHTS[1])
    why = Failure(FailureKind.MEMORY, "There is not enough memory.")
    controller.weights.details.on_ended(why, wanted(controller))
    qtbot.waitUntil(lambda: page.state == why.message)


def test_a_weight_that_the_stack_leaves_alone(page, controller, qtbot):
    controller.weights.details.select(("unet", "conv_in.weight"))
    qtbot.waitUntil(lambda: len(page.facts) > 2)
    assert fact(page, "Change") == "No adapter of the stack changes it."


def test_names_and_fingerprints_are_copied_alone_or_with_all(page, controller, qtbot):
    controller.weights.details.select(WEIGHTS[1])
    qtbot.waitUntil(lambda: len(page.facts) > 4)
    values = [one.value for one in page.findChildren(CopyValue)]
    assert values == [DEMO.identity, ".".join(WEIGHTS[1])]
    page.copy_button.click()
    table = [line.split("\t") for line in QApplication.clipboard().text().splitlines()]
    assert table[0] == ["What", "Number"]
    assert ["‖W₀‖", "10.0"] in table


def test_all_weights_can_be_verified_from_here(page, window):
    asked = []
    window.actions_table["verify"].triggered.connect(lambda: asked.append(True))
    button = next(b for b in page.findChildren(IconButton) if b.text() == "Verify the weights")
    button.click()
    assert asked == [True]


def test_every_word_is_explained_in_one_line(page):
    shown = {label.text() for label in page.findChildren(QLabel)}
    for term, meaning in definitions():
        assert {term, meaning} <= shown
        assert len(meaning) <= 90
        assert meaning.endswith(".")
