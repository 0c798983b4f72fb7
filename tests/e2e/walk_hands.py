"""What a clumsy person has at hand: the window, files, and chance."""

import os
import random

from pytestqt.qtbot import QtBot

from loraviewer.ui.main_window import MainWindow
from loraviewer.ui.strips.channel_strip import ChannelStrip
from loraviewer.ui.strips.strength_slider import StrengthSlider
from tests.e2e.walk_files import Files


class Hands:
    def __init__(self, window: MainWindow, files: Files, seed: int, qtbot: QtBot) -> None:
        self.window, self.files, self.qtbot = window, files, qtbot
        self.controller = window._controller
        self.random = random.Random(seed)
        self.pictures: set[int] = set()
        """Which were seen when none was being made: how many does not hang on the speed."""

    def a_strip(self) -> ChannelStrip | None:
        strips = self.window.stack_panel.strips.strips()
        return self.random.choice(strips) if strips else None

    def a_row(self) -> str:
        entries = self.controller.stack.stack.entries
        return self.random.choice(entries).entry_id if entries else ""

    def present(self) -> list[str]:
        return [path for path in self.files.good if os.path.exists(path)]


def fader_of(strip: ChannelStrip) -> StrengthSlider:
    """Also of a row that nobody has seen yet."""
    strip.build()
    return strip.findChildren(StrengthSlider)[0]
