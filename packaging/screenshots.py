"""Make the README's pictures of the studio: a first start, light and dark, as it is today.

    python packaging/screenshots.py

The whole studio runs offscreen with settings of its own; nothing of yours is read or changed.
"""

import os
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from loraviewer.app import Studio, make_engine
from loraviewer.core.pane import PaneState
from loraviewer.core.settings import Settings
from loraviewer.core.settings_file import SettingsFile

FOLDER = Path(__file__).resolve().parent / "screenshots"
SIZE = (1427, 874)
PATIENCE_S = 120
STILL_MS = 1500  # after the last picture: bars fade, previews arrive


def _wait_for_pictures(studio: Studio) -> None:
    """Until both panes show settled pictures of what is asked, and all is still."""
    loop, panes = QEventLoop(), studio.controller.panes
    still = QTimer(singleShot=True, interval=STILL_MS)
    still.timeout.connect(loop.quit)
    late = QTimer(singleShot=True, interval=1000 * PATIENCE_S)
    late.timeout.connect(lambda: loop.exit(1))

    def look(_: PaneState) -> None:
        shown = [panes.pane(name).shown for name in ("base", "current")]
        if all(one is not None and not one.request.is_draft for one in shown):
            still.start()

    panes.pane_changed.connect(look)
    late.start()
    if loop.exec():
        sys.exit("no picture came")
    panes.pane_changed.disconnect(look)


def make(theme: str, path: Path) -> None:
    """One picture of a first start."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder)
        SettingsFile(config / "settings.json").save(Settings(theme=theme))
        studio = Studio(config, config, make_engine)
        studio.window.resize(*SIZE)
        studio.window.show()
        _wait_for_pictures(studio)
        studio.window.grab().save(str(path))
        studio.window.close()
        studio.dispose()


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication([])
    for theme in ("light", "dark"):
        make(theme, FOLDER / f"studio-{theme}.png")
    del application


if __name__ == "__main__":
    main()
