"""Exporting from the window: what is asked for, and what is said of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from loraviewer.bridge.exporting.export_desk import ExportDesk
from loraviewer.bridge.exporting.exporter import Exporter
from loraviewer.core.exports import Exported, Proven
from loraviewer.ui.export.export_window import ExportWindow
from loraviewer.ui.export.export_words import done_words
from loraviewer.ui.main_window import MainWindow
from tests.bridge.exporting.programs import DONE, LAYOUTS, ODD_FILE, PARTS, RANKS, program
from tests.ui.fakes import Desk, entry

ENABLED = Qt.ItemFlag.ItemIsEnabled
LEFT = Qt.MouseButton.LeftButton
PATIENCE_MS = 20_000


@pytest.fixture
def opened(
    window: MainWindow, controller: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., ExportWindow]:
    """The export over a stack of one row; its processes answer as they are told."""
    monkeypatch.setenv("HOME", str(tmp_path))
    controller.stack.add(entry("manga", 0.8))

    def open_with(
        answer: tuple[str, ...],
        ranks: tuple[str, ...] | None = None,
        layouts: dict[str, object] | None = None,
    ) -> ExportWindow:
        exporter = controller.exports.exporter
        exporter._export._program = answer
        exporter._ranks.run._program = ranks or program(RANKS)
        exporter._parts.run._program = program(PARTS)
        exporter._layouts.run._program = program(layouts or {"layouts": {}})
        window.actions_table["export"].trigger()
        shown = window.exports.window
        assert shown is not None
        return shown

    return open_with


def ends(exporter: Exporter, qtbot: QtBot, name: str) -> None:
    qtbot.waitSignal(getattr(exporter, name), timeout=PATIENCE_MS).wait()


def shows_its_end(label: QLabel) -> bool:
    return label.visibleRegion().contains(QPoint(0, label.height() - 1))


def test_one_adapter_is_written_and_told(opened, controller: Desk, qtbot: QtBot):
    shown = opened(program(DONE, ("progress 40 pipeline", "progress 0 comparing pictures")))
    assert shown.place.text().endswith("manga.safetensors")
    shown.resize(shown.width(), 300)
    QTest.mouseClick(shown.start, LEFT)
    assert not shown.start.isEnabled()
    assert shown.stop.isVisible()
    ends(controller.exports.exporter, qtbot, "done")
    assert "25 % of the change is lost" in shown.told.text()
    assert (
        "differ from the stack's by at most 0.01 of 255 levels on average, and by at most 2 in one "
        "place: nobody can see it."
    ) in shown.told.text()
    assert "a note." in shown.told.text()
    qtbot.waitUntil(lambda: shows_its_end(shown.told))
    assert shown.start.isEnabled()
    assert not shown.stop.isVisible()


@pytest.mark.usefixtures("qapp")
def test_a_mean_of_next_to_nothing_is_not_told_as_nothing():
    told = done_words(Exported("a.safetensors", 1, proof=(Proven(1, 0.0, 1),)))
    assert "by less than 0.01 of 255 levels on average, and by at most 1 in one place" in told


def test_adapters_are_named_in_the_order_of_their_rows(opened, controller: Desk):
    """Sums run in the order of their contents, which nobody sees."""
    for name in ("birds", "neon", "frog"):
        controller.stack.add(entry(name, 0.5))
    shown = opened(program(DONE))
    rows = [one.name for one in controller.stack.stack.entries]
    assert [one.name for one in shown.wish().source.adapters] == rows
    assert shown.place.text().endswith("manga + birds + neon.safetensors")
    places = [shown.what.index(name) for name in rows]
    assert places == sorted(places)


def test_what_a_rank_loses_is_drawn_and_chosen_from(opened, controller: Desk, qtbot: QtBot):
    shown = opened(program(DONE))
    assert not shown.ranks.plot.isVisible(), "no axes of nothing while it is measured"
    ends(controller.exports.exporter, qtbot, "ranks_told")
    assert shown.ranks.plot.isVisible()
    assert [*shown.ranks.plot.curves[0].x] == [1, 2, 3]
    assert "Nothing is lost at rank 3" in shown.ranks.said
    shown.ranks.plot.point_chosen.emit(0, 1)
    assert shown.ranks.chosen_rank == 2
    assert "At rank 2, 10 % of the change is lost." in shown.ranks.said
    wish = shown.wish()
    assert wish is not None
    assert wish.rank == 2


def test_a_checkpoint_has_the_layout_of_its_base(opened, tmp_path: Path):
    shown = opened(program(DONE))
    shown.checkpoint.setChecked(True)
    assert not shown.ranks.isVisible()
    wish = shown.wish()
    assert wish is not None
    assert (wish.kind, wish.rank) == ("checkpoint", None)
    assert wish.path.endswith(".safetensors") == shown.is_file


def test_layout_and_precision_are_chosen(opened):
    shown = opened(program(DONE))
    assert not shown.form.isVisible()
    shown.checkpoint.setChecked(True)
    assert shown.form.isVisible()
    for index, layout in ((1, "folder"), (2, "file")):
        shown.form.layouts.setCurrentIndex(index)
        shown.form.precisions.setCurrentIndex(3)
        wish = shown.wish()
        assert wish is not None
        assert (wish.layout, wish.precision) == (layout, "float16")
        assert wish.path.endswith(".safetensors") == (layout == "file")
        assert wish.arguments[wish.arguments.index("--layout") + 1] == layout
        assert wish.arguments[wish.arguments.index("--dtype") + 1] == "float16"


def test_a_layout_that_cannot_be_is_not_offered_and_says_why(
    opened, controller: Desk, qtbot: QtBot
):
    shown = opened(program(DONE), layouts=LAYOUTS)
    shown.checkpoint.setChecked(True)
    shown.form.layouts.setCurrentIndex(2)
    assert shown.is_file
    ends(controller.exports.exporter, qtbot, "layouts_told")
    assert shown.form.chosen_layout == "base"
    assert shown.wish().path.endswith(".safetensors") == shown.is_file
    assert shown.form.said == ODD_FILE
    layouts = shown.form.layouts
    can_be = [bool(layouts.model().index(row, 0).flags() & ENABLED) for row in range(3)]
    assert can_be == [True, True, False]


def test_layouts_that_can_be_stay_as_chosen(opened, controller: Desk, qtbot: QtBot):
    shown = opened(program(DONE), layouts={"layouts": {"folder": "", "file": ""}})
    shown.checkpoint.setChecked(True)
    shown.form.layouts.setCurrentIndex(2)
    ends(controller.exports.exporter, qtbot, "layouts_told")
    assert shown.form.chosen_layout == "file"
    assert shown.form.said == ""


def test_licences_are_shown_before_anything_is_written(opened, controller: Desk, qtbot: QtBot):
    shown = opened(program(DONE))
    assert not shown.parts.isVisible()
    ends(controller.exports.exporter, qtbot, "parts_told")
    assert shown.parts.isVisible()
    assert "“demo”: licence unknown" in shown.parts.said
    assert "“manga”: CC BY-NC 4.0; by somebody" in shown.parts.said
    assert shown.parts.warned == "The licence of “manga” says non-commercial: “CC BY-NC 4.0”."


def test_a_failure_says_why_and_a_cancel_says_what_is_there(opened, controller: Desk, qtbot: QtBot):
    shown = opened(program(None, ("loraviewer: “x”: the disk is full.",), status=1))
    QTest.mouseClick(shown.start, LEFT)
    ends(controller.exports.exporter, qtbot, "failed")
    assert shown.told.text() == "“x”: the disk is full."
    qtbot.waitUntil(lambda: not shown.told.visibleRegion().isEmpty())
    assert "nothing was written" in shown.phase
    exporter = controller.exports.exporter
    exporter._export._program = program(DONE, ("progress 0 comparing pictures",), waits=True)
    with qtbot.waitSignal(exporter.progressed, timeout=PATIENCE_MS):
        QTest.mouseClick(shown.start, LEFT)
    with qtbot.waitSignal(exporter.cancelled, timeout=PATIENCE_MS):
        QTest.mouseClick(shown.stop, LEFT)
    assert "is written, and not proven" in shown.phase


def test_an_empty_stack_has_nothing_to_write(opened, controller: Desk):
    shown = opened(program(DONE))
    controller.stack.set_enabled("manga", False)
    assert not shown.start.isEnabled()
    assert "No row is on. There is no change to write." in shown.phase
    shown.checkpoint.setChecked(True)
    assert shown.start.isEnabled()


def test_the_command_is_copied(opened):
    shown = opened(program(DONE))
    QTest.mouseClick(shown.copy, LEFT)
    text = QGuiApplication.clipboard().text()
    assert text.startswith("loraviewer bake --base ")
    assert "manga" in text


def test_a_closed_window_leaves_no_process(opened, controller: Desk, qtbot: QtBot):
    exporter = controller.exports.exporter
    shown = opened(program(DONE, ("progress 0 writing",), waits=True))
    with qtbot.waitSignal(exporter.progressed, timeout=PATIENCE_MS):
        QTest.mouseClick(shown.start, LEFT)
    with qtbot.waitSignal(exporter.cancelled, timeout=PATIENCE_MS):
        shown.close()
    assert not exporter.is_exporting


def test_what_is_exported_follows_the_active_pane(opened, controller: Desk):
    shown = opened(program(DONE))
    desk: ExportDesk = controller.exports
    before = desk.source
    controller.stack.add(entry("birds", 0.5))
    assert desk.source != before
    assert "birds 0.5" in shown.what


def test_escape_closes_it_and_what_it_was_doing(
    opened, window: MainWindow, controller: Desk, qtbot: QtBot
):
    exporter = controller.exports.exporter
    shown = opened(program(DONE, ("progress 0 writing",), waits=True))
    with qtbot.waitSignal(exporter.progressed, timeout=PATIENCE_MS):
        QTest.mouseClick(shown.start, LEFT)
    with qtbot.waitSignal(exporter.cancelled, timeout=PATIENCE_MS):
        QTest.keyClick(shown, Qt.Key.Key_Escape)
    assert window.exports.window is None
    assert not exporter.is_exporting
