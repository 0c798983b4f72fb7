"""Where the window and its splitter were, from one run to the next."""

import os
import stat
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow, QSplitter

from loraviewer.core.sentences import say

USUAL_SIZE = (1440, 900)
_NAMES = ("window.ini", *(f"window-{number}.ini" for number in range(2, 10)))
_MOST_BYTES = 1 << 20


def place_file(folder: Path) -> tuple[QSettings, str]:
    """The file of the window's place, and one sentence where it is not the usual one: a folder may
    have its name, or a pipe that would be waited for for ever."""
    name = next((name for name in _NAMES if _is_usable(folder / name)), _NAMES[-1])
    settings = QSettings(str(folder / name), QSettings.Format.IniFormat)
    if name == _NAMES[0]:
        return settings, ""
    return settings, say(
        "“{path}” cannot hold the window’s place and stays as it is; “{name}” is used instead.",
        path=str(folder / _NAMES[0]),
        name=name,
    )


def _is_usable(path: Path) -> bool:
    try:
        facts = path.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return stat.S_ISREG(facts.st_mode) and facts.st_size <= _MOST_BYTES and os.access(path, os.R_OK)


class WindowPlace:
    """Kept apart from all other choices: it belongs to a screen, not to a person's work."""

    def __init__(self, settings: QSettings, window: QMainWindow, splitter: QSplitter) -> None:
        self._settings = settings
        self._window = window
        self._splitter = splitter

    def restore(self) -> None:
        # Room for the frame and a panel that some desktops do not subtract.
        room = self._window.screen().availableSize()
        width, height = USUAL_SIZE
        self._window.resize(min(width, room.width() - 16), min(height, room.height() - 48))
        self._window.restoreGeometry(self._kept("window"))
        self._splitter.restoreState(self._kept("splitter"))

    def keep(self) -> None:
        """Written at once: the process may not live to a clean end."""
        self._settings.setValue("window", self._window.saveGeometry())
        self._settings.setValue("splitter", self._splitter.saveState())
        self._settings.sync()

    def _kept(self, name: str) -> QByteArray:
        """Empty, which restores nothing, where a person or a program wrote something else."""
        value = self._settings.value(name)
        return value if isinstance(value, QByteArray) else QByteArray()
