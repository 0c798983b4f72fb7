"""Balance: shown before it is applied, one undo step, and only where somebody knows the norms."""

import math

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from loraviewer.core.balance import Norms
from loraviewer.core.stack import StackEntry
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.balance_dialog import BalanceDialog
from loraviewer.ui.strips.size_bar import SizeBar
from tests.ui.fakes import Desk, entry

LEFT = Qt.MouseButton.LeftButton


class Known:
    """Norms by name."""

    def __init__(self, **norms: Norms) -> None:
        self.known = norms

    def norms(self, entry: StackEntry) -> Norms | None:
        return self.known.get(entry.name)


@pytest.fixture
def known() -> Known:
    return Known(manga=(3.0, 0.0), birds=(4.0, 0.0), neon=(5.0, 12.0))


@pytest.fixture
def rows(window: MainWindow, controller: Desk, known: Known) -> MainWindow:
    controller.stack.add(entry("manga", 1.0))
    controller.stack.add(entry("birds", -1.0))
    controller.stack.add(entry("neon", 1.0, text_scale=0.5))
    controller.stack.set_enabled("neon", False)
    QApplication.processEvents()
    window.row_actions.use_norms(known)
    return window


def opened(window: MainWindow) -> BalanceDialog:
    window.actions_table["balance_rows"].trigger()
    QApplication.processEvents()
    dialog = window.row_actions.balance
    assert dialog is not None
    return dialog


def texts(dialog: BalanceDialog) -> list[str]:
    return [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]


def scales(controller: Desk) -> list[float]:
    return [row.scale for row in controller.stack.stack.entries]


def test_what_it_would_do_is_shown_and_nothing_is_done(rows: MainWindow, controller: Desk) -> None:
    before = controller.document.document
    dialog = opened(rows)
    assert [row.row.name for row in dialog.rows] == ["manga", "birds"]
    shown = texts(dialog)
    assert {"1", "-1", "→ 1.179", "→ -0.8839"} <= set(shown)
    manga, birds = (bar for bar in dialog.findChildren(SizeBar) if bar.isVisible())
    assert manga.shown == (pytest.approx(9 / 16), pytest.approx(12.5 / 16, rel=1e-3))
    assert birds.shown == (1.0, pytest.approx(12.5 / 16, rel=1e-3))
    assert manga.accessibleName() == "manga: 36 % of their energy"
    assert controller.document.document == before


def test_apply_is_one_step(rows: MainWindow, controller: Desk) -> None:
    steps = controller.document.undo_stack.count()
    dialog = opened(rows)
    QTest.mouseClick(dialog.apply, LEFT)
    assert scales(controller) == [1.179, -0.8839, 1.0]
    assert controller.document.undo_stack.count() == steps + 1
    assert controller.document.undo_stack.undoText() == "Balance 2 rows"
    assert rows.row_actions.balance is None
    controller.document.undo_stack.undo()
    assert scales(controller) == [1.0, -1.0, 1.0]


def test_cancel_changes_nothing(rows: MainWindow, controller: Desk) -> None:
    before = controller.document.document
    opened(rows).reject()
    assert controller.document.document == before


def test_selected_rows_are_meant_also_where_they_are_off(
    rows: MainWindow, controller: Desk
) -> None:
    rows.stack_panel.strips.selection.select(["manga", "neon"])
    dialog = opened(rows)
    manga, neon = dialog.rows
    assert (manga.row.name, neon.row.name) == ("manga", "neon")
    target = math.sqrt((9.0 + 25.0 + 36.0) / 2.0)
    assert neon.proposed_size == pytest.approx(target, rel=1e-3)
    assert f"1, text {0.5}" in texts(dialog)
    QTest.mouseClick(dialog.apply, LEFT)
    entry = controller.stack.stack.entry("neon")
    assert entry.text_scale == pytest.approx(entry.scale / 2.0, rel=1e-3)
    assert scales(controller)[1] == -1.0


def test_it_follows_a_fader_that_moves_meanwhile(rows: MainWindow, controller: Desk) -> None:
    dialog = opened(rows)
    controller.stack.set_scale("manga", 2.0)
    QApplication.processEvents()
    assert dialog.rows[0].row.scale == 2.0
    assert dialog.rows[0].proposed_size == pytest.approx(math.sqrt(26.0), rel=1e-3)
    controller.stack.remove("birds")
    QApplication.processEvents()
    assert [row.row.name for row in dialog.rows] == ["manga"]
    assert not dialog.apply.isEnabled()
    assert dialog.said.startswith("Balance needs two adapters")


def test_rows_that_stay_say_why(rows: MainWindow, controller: Desk, known: Known) -> None:
    controller.stack.set_scale("manga", 0.0)
    del known.known["birds"]
    dialog = opened(rows)
    assert "stays: its strength is 0" in texts(dialog)
    assert "stays: its energy is not known yet" in texts(dialog)
    assert not dialog.apply.isEnabled()
    known.known["birds"] = (4.0, 0.0)
    controller.stack.set_scale("manga", 0.5)
    del known.known["birds"]
    rows.row_actions.show_norms()
    assert not dialog.apply.isEnabled()
    known.known["birds"] = (4.0, 0.0)
    rows.row_actions.show_norms()
    assert dialog.apply.isEnabled()


def test_what_is_in_balance_already_says_so(rows: MainWindow, controller: Desk) -> None:
    QTest.mouseClick(opened(rows).apply, LEFT)
    dialog = opened(rows)
    assert not dialog.apply.isEnabled()
    assert dialog.said == "Each of them changes the weights as much as the others already."


def test_asked_for_again_it_is_of_what_is_selected_now(rows: MainWindow) -> None:
    opened(rows)
    rows.stack_panel.strips.selection.select(["birds", "neon"])
    assert [row.row.name for row in opened(rows).rows] == ["birds", "neon"]
    QApplication.processEvents()
    visible = [d for d in rows.findChildren(BalanceDialog) if d.isVisible()]
    assert len(visible) == 1
