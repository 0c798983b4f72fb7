"""Where the window and its splitter were, from one run to the next."""

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMainWindow, QSplitter

USUAL_SIZE = (1440, 900)


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
        window, splitter = self._settings.value("window"), self._settings.value("splitter")
        if window is not None:
            self._window.restoreGeometry(window)
        if splitter is not None:
            self._splitter.restoreState(splitter)

    def keep(self) -> None:
        """Written at once: the process may not live to a clean end."""
        self._settings.setValue("window", self._window.saveGeometry())
        self._settings.setValue("splitter", self._splitter.saveState())
        self._settings.sync()
