"""A clumsy person at the real window: random actions, then everything must be true.

The rows of the panel are those of the model, good files are never refused, nothing unexpected is
ever told, every weight is what the stack gives, and the pictures are those that a fresh engine
makes of the same requests.
"""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from loraviewer.core.document import PaneId
from loraviewer.core.resources import demo_checkpoint
from loraviewer.ui.main_window import MainWindow
from tests.e2e.test_studio import own_folders, run_studio, settled, until  # noqa: F401
from tests.e2e.walk_again import FreshEngine
from tests.e2e.walk_files import Files
from tests.e2e.walk_hands import fader_of
from tests.e2e.walker import Walker
from tests.shown import shown_by
from tests.ui.layout_items import items_gone

STEPS = 500
MANY_STEPS = 10_000


def no_markup_in(window: MainWindow) -> None:
    """Names from outside are shown as they are, wherever they stand."""
    for label in window.findChildren(QLabel):
        if "<b>" in label.text() or "<i>" in label.text():
            assert label.textFormat() == Qt.TextFormat.PlainText, label.text()
    for widget in window.findChildren(QWidget):
        tip = widget.toolTip()
        if "<b>" in tip or "<i>" in tip or "<img" in tip:
            raise AssertionError(tip)


def come_to_rest(walker: Walker, qtbot) -> None:
    """As a person who wants the picture: files back, the demo, a prompt, everything let go."""
    controller, window = walker.controller, walker.window
    walker.files.all_back()
    controller.set_live(True)
    controller.stop()
    walker.dialogs.close_all()
    window.compare.leave_look()
    for strip in window.stack_panel.strips.strips():
        QTest.mouseRelease(fader_of(strip), Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    window.actions_table["layout_6"].trigger()
    for pane in controller.document.document.panes:
        controller.places.activate(pane.pane_id)
        controller.places.set_frozen(pane.pane_id, False)
        for entry in controller.stack.stack.entries:
            if abs(entry.scale) > 3:
                controller.stack.set_scale(entry.entry_id, 0.5)
    controller.base.open(str(demo_checkpoint()))
    until(qtbot, lambda: not controller.base.is_loading)  # it asks for a size and steps of its own
    controller.prompt.change(prompt="a girl", steps=2, seed=1, width=64, height=64)
    controller.look_again()
    rows = controller.document.document.all_rows()
    until(qtbot, lambda: not controller.adapters.is_waiting(rows))
    until(qtbot, lambda: controller.intake._batches == [])
    controller.render()
    until(qtbot, lambda: all(settled(window, pane_id) for pane_id in pane_ids(walker)))


def pane_ids(walker: Walker) -> list[PaneId]:
    return [pane.pane_id for pane in walker.controller.document.document.panes]


def walk(run_studio, qtbot, tmp_path, monkeypatch, seed: int, steps: int) -> None:  # noqa: F811
    folder = tmp_path / "files"
    folder.mkdir()
    files = Files(folder)

    def visit(window: MainWindow) -> None:
        until(qtbot, lambda: settled(window, "base"))
        walker = Walker(window, files, seed, qtbot)
        walker.walk(steps)
        no_markup_in(window)
        come_to_rest(walker, qtbot)
        walker.check("the end")
        assert items_gone() == []
        checks = walker.controller.checks
        checks.verify()
        until(qtbot, lambda: not checks.is_checking)
        assert checks.result is not None
        assert checks.result.differing == ()
        engine = FreshEngine(files, monkeypatch)
        for pane in pane_ids(walker):
            shown = shown_by(walker.controller.panes.pane(pane))
            assert shown.picture == engine.again(shown), pane
        engine.close()
        assert len(walker.pictures) > 3  # the engine was really at work

    run_studio(visit)


def test_a_clumsy_person(run_studio, qtbot, tmp_path, monkeypatch):  # noqa: F811
    walk(run_studio, qtbot, tmp_path, monkeypatch, seed=1, steps=STEPS)


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(2, 12))
def test_ten_more_who_do_not_tire(run_studio, qtbot, tmp_path, monkeypatch, seed):  # noqa: F811
    walk(run_studio, qtbot, tmp_path, monkeypatch, seed=seed, steps=MANY_STEPS)
