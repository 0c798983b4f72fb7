"""How a base fits: in the tooltip while it loads, on its card; asked about where it would not."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu
from pytestqt.qtbot import QtBot

from loraviewer.bridge.rendering.jobs import LoadJob
from loraviewer.core.placement.asking import PlanWish
from loraviewer.core.placement.choosing import plan_for, with_options
from loraviewer.core.placement.plan import LoadPlan, Machine
from loraviewer.ui.base.base_card import BaseCard
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.widgets.choice_box import ChoiceBox
from tests.core.placement.bases import BASES, GB
from tests.ui.fakes import DEMO, Desk

SMALL, LARGE = "/models/small.safetensors", "/models/large.safetensors"
STREAMED = "/models/flux.safetensors"
CARD = Machine(card=12 * GB)
PLANS = {
    SMALL: plan_for(BASES["sd1"], Machine(main=24 * GB)),
    LARGE: plan_for(BASES["sdxl"], Machine(main=8 * GB)),
    STREAMED: with_options(plan_for(BASES["flux"], CARD), BASES["flux"], CARD),
}


def plan_base(wish: PlanWish) -> LoadPlan | None:
    return PLANS.get(wish.source)


@pytest.fixture
def controller(qapp) -> Iterator[Desk]:
    desk = Desk(plan_base=plan_base)
    yield desk
    desk.dispose()


def loads(controller: Desk) -> list[str]:
    return [work.path for work in controller.works if isinstance(work, LoadJob)]


def test_one_that_fits_says_how_while_it_is_loaded_and_on_its_card(
    window: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    controller.base.choose(SMALL)
    qtbot.waitUntil(lambda: loads(controller) == [SMALL])
    sentence = PLANS[SMALL].sentence
    assert sentence in window.top_bar.picker.toolTip()
    assert sentence.rstrip(".") in controller.status.status.activity
    controller.engine.take()
    controller.engine.finish(replace(DEMO, source=SMALL))
    window.actions_table["base_card"].trigger()
    (card,) = window.findChildren(BaseCard)
    assert sentence in [label.text() for label in card.findChildren(QLabel) if label.isVisible()]


def test_a_long_sentence_is_whole_on_the_card(
    window: MainWindow, controller: Desk, monkeypatch, qtbot: QtBot
) -> None:
    long = replace(PLANS[SMALL], sentence="A sentence of several words. " * 20)
    monkeypatch.setitem(PLANS, SMALL, long)
    controller.base.choose(SMALL)
    qtbot.waitUntil(lambda: loads(controller) == [SMALL])
    controller.engine.take()
    controller.engine.finish(replace(DEMO, source=SMALL))
    window.actions_table["base_card"].trigger()
    (card,) = window.findChildren(BaseCard)
    (label,) = (one for one in card.findChildren(QLabel) if one.text() == long.sentence)
    assert label.height() >= label.heightForWidth(label.width())


def test_one_that_would_not_fit_is_asked_about_and_never_forbidden(
    window: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    controller.base.choose(LARGE)
    qtbot.waitUntil(lambda: bool(window.notices.bars))
    (bar,) = window.notices.bars
    assert bar.sentence == f"“large.safetensors” is not loaded yet. {PLANS[LARGE].sentence}"
    assert loads(controller) == []
    assert not controller.base.is_loading
    button = next(b for b in bar.buttons() if b.text() == "Load all the same")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert loads(controller) == [LARGE]
    assert window.notices.bars == ()


def test_what_waits_for_weights_is_told_with_its_costs_before_it_is_loaded(
    window: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    controller.base.choose(STREAMED)
    qtbot.waitUntil(lambda: bool(window.notices.bars))
    (bar,) = window.notices.bars
    assert "brought block by block" in bar.sentence
    button = next(b for b in bar.buttons() if b.text() == "Choose how…")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    (menu,) = (menu for menu in window.findChildren(QMenu) if menu.isVisible())
    words = [action.text() for action in menu.actions()]
    assert words[:2] == [
        "Denoiser and text encoders block by block (waiting: a picture 41\u00a0s, "
        "a tick under 1\u00a0s)",
        "Denoiser block by block (waiting: a picture 55\u00a0s, a tick under 1\u00a0s)",
    ]
    assert "adapters merged (waiting: a picture 55\u00a0s, a tick 5\u00a0s)" in words[2]
    assert loads(controller) == []
    menu.actions()[2].trigger()
    (job,) = (work for work in controller.works if isinstance(work, LoadJob))
    assert (job.path, job.manner) == (STREAMED, "merged_streamed")
    assert controller.settings.settings.base_manners == {STREAMED: "merged_streamed"}


def test_its_card_loads_it_again_in_another_manner(
    window: MainWindow, controller: Desk, qtbot: QtBot
) -> None:
    controller.base.open_as(STREAMED, "streamed")
    qtbot.waitUntil(lambda: bool(controller.base.options))
    controller.engine.take()
    controller.engine.finish(replace(DEMO, source=STREAMED))
    window.actions_table["base_card"].trigger()
    (card,) = window.findChildren(BaseCard)
    box = next(b for b in card.findChildren(ChoiceBox) if b.accessibleName() == "Manner")
    assert box.isVisible()
    assert box.currentIndex() == 2
    box.setCurrentIndex(1)
    box.activated.emit(1)
    job = [work for work in controller.works if isinstance(work, LoadJob)][-1]
    assert (job.path, job.manner) == (STREAMED, "all_streamed")
