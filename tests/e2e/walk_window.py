"""What a clumsy person does with everything but rows: words, panes, the base, pictures, files."""

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

from loraviewer.ui.actions import ACTIONS
from tests.e2e.test_studio import PATIENCE_MS
from tests.e2e.walk_files import MARKUP
from tests.e2e.walk_hands import Hands

LEFT = Qt.MouseButton.LeftButton
LEAVING = ("quit", "show_log")
FEW_STEPS = 3  # of a picture


class OnTheWindow(Hands):
    def key(self) -> None:
        target = QApplication.focusWidget() or self.window
        keys = ("Left", "Right", "Home", "End", "Tab", "Backtab", "Escape", "Space", "B", "Up")
        key = self.random.choice(keys)
        if key != "Space" or not _has_menu(target):
            QTest.keyClick(target, getattr(Qt.Key, f"Key_{key}"))

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
        shown = (state.shown for state in panes.panes())
        self.pictures.update(hash(picture.picture) for picture in shown if picture is not None)

    def stop(self) -> None:
        self.random.choice((self.controller.stop, self.controller.base.cancel))()

    def lose_a_file(self) -> None:
        """While nothing is read: what is being read may be refused with reason."""
        present, controller = self.present(), self.controller
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


def _has_menu(widget: QWidget) -> bool:
    """Whether Space opens a menu, which would wait for a choice."""
    return isinstance(widget, QToolButton) and widget.menu() is not None
