"""A clumsy person at the real window: random actions, then everything must be true.

The rows of the panel are those of the model, good files are never refused, nothing unexpected is
ever told, every weight is what the stack gives, and the pictures are those that a fresh engine
makes of the same requests.
"""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from loraviewer.core.document import PaneId
from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.core.resources import demo_checkpoint
from loraviewer.ui.actions import ACTIONS
from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.channel_strip import ChannelStrip
from loraviewer.ui.strips.strength_slider import StrengthSlider
from loraviewer.ui.widgets.number_edit import NumberEdit
from tests.e2e.test_studio import PATIENCE_MS, own_folders, run_studio, settled, until  # noqa: F401
from tests.e2e.walk_again import FreshEngine
from tests.e2e.walk_blocks import paint_blocks
from tests.e2e.walk_dialogs import Dialogs
from tests.e2e.walk_files import MARKUP, Files
from tests.e2e.walk_impatience import Impatience
from tests.shown import shown_by
from tests.ui.layout_items import items_gone

STEPS = 800
MANY_STEPS = 10_000
FEW_STEPS = 3  # of a picture
LEAVING = ("quit", "show_log")
LEFT = Qt.MouseButton.LeftButton
BLOCKS = ("IN00", "IN04", "M00", "OUT03", "TE1.01", "TIME", "D07")
FACTORS = (0.0, 0.0, 0.5, 1.0, -1.0, 2.0)
NUMBERS = ("0", "1", "0.35", "-1.5", "2.5", "22000000", "-1e12", "1e300", "a lot", "", "nan", "0,5")


class Walker:
    """Acts on the window as a person would, and checks it after each action."""

    def __init__(self, window: MainWindow, files: Files, seed: int, qtbot: QtBot) -> None:
        self.window, self.files, self.qtbot = window, files, qtbot
        self.controller = window._controller
        self.random = random.Random(seed)
        self.dialogs = Dialogs(files, self.random)
        self.told: list[Failure] = []
        self.answers = 0
        self.controller.notice.connect(self.told.append)
        self.controller.base.failed.connect(self.told.append)
        self.actions: tuple[Callable[[], None], ...] = (
            *(self.drag, self.drag, self.drag, self.wheel, self.key, self.type_number),
            *(self.paint, self.paint),
            *(self.press_button, self.add, self.add, self.drop, self.remove, self.move),
            *(
                self.pick,
                self.switch,
                self.solo,
                self.undo,
                self.undo,
                self.redo,
                self.prompt,
                self.prompt,
            ),
            *(self.base, self.theme, self.live, self.save, self.verify, self.stop),
            *(self.lose_a_file, self.find_files, self.resize, self.look, self.look),
            *(self.pane, self.pane, self.snapshot, self.snapshot, self.go_back),
            *(self.small_pictures, self.map, self.map, self.any_action, self.any_action),
            *(self.any_action, self.dialog, self.dialog, self.filmstrip, self.filmstrip),
            *(self.blocks, self.blocks, self.blocks),
        )

    def walk(self, steps: int) -> None:
        impatience = Impatience(self.window)
        for _ in range(steps):
            action = self.random.choice(self.actions)
            action()
            impatience.rest()
            QApplication.processEvents()
            self.check(action.__name__)

    def check(self, action: str) -> None:
        entries = self.controller.stack.stack.entries
        strips = self.window.stack_panel.strips.strips()
        assert len(strips) == len(entries), action
        for strip, entry in zip(strips, entries, strict=True):
            assert fader_of(strip).strength == entry.scale, action
        selected = tuple(strip.entry_id for strip in strips if strip.is_selected)
        assert selected == self.window.stack_panel.strips.selection.ids, action
        panes = (state.failure for state in self.controller.panes.panes())
        for failure in filter(None, (*self.told, *panes)):
            assert failure.kind is not FailureKind.INTERNAL, (action, failure)
        for failure in self.told:
            if "cannot be added" in failure.message:
                refused = failure.detail.splitlines()
                good = {Path(path).name for path in self.files.good}
                assert not [n for n in good for r in refused if n in r], (action, failure)
        self.told.clear()

    # -- what a person does -----------------------------------------------------------------

    def _strip(self) -> ChannelStrip | None:
        strips = self.window.stack_panel.strips.strips()
        return self.random.choice(strips) if strips else None

    def _row(self) -> str:
        entries = self.controller.stack.stack.entries
        return self.random.choice(entries).entry_id if entries else ""

    def drag(self) -> None:
        if (strip := self._strip()) is None:
            return
        slider = fader_of(strip)
        y = slider.height() // 2
        QTest.mousePress(slider, LEFT, pos=QPoint(self.random.randrange(slider.width()), y))
        for _ in range(self.random.randrange(1, 8)):
            QTest.mouseMove(slider, QPoint(self.random.randrange(slider.width()), y))
            QApplication.processEvents()
            if not shiboken6.isValid(slider):  # another session came meanwhile
                return
        if self.random.random() < 0.9:  # else the button is let go by something else
            QTest.mouseRelease(slider, LEFT, pos=QPoint(self.random.randrange(slider.width()), y))

    def wheel(self) -> None:
        if (strip := self._strip()) is None:
            return
        where = QPointF(20, 10)
        turned = QPoint(0, self.random.choice((-240, -120, 40, 120, 360)))
        event = QWheelEvent(
            where,
            fader_of(strip).mapToGlobal(where),
            QPoint(),
            turned,
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(fader_of(strip), event)

    def paint(self) -> None:
        """Over a few blocks of a row, in one drag or in steps of their own."""
        if not (row := self._row()):
            return
        stack, is_drag = self.controller.stack, self.random.random() < 0.6
        if is_drag:
            stack.begin_drag()
        for _ in range(self.random.randrange(1, 4)):
            painted = dict(stack.stack.entry(row).block_scales)
            painted[self.random.choice(BLOCKS)] = self.random.choice(FACTORS)
            stack.set_block_scales(row, painted)
            QApplication.processEvents()
            if all(entry.entry_id != row for entry in stack.stack.entries):
                break  # another session came meanwhile
        if is_drag:
            stack.end_drag()

    def key(self) -> None:
        target = QApplication.focusWidget() or self.window
        keys = ("Left", "Right", "Home", "End", "Tab", "Backtab", "Escape", "Space", "B", "Up")
        key = self.random.choice(keys)
        if key != "Space" or not _has_menu(target):
            QTest.keyClick(target, getattr(Qt.Key, f"Key_{key}"))

    def type_number(self) -> None:
        if (strip := self._strip()) is None:
            return
        strip.build()
        number = strip.findChildren(NumberEdit)[0]
        number.selectAll()
        QTest.keyClicks(number, self.random.choice(NUMBERS))
        QTest.keyClick(number, Qt.Key.Key_Return)

    def press_button(self) -> None:
        """Any that does not open a dialog or a menu."""
        strip = self._strip()
        buttons = [] if strip is None else strip.findChildren(QAbstractButton)
        safe = [b for b in buttons if b.isCheckable() and b.isVisible() and b.isEnabled()]
        if safe:
            QTest.mouseClick(self.random.choice(safe), LEFT)

    def add(self) -> None:
        good = self.random.sample(self._present(), k=min(len(self._present()), 2))
        bad = self.random.sample(self.files.bad, k=self.random.randrange(3))
        paths = [*good, *bad]
        self.random.shuffle(paths)
        if len(self.controller.stack.stack.entries) < 12:
            self.controller.intake.add(paths)

    def _present(self) -> list[str]:
        return [path for path in self.files.good if os.path.exists(path)]

    def drop(self) -> None:
        saved = [str(path) for path in self.files.pictures.iterdir()]
        if saved and self.random.random() < 0.3:
            pane = self.random.choice(self.controller.document.document.panes).pane_id
            self.controller.openings.open_dropped([self.random.choice(saved)], pane_id=pane)
            return
        paths = self.random.sample([*self._present(), *self.files.bad[2:]], k=2)
        if len(self.controller.stack.stack.entries) < 12:
            self.controller.openings.open_dropped(paths, is_on_base=self.random.random() < 0.2)

    def remove(self) -> None:
        if (row := self._row()) and self.random.random() < 0.6:
            self.controller.stack.remove(row)

    def move(self) -> None:
        if row := self._row():
            count = len(self.controller.stack.stack.entries)
            self.controller.stack.move(row, self.random.randrange(count))

    def pick(self) -> None:
        """One more row, or one fewer: a fader of several moves all of them."""
        if (strip := self._strip()) is not None:
            QTest.mouseClick(strip, LEFT, Qt.KeyboardModifier.ControlModifier, QPoint(4, 4))

    def switch(self) -> None:
        if row := self._row():
            self.controller.stack.set_enabled(row, self.random.random() < 0.6)

    def solo(self) -> None:
        if row := self._row():
            self.controller.stack.set_solo(row, self.random.random() < 0.3)

    def undo(self) -> None:
        self.controller.document.undo_stack.undo()

    def redo(self) -> None:
        self.controller.document.undo_stack.redo()

    def prompt(self) -> None:
        size = self.random.choice((64, 64, 64, 96))
        self.controller.prompt.change(
            prompt=self.random.choice(("a girl in a meadow", MARKUP, "", "\u202e\0 odd \udcff")),
            steps=self.random.randrange(1, FEW_STEPS + 1),
            seed=self.random.randrange(5),
            width=size,
            height=size,
        )

    def base(self) -> None:
        if self.random.random() < 0.3:
            self.controller.base.open(self.random.choice(self.files.bases))

    def theme(self) -> None:
        self.controller.settings.change(theme=self.random.choice(("light", "dark", "system")))

    def live(self) -> None:
        self.controller.set_live(self.random.random() < 0.8)

    def save(self) -> None:
        name = f"{self.random.randrange(3)}{self.random.choice(('.png', '.png', '.safetensors'))}"
        shown = self.controller.panes.pane("current").shown
        if shown is not None:
            self.controller.saver.save(shown, str(self.files.pictures / name))

    def verify(self) -> None:
        self.controller.checks.verify()

    def look(self) -> None:
        """Until the engine has answered what was asked: else all is over before it has begun.

        What a base asks for at first is more than anybody waits for here."""
        panes = self.controller.panes
        if self.controller.prompt.sampling.steps > FEW_STEPS:
            self.prompt()
        if panes.is_busy:
            self.qtbot.waitUntil(lambda: not panes.is_busy, timeout=PATIENCE_MS)
            self.answers += 1

    def stop(self) -> None:
        self.random.choice((self.controller.stop, self.controller.base.cancel))()

    def lose_a_file(self) -> None:
        """While nothing is read: what is being read may be refused with reason."""
        present, controller = self._present(), self.controller
        is_reading = controller._tasks._receivers or controller._hashing._receivers
        if len(present) > 2 and not is_reading:
            path = Path(self.random.choice(present))
            path.rename(self.files.away / path.name)

    def find_files(self) -> None:
        self.files.all_back()
        self.controller.look_again()

    def resize(self) -> None:
        self.window.resize(self.random.randrange(900, 1500), self.random.randrange(600, 1000))

    def pane(self) -> None:
        names = ("pin_pane", "duplicate_pane", "freeze_pane", "close_pane", "next_pane")
        more = ("swap_next", "compare_with", "blink", "layout_1", "layout_2", "layout_4")
        self.window.actions_table[self.random.choice((*names, *more))].trigger()

    def snapshot(self) -> None:
        names = ("take_snapshot", "take_snapshot", "next_snapshot", "previous_snapshot")
        self.window.actions_table[self.random.choice(names)].trigger()
        if (held := self.controller.snapshots.snapshots) and self.random.random() < 0.3:
            one = self.random.choice(held).snapshot_id
            edits = (self.controller.snapshots.update, self.controller.snapshots.remove)
            self.random.choice(edits)(one)

    def go_back(self) -> None:
        """To any step of the history; mostly a near one, else all would be forgotten."""
        steps = self.controller.document.undo_stack
        near = steps.index() + self.random.randrange(-5, 6)
        self.controller.document.go_to(max(0, min(near, steps.count())))

    def small_pictures(self) -> None:
        self.window.actions_table["ablation"].trigger()

    def any_action(self) -> None:
        """Of the table, but for what leaves the studio."""
        names = [spec.id for spec in ACTIONS if spec.id not in LEAVING]
        self.window.actions_table[self.random.choice(names)].trigger()

    def dialog(self) -> None:
        self.dialogs.answer()

    def filmstrip(self) -> None:
        """Look at a picture, restore it, star it, throw it away, drop it on a pane."""
        strip = self.window.filmstrip.view
        count = strip.model().rowCount()
        if count == 0 or not strip.isVisible():
            return
        where = strip.visualRect(strip.model().index(self.random.randrange(count), 0)).center()
        QTest.mouseClick(strip.viewport(), LEFT, pos=where)
        key = self.random.choice(("Return", "S", "S", "Delete", "Escape", "Left", "Right"))
        QTest.keyClick(strip, getattr(Qt.Key, f"Key_{key}"))

    def blocks(self) -> None:
        if row := self._row():
            paint_blocks(self.window, row, self.random)

    def map(self) -> None:
        """Open it, go somewhere on it, or close it."""
        shown = self.window.map.window
        if shown is None:
            self.window.actions_table["map"].trigger()
        elif self.random.random() < 0.3:
            shown.close()
        else:
            plane = shown.plane
            width, height = plane.width(), plane.height()
            spots = [
                QPoint(self.random.randrange(width), self.random.randrange(height))
                for _ in range(self.random.randrange(1, 4))
            ]
            QTest.mousePress(plane, LEFT, pos=spots[0])
            for spot in spots[1:]:
                QTest.mouseMove(plane, spot)
            QTest.mouseRelease(plane, LEFT, pos=spots[-1])


def fader_of(strip: ChannelStrip) -> StrengthSlider:
    """Also of a row that nobody has seen yet."""
    strip.build()
    return strip.findChildren(StrengthSlider)[0]


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
        QTest.mouseRelease(fader_of(strip), LEFT, pos=QPoint(1, 1))
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


def _has_menu(widget: QWidget) -> bool:
    """Whether Space opens a menu, which would wait for a choice."""
    return isinstance(widget, QToolButton) and widget.menu() is not None


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
        assert walker.answers > steps // 100  # the engine was really at work

    run_studio(visit)


def test_a_clumsy_person(run_studio, qtbot, tmp_path, monkeypatch):  # noqa: F811
    walk(run_studio, qtbot, tmp_path, monkeypatch, seed=1, steps=STEPS)


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(2, 12))
def test_ten_more_who_do_not_tire(run_studio, qtbot, tmp_path, monkeypatch, seed):  # noqa: F811
    walk(run_studio, qtbot, tmp_path, monkeypatch, seed=seed, steps=MANY_STEPS)
