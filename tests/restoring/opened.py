"""A composed studio that can be closed and opened again in one profile."""

from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from loraviewer.app.studio import Studio
from loraviewer.core.document import Document
from tests.fakes import ScriptedEngine

PATIENCE_MS = 60_000


def until(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition, timeout=PATIENCE_MS)


class Opened(Studio):
    """In a profile of the test, with an engine that draws flat colours."""

    def __init__(self, profile: Path, *paths: str) -> None:
        self.engine = ScriptedEngine()
        super().__init__(
            profile / "config", profile / "cache", lambda _: self.engine, paths, None, profile
        )
        self.said: list[str] = []
        self.controller.notice.connect(lambda failure: self.said.append(failure.message))
        self.has_ended = False
        self.window.resize(1200, 800)
        self.window.show()

    @property
    def document(self) -> Document:
        return self.controller.document.document

    @property
    def rows(self) -> list[tuple[str, float]]:
        return [(entry.name, entry.scale) for entry in self.document.stack.entries]

    @property
    def told(self) -> list[str]:
        return [bar.sentence for bar in self.window.notices.bars]

    def answer(self, words: str) -> None:
        """Press the button of a notice."""
        buttons = [b for bar in self.window.notices.bars for b in bar.buttons()]
        next(button for button in buttons if button.accessibleName() == words).click()

    def end(self) -> None:
        if not self.has_ended:
            self.has_ended = True
            self.window.close()
            assert self.dispose()
