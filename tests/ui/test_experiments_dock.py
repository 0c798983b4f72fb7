"""The experiments dock in the window: F3, one dock at a time, what cells and claims do."""

import msgspec
import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loraviewer.bridge.services import DemoAdapter
from loraviewer.core.experiments.axes import Axis
from loraviewer.core.experiments.cells import Cell, groups
from loraviewer.core.experiments.progress import RunState
from loraviewer.ui.lab.experiments.claims_page import ClaimsPage
from loraviewer.ui.lab.experiments.experiment_page import ExperimentPage
from loraviewer.ui.main_window import MainWindow
from tests.ui.fakes import Desk
from tests.ui.focus import focused
from tests.ui.measured import add_measured
from tests.ui.pane_windows import press

Key = Qt.Key


@pytest.fixture
def studio(window: MainWindow, controller: Desk) -> MainWindow:
    window.activateWindow()
    add_measured(controller, "manga", "birds")
    controller.prompt.change(prompt="a cat")
    window.compare.take_focus()
    QApplication.processEvents()
    return window


@pytest.fixture
def opened(studio: MainWindow, qtbot) -> MainWindow:
    press(studio, Key.Key_F3)
    qtbot.waitUntil(lambda: studio.experiments.dock.page is not None)
    return studio


def page_of(window: MainWindow) -> ExperimentPage:
    page = window.experiments.dock.page
    assert isinstance(page, ExperimentPage)
    return page


def test_f3_opens_it_with_the_keyboard_in_it_and_closes_it(opened: MainWindow) -> None:
    dock, action = opened.experiments.dock, opened.actions_table["experiments"]
    assert dock.isVisible()
    assert action.isChecked()
    assert focused() is dock.tabs
    press(opened, Key.Key_F3)
    assert not dock.isVisible()
    assert not action.isChecked()
    assert opened.compare.isAncestorOf(focused())


def test_of_both_docks_one_is_open_at_a_time(opened: MainWindow, qtbot) -> None:
    press(opened, Key.Key_F2)
    assert opened.weights.dock.isVisible()
    assert not opened.experiments.dock.isVisible()
    assert opened.weights.dock.isAncestorOf(focused())
    press(opened, Key.Key_F3)
    assert not opened.weights.dock.isVisible()
    assert opened.experiments.dock.isVisible()
    assert focused() is opened.experiments.dock.tabs
    assert not opened.actions_table["weights"].isChecked()


def test_it_begins_with_the_pane(opened: MainWindow) -> None:
    page = page_of(opened)
    assert page.form.prompts.prompts() == ("a cat",)
    assert page.asked is not None
    assert [one.name for one in page.asked.adapters] == ["manga", "birds"]


def test_it_follows_the_pane(opened: MainWindow, controller: Desk, qtbot) -> None:
    page = page_of(opened)
    controller.stack.set_enabled(controller.stack.stack.entries[0].entry_id, False)
    qtbot.waitUntil(lambda: page.asked is not None and len(page.asked.adapters) == 1)
    controller.stack.all_off()
    qtbot.waitUntil(lambda: "at least one adapter" in page.run.words)


def test_tab_goes_from_its_head_into_the_page(opened: MainWindow) -> None:
    for _ in range(3):
        QTest.keyClick(focused(), Key.Key_Tab)
    assert focused() is page_of(opened).form.kind


def test_it_comes_back_where_it_was(opened: MainWindow, controller, geometry, qtbot) -> None:
    opened.experiments.change_side()
    opened.experiments.keep(geometry)
    opened.weights.keep(geometry)
    again = MainWindow(controller, geometry)
    qtbot.addWidget(again)
    again.resize(opened.size())
    again.show()
    qtbot.waitExposed(again)
    assert again.experiments.dock.isVisible()
    assert not again.experiments.is_below
    assert not again.weights.dock.isVisible()
    assert again.weights.is_below, "each dock has its own side"


def test_keys_go_into_it_from_part_to_part(opened: MainWindow) -> None:
    opened.compare.take_focus()
    seen = []
    for _ in range(6):
        press(opened, Key.Key_F6)
        seen.append(opened.experiments.dock.isAncestorOf(focused()))
    assert any(seen)


def test_claims_are_a_page_of_it(studio: MainWindow, qtbot) -> None:
    studio.actions_table["claims"].trigger()
    dock = studio.experiments.dock
    qtbot.waitUntil(lambda: isinstance(dock.page, ClaimsPage))
    assert dock.isVisible()


def cell_of(page: ExperimentPage, name: str) -> Cell:
    assert page.asked is not None
    return next(c for group in groups(page.asked) for c in group.cells if c.id == name)


def test_a_cell_sets_the_faders_as_one_undo_step(opened: MainWindow, controller: Desk) -> None:
    page = page_of(opened)
    before = controller.document.document
    controller.experiments.started.emit(RunState("running", "", page.asked))
    first = cell_of(page, "real-one-o1-d001-p01-s2")
    page.cell_chosen.emit(first)
    document = controller.document.document
    assert document.stack.applied() == first.request.adapters
    assert len(document.stack.entries) == 2, "the other row is off, not gone"
    assert (document.active_sampling.prompt, document.active_sampling.seed) == ("a cat", 2)
    controller.document.undo_stack.undo()
    assert controller.document.document.stack == before.stack


def test_a_cell_brings_negative_prompt_and_guidance(opened: MainWindow, controller: Desk) -> None:
    page = page_of(opened)
    assert page.asked is not None
    wall = msgspec.structs.replace(
        page.asked, kind="seeds", depths=(), arms=("real",), negative="red"
    )
    sweep = msgspec.structs.replace(
        wall, kind="sweep", axes=(Axis(what="guidance", points=(3.0, 7.5)),)
    )
    controller.experiments.started.emit(RunState("running", "", wall))
    cells = [cell for one in (wall, sweep) for group in groups(one) for cell in group.cells]
    worded = next(cell for cell in cells if cell.condition.arm == "negative")
    page.cell_chosen.emit(worded)
    assert controller.document.document.active_sampling.negative_prompt == "red"
    assert controller.document.document.stack.applied() == ()
    guided = next(cell for cell in cells if cell.condition.guidance == 3.0)
    page.cell_chosen.emit(guided)
    sampling = controller.document.document.active_sampling
    assert (sampling.guidance_scale, sampling.negative_prompt) == (3.0, "")
    assert len(controller.document.document.stack.applied()) == 2


def test_trying_a_claim_fills_the_form_and_starts_nothing(qtbot, geometry, qapp, tmp_path) -> None:
    path = tmp_path / "manga.safetensors"
    path.write_bytes(b"")
    desk = Desk(demos=(DemoAdapter("manga", str(path)),))
    try:
        window = MainWindow(desk, geometry)
        window.resize(1200, 760)
        window.show()
        qtbot.waitExposed(window)
        desk.use_checkpoint()
        window.actions_table["claims"].trigger()
        dock = window.experiments.dock
        qtbot.waitUntil(lambda: isinstance(dock.page, ClaimsPage))
        claims = dock.page
        assert isinstance(claims, ClaimsPage)
        claims.view.setCurrentIndex(claims.list.index(4, 0))
        QTest.mouseClick(claims.try_it, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: isinstance(dock.page, ExperimentPage))
        form = page_of(window).form
        assert form.kind.value() == "sweep"
        assert form.axis.points.text() == "-1, -0.5, 0, 0.25, 0.5, 0.75, 1, 1.5, 2"
        assert len(form.prompts.prompts()) == 8
        qtbot.waitUntil(lambda: len(desk.stack.stack.entries) == 1)
        assert desk.experiments.state.phase == "idle"
        window.close()
        shiboken6.delete(window)
    finally:
        desk.dispose()
