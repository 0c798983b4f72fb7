"""How a base fits: in the tooltip while it loads, on its card; asked about where it would not."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from loraviewer.bridge.rendering.jobs import LoadJob
from loraviewer.core.placement.asking import PlanWish
from loraviewer.core.placement.choosing import plan_for
from loraviewer.core.placement.plan import LoadPlan, Machine
from loraviewer.ui.base.base_card import BaseCard
from loraviewer.ui.main_window import MainWindow
from tests.core.placement.bases import BASES, GB
from tests.ui.fakes import DEMO, Desk

SMALL, LARGE = "/models/small.safetensors", "/models/large.safetensors"
PLANS = {
    SMALL: plan_for(BASES["sd1"], Machine(main=24 * GB)),
    LARGE: plan_for(BASES["sdxl"], Machine(main=8 * GB)),
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
