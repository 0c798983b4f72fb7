"""The merge rule in the stack panel: chosen, seen, its number typed, and said beside numbers."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loraviewer.core.merge_rules import RULES, SUM, MergeRule, usual_rule
from loraviewer.ui.lab.sum_note import SumNote
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.merge_rule_button import MergeRuleButton
from loraviewer.ui.strips.merge_rule_line import MergeRuleLine
from loraviewer.ui.strips.strip_energy import StripEnergy
from loraviewer.ui.widgets.elided_lines import ElidedLines
from loraviewer.ui.widgets.labels import plain_tip
from tests.ui.fakes import Desk, entry
from tests.ui.focus import focused
from tests.ui.weights import add_measured

TIES = MergeRule("ties", 0.2)


@pytest.fixture
def studio(window: MainWindow, controller: Desk) -> MainWindow:
    for name in ("manga", "birds"):
        controller.stack.add(entry(name, 0.8))
    QApplication.processEvents()
    return window


def button(window: MainWindow) -> MergeRuleButton:
    return window.stack_panel.rule_button


def line(window: MainWindow) -> MergeRuleLine:
    return window.stack_panel.rule_line


def actions(window: MainWindow) -> list[QAction]:
    return [a for a in button(window).menu().actions() if not a.isSeparator()]


def choose(window: MainWindow, title: str) -> None:
    next(a for a in actions(window) if a.text().startswith(title)).trigger()
    QApplication.processEvents()


def type_number(window: MainWindow, text: str) -> None:
    number = line(window).number
    number.selectAll()
    QTest.keyClicks(number, text)
    QTest.keyClick(number, Qt.Key.Key_Return)
    QApplication.processEvents()


def test_all_but_the_sum_are_called_experimental_and_say_what_they_do(studio: MainWindow):
    assert [action.text() for action in actions(studio)] == [
        facts.title if facts.name == "sum" else f"{facts.title} (experimental)" for facts in RULES
    ]
    assert all(action.toolTip() for action in actions(studio))
    assert [action.isChecked() for action in actions(studio)] == [True] + [False] * 8


def test_the_sum_is_one_small_button(studio: MainWindow):
    assert button(studio).text() == "Sum"
    assert button(studio).accessibleName() == "Merge rule: Sum"
    assert not line(studio).isVisible()


def test_another_rule_is_one_step_and_seen_at_a_glance(studio: MainWindow, controller: Desk):
    steps = controller.document.undo_stack
    before = steps.count()
    choose(studio, "TIES")
    assert controller.stack.stack.merge_rule == TIES
    assert steps.count() == before + 1
    assert button(studio).accessibleName() == "Merge rule: TIES 0.2, experimental"
    assert line(studio).isVisible()
    assert line(studio).words == "TIES (experimental): share of entries kept"
    assert line(studio).number.text() == "0.20"
    choose(studio, "TIES")
    assert steps.count() == before + 1, "it is on already"
    steps.undo()
    QApplication.processEvents()
    assert button(studio).rule == SUM
    assert not line(studio).isVisible()


def test_a_rule_without_a_number_has_no_field(studio: MainWindow):
    choose(studio, "Iso-C")
    assert line(studio).isVisible()
    assert not line(studio).number.isVisible()


def test_its_number_is_typed_within_its_range(studio: MainWindow, controller: Desk):
    choose(studio, "TIES")
    before = controller.document.undo_stack.count()
    type_number(studio, "0,35")
    assert controller.stack.stack.merge_rule == MergeRule("ties", 0.35)
    assert controller.document.undo_stack.count() == before + 1
    type_number(studio, "7")
    assert controller.stack.stack.merge_rule == MergeRule("ties", 0.35)
    assert line(studio).refusal == "“ties” takes a number from 0.01 to 1: share of entries kept."
    assert line(studio).number.text() == "0.35"
    type_number(studio, "0.5")
    assert line(studio).refusal == ""
    type_number(studio, "much")
    assert "no number" in line(studio).refusal


def test_a_whole_number_stays_whole(studio: MainWindow, controller: Desk):
    choose(studio, "LoRA Switch")
    type_number(studio, "2.5")
    assert "whole number" in line(studio).refusal
    assert controller.stack.stack.merge_rule == MergeRule("switch", 1)
    QTest.keyClick(line(studio).number, Qt.Key.Key_Up)
    assert controller.stack.stack.merge_rule == MergeRule("switch", 2)
    for _ in range(3):
        QTest.keyClick(line(studio).number, Qt.Key.Key_Down)
    assert controller.stack.stack.merge_rule == MergeRule("switch", 1), "it ends there"


def test_arrows_nudge_and_each_press_is_a_step(studio: MainWindow, controller: Desk):
    choose(studio, "TIES")
    before = controller.document.undo_stack.count()
    QTest.keyClick(line(studio).number, Qt.Key.Key_Up)
    QTest.keyClick(line(studio).number, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert controller.stack.stack.merge_rule == MergeRule("ties", 0.26)
    assert controller.document.undo_stack.count() == before + 2


def test_tab_goes_from_the_master_to_it(studio: MainWindow):
    choose(studio, "TIES")
    studio.activateWindow()
    last = studio.stack_panel._master.tab_chain()[-1]
    last.setFocus()
    QTest.keyClick(focused(), Qt.Key.Key_Tab)
    assert focused() is button(studio)
    QTest.keyClick(focused(), Qt.Key.Key_Tab)
    assert focused() is line(studio).number


def test_the_base_has_no_rule(studio: MainWindow, controller: Desk):
    choose(studio, "TIES")
    controller.places.activate("base")
    QApplication.processEvents()
    assert not button(studio).isEnabled()
    assert button(studio).rule == SUM
    assert not line(studio).isVisible()
    controller.places.activate("current")
    QApplication.processEvents()
    assert button(studio).rule == TIES


def test_energies_say_that_they_are_of_the_sum(window: MainWindow, controller: Desk):
    add_measured(controller, "manga", "birds")
    said = "These numbers are those of the sum; pictures are made by TIES 0.2."
    whole = window.energies.stack_energy
    row = window.stack_panel.strips.strips()[0].findChildren(StripEnergy)[0]
    note = window.weights.dock.findChild(SumNote)
    assert note is not None
    for bars in (whole, row):
        assert bars.tip(QPoint(1, 4))
        assert said not in bars.tip(QPoint(1, 4))
    choose(window, "TIES")
    window.energies.show_now()
    for bars in (whole, row):
        assert bars.tip(QPoint(1, 4)).endswith(said)
    assert note.text() == said
    assert not note.isHidden()
    choose(window, "Sum")
    window.energies.show_now()
    assert said not in whole.tip(QPoint(1, 4))
    assert note.isHidden()


@pytest.mark.parametrize("facts", RULES[1:])
def test_what_a_rule_is_called_is_never_cut_off(studio: MainWindow, controller: Desk, facts):
    studio.resize(1440, 900)
    controller.stack.set_rule(usual_rule(facts.name))
    QApplication.processEvents()
    (name,) = line(studio).findChildren(ElidedLines)
    assert name.text().startswith(facts.title)
    # What is cut off is the tooltip's first line.
    assert name.toolTip() == plain_tip(facts.meaning)
