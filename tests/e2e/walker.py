"""A clumsy person: does anything at random, and checks the window after each action."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from loraviewer.core.outcome import Failure, FailureKind
from loraviewer.ui.main_window import MainWindow
from tests.e2e.walk_dialogs import Dialogs
from tests.e2e.walk_files import Files
from tests.e2e.walk_hands import fader_of
from tests.e2e.walk_impatience import Impatience
from tests.e2e.walk_rows import OnRows
from tests.e2e.walk_window import OnTheWindow


class Walker(OnRows, OnTheWindow):
    def __init__(self, window: MainWindow, files: Files, seed: int, qtbot: QtBot) -> None:
        super().__init__(window, files, seed, qtbot)
        self.dialogs = Dialogs(files, self.random)
        self.told: list[Failure] = []
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

    def dialog(self) -> None:
        self.dialogs.answer()
