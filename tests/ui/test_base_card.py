"""The base's card: what it predicts can be told, is remembered for the base, and is rendered."""

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLabel

from loraviewer.bridge.rendering.jobs import RenderJob
from loraviewer.core.prediction import AS_FOUND, FoundPrediction, Prediction
from loraviewer.ui.base.base_card import BaseCard
from loraviewer.ui.base.base_list import BaseList
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.widgets.choice_box import ChoiceBox
from tests.ui.fakes import DEMO, Desk

EPS = FoundPrediction(Prediction("epsilon", zero_snr=False))
BY_YAML = FoundPrediction(
    Prediction("epsilon", zero_snr=False), Prediction("v_prediction", zero_snr=True), "demo.yaml"
)


@pytest.fixture
def base(window: MainWindow, controller: Desk):
    """Load a base of which this was found, and open its card."""

    def load(found: FoundPrediction | None, **fields) -> BaseCard:
        controller.use_checkpoint(replace(DEMO, prediction=found, **fields))
        window.actions_table["base_card"].trigger()
        (card,) = window.findChildren(BaseCard)
        return card

    return load


def box(card: BaseCard) -> ChoiceBox:
    return next(b for b in card.findChildren(ChoiceBox) if b.accessibleName() == "Predicts")


def zero_snr(card: BaseCard) -> QCheckBox:
    (found,) = card.findChildren(QCheckBox)
    return found


def choose(card: BaseCard, index: int) -> None:
    box(card).setCurrentIndex(index)
    box(card).activated.emit(index)


def texts(card: BaseCard) -> str:
    return "\n".join(label.text() for label in card.findChildren(QLabel) if label.isVisible())


def asked(controller: Desk) -> list[Prediction]:
    """Of the pictures that the engine was asked for, newest last."""
    works = (work for work in controller.works if isinstance(work, RenderJob))
    return [work.request.prediction for work in works]


def test_a_choice_is_rendered_in_all_panes_and_remembered(base, controller: Desk) -> None:
    card = base(EPS)
    assert box(card).currentText() == "Noise (epsilon) — as found"
    choose(card, 2)
    assert set(asked(controller)) == {Prediction("v_prediction")}
    remembered = controller.settings.settings.base_predictions
    assert remembered == {DEMO.identity: Prediction("v_prediction")}
    assert box(card).currentText() == "Velocity (v)"
    assert "As you say; remembered for this base." in texts(card)
    controller.use_checkpoint(replace(DEMO, prediction=EPS, identity="e" * 64))
    assert box(card).currentIndex() == 0, "another base"
    controller.use_checkpoint(replace(DEMO, prediction=EPS))
    assert box(card).currentText() == "Velocity (v)"
    choose(card, 0)
    assert controller.settings.settings.base_predictions == {}
    assert asked(controller)[-1] == AS_FOUND


def test_zero_terminal_snr_goes_with_velocity(base, controller: Desk) -> None:
    card = base(EPS)
    assert not zero_snr(card).isEnabled()
    choose(card, 2)
    assert zero_snr(card).isEnabled()
    QTest.mouseClick(zero_snr(card), Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert asked(controller)[-1] == Prediction("v_prediction", zero_snr=True)
    choose(card, 1)
    assert not zero_snr(card).isChecked()
    assert not zero_snr(card).isEnabled()
    assert asked(controller)[-1] == AS_FOUND, "what it predicts anyway"


def test_a_file_beside_it_is_followed_and_named(base, controller: Desk) -> None:
    card = base(BY_YAML)
    assert box(card).currentText() == "Velocity (v) — as found"
    assert zero_snr(card).isChecked()
    assert "As “demo.yaml” beside it says." in texts(card)
    choose(card, 1)
    assert asked(controller)[-1] == Prediction("epsilon", zero_snr=False)


def test_where_nothing_can_be_chosen_it_says_so(base) -> None:
    card = base(None)
    assert not box(card).isEnabled()
    assert "belongs to its training" in box(card).currentText()
    assert zero_snr(card).isHidden()


def test_what_was_passed_over_is_told_in_the_window_and_on_the_card(
    base, window: MainWindow, controller: Desk
) -> None:
    sentence = "“/demo.yaml” is no YAML text; what it predicts is taken from the checkpoint alone."
    card = base(EPS, problems=(sentence,))
    assert [bar.sentence for bar in window.notices.bars] == [sentence]
    assert sentence in texts(card)
    controller.use_checkpoint(replace(DEMO, prediction=EPS))
    assert window.notices.bars == ()
    assert sentence not in texts(card)


def test_the_list_of_bases_opens_it_once(window: MainWindow, controller: Desk) -> None:
    for _ in range(2):
        picker = window.top_bar.picker
        picker.open_list()
        shown: BaseList = picker.popup.list
        model = shown.model()
        rows = {model.index(row, 0).data(): row for row in range(model.rowCount())}
        shown.setCurrentIndex(model.index(rows["Details of the base…"], 0))
        QTest.keyClick(shown, Qt.Key.Key_Return)
        assert not picker.popup.isVisible()
    (card,) = window.findChildren(BaseCard)
    assert card.isVisible()
    assert DEMO.name in card.windowTitle()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_square_to_tick_is_seen(base, controller: Desk, theme: str) -> None:
    controller.settings.change(theme=theme)
    tick = zero_snr(base(EPS))
    drawn = tick.grab().toImage()
    ground = drawn.pixelColor(drawn.width() - 1, 0).lightness()
    middle = drawn.height() // 2
    edge = [drawn.pixelColor(x, middle).lightness() for x in range(6)]
    assert max(abs(lightness - ground) for lightness in edge) > 40
