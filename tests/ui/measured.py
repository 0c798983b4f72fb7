"""Stacks whose weights are measured, for tests of the lab."""

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.core.reports import AdapterReport
from loraviewer.core.weight_measurements import LiveAnswer, LiveWanted
from tests.fake_weights import FakeWeights
from tests.ui.fakes import Desk, entry


def add_measured(
    controller: Desk, *names: str, scale: float = 1.0, weights: FakeWeights | None = None
) -> FakeWeights:
    """Rows that landed, and the lab's answer about them."""
    for name in names:
        controller.stack.add(entry(name, scale))
        controller.learn(name, AdapterReport(sha256=name, matched=("a",)))
    known = [one.sha256 for one in controller.stack.stack.entries]
    return answer(controller, weights or FakeWeights(known, controller.adapters.base_identity))


def answer(controller: Desk, weights: FakeWeights) -> FakeWeights:
    """To what was asked last."""
    wanted = [one for one in controller.engine.measured if isinstance(one, LiveWanted)]
    controller.weights.live.on_ended(LiveAnswer(weights), wanted[-1])
    QApplication.processEvents()
    return weights


def come_to_rest(controller: Desk, qtbot: QtBot) -> None:
    """The pause after the last edit is over."""
    qtbot.waitUntil(lambda: controller.weights.rows.are_settled)
    QApplication.processEvents()
